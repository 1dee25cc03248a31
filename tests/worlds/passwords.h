// A few passwords that stand for all: which of them is which does not matter, only which are the same.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "operator/base/sensitive.h"

namespace freehold::worlds {

inline constexpr int kPasswords = 16;

/// The verifier of a password, made once with a salt that stays.
struct Credential {
  base::Sensitive password;
  std::string verifier;
};
const std::array<Credential, kPasswords>& Pool();

/// Of a password that is none of them.
const std::string& StrangersVerifier();

/// Which password it is, or of which this is the verifier.
std::optional<int> PasswordOf(const std::string& verifier);
/// Those that the text mentions, themselves or by their verifiers, as bits.
std::uint32_t MentionedIn(const std::string& text);

}  // namespace freehold::worlds
