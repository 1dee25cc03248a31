// Recognises passwords of ours in text without keeping them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <unordered_set>

#include "operator/base/sensitive.h"

namespace freehold::isolation {

/// Keeps an HMAC-SHA256 of each password, under a random key that lives as long as this and is overwritten then, and a
/// rolling hash of it to a random base, by which text is searched in one pass: every place in it is looked at, whatever
/// stands around. Not copyable; FindIn is thread-safe.
class KnownPasswords {
 public:
  using Digest = std::array<unsigned char, 32>;

  /// Throws std::runtime_error when OpenSSL has no random bytes.
  KnownPasswords();
  ~KnownPasswords();
  KnownPasswords(const KnownPasswords&) = delete;
  KnownPasswords& operator=(const KnownPasswords&) = delete;

  /// REQUIRES: credentials::IsMinted(password). `mark` is what FindIn tells.
  void Add(const base::Sensitive& password, std::size_t mark);

  /// The marks of all passwords that stand somewhere in `text`.
  std::set<std::size_t> FindIn(std::string_view text) const;

  /// Calls `visit` with each word of `text` that could be a password of ours: a run of their characters, of their
  /// length and no longer, with capital and small letters. Digests of hexadecimal digits are none.
  void EachCandidate(std::string_view text, const std::function<void(std::string_view)>& visit) const;

  /// Equal words, equal digests, during the life of this.
  Digest DigestOf(std::string_view word) const;

 private:
  std::uint64_t Roll(std::string_view word) const;

  std::array<unsigned char, 32> key_{};
  std::uint64_t base_ = 0;
  std::uint64_t highest_ = 0;  ///< base_ to the power of the password's length less one
  std::unordered_set<std::uint64_t> rolled_;
  std::map<Digest, std::set<std::size_t>> marks_;
};

}  // namespace freehold::isolation
