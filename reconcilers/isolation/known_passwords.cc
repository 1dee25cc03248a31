#include "reconcilers/isolation/known_passwords.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

#include "reconcilers/credentials/password.h"

namespace freehold::isolation {
namespace {

using credentials::kPasswordLength;

void Randomise(void* bytes, int size) {
  if (RAND_bytes(static_cast<unsigned char*>(bytes), size) != 1) {
    throw std::runtime_error("OpenSSL has no random bytes");
  }
}

const auto kIsPasswordByte = [] {
  std::array<bool, 256> is{};
  for (int byte = 0; byte < 256; ++byte) is[byte] = credentials::IsPasswordCharacter(static_cast<char>(byte));
  return is;
}();

/// Calls `visit` with each maximal run of password characters that is long enough.
template <class Visit>
void EachRun(std::string_view text, Visit visit) {
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && kIsPasswordByte[static_cast<unsigned char>(text[end])]) ++end;
    if (end - begin >= kPasswordLength) visit(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

}  // namespace

KnownPasswords::KnownPasswords() {
  Randomise(key_.data(), key_.size());
  Randomise(&base_, sizeof base_);
  base_ |= 1;
  highest_ = 1;
  for (std::size_t i = 1; i < kPasswordLength; ++i) highest_ *= base_;
}

KnownPasswords::~KnownPasswords() {
  OPENSSL_cleanse(key_.data(), key_.size());
  OPENSSL_cleanse(&base_, sizeof base_);
}

void KnownPasswords::Add(const base::Sensitive& password, std::size_t mark) {
  rolled_.insert(Roll(password.Reveal()));
  marks_[DigestOf(password.Reveal())].insert(mark);
}

std::set<std::size_t> KnownPasswords::FindIn(std::string_view text) const {
  std::set<std::size_t> found;
  if (rolled_.empty()) return found;
  EachRun(text, [&](std::string_view run) {
    std::uint64_t hash = Roll(run.substr(0, kPasswordLength));
    for (std::size_t at = 0;; ++at) {
      if (rolled_.contains(hash)) {
        const auto known = marks_.find(DigestOf(run.substr(at, kPasswordLength)));
        if (known != marks_.end()) found.insert(known->second.begin(), known->second.end());
      }
      if (at + kPasswordLength == run.size()) return;
      const auto leaving = static_cast<unsigned char>(run[at]);
      const auto coming = static_cast<unsigned char>(run[at + kPasswordLength]);
      hash = (hash - leaving * highest_) * base_ + coming;
    }
  });
  return found;
}

void KnownPasswords::EachCandidate(std::string_view text, const std::function<void(std::string_view)>& visit) const {
  EachRun(text, [&](std::string_view run) {
    const bool mixed = std::ranges::any_of(run, [](char c) { return c >= 'A' && c <= 'Z'; }) &&
                       std::ranges::any_of(run, [](char c) { return c >= 'a' && c <= 'z'; });
    if (run.size() == kPasswordLength && mixed) visit(run);
  });
}

KnownPasswords::Digest KnownPasswords::DigestOf(std::string_view word) const {
  Digest digest{};
  HMAC(EVP_sha256(), key_.data(), key_.size(), reinterpret_cast<const unsigned char*>(word.data()), word.size(),
       digest.data(), nullptr);
  return digest;
}

std::uint64_t KnownPasswords::Roll(std::string_view word) const {
  std::uint64_t hash = 0;
  for (const char c : word) hash = hash * base_ + static_cast<unsigned char>(c);
  return hash;
}

}  // namespace freehold::isolation
