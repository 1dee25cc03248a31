// SCRAM-SHA-256 verifiers as PostgreSQL stores them (RFC 5803, RFC 7677), made by the client so that the server never
// sees, and so never logs, a password.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "operator/base/sensitive.h"

namespace freehold::engines::postgres {

/// Fewer would be as safe for random passwords, but some drivers refuse them.
inline constexpr int kScramIterations = 4096;

/// "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>". Pure.
/// REQUIRES: password is printable ASCII, which SASLprep leaves as it is.
std::string ScramVerifier(const base::Sensitive& password, std::string_view salt, int iterations = kScramIterations);

struct ScramParts {
  int iterations = 0;
  std::string salt, stored_key, server_key;  ///< bytes
};

/// Absent when the text is not of that form: the server would take it for a password in plain text.
std::optional<ScramParts> ParseScram(std::string_view verifier);

/// Sixteen random bytes.
std::string RandomSalt();

}  // namespace freehold::engines::postgres
