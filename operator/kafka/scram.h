// SCRAM-SHA-512 (RFC 5802, RFC 7677), the client's side, as Kafka speaks it.
#pragma once

#include <optional>
#include <string>

#include "operator/base/sensitive.h"

namespace freehold::kafka {

inline constexpr const char* kMechanism = "SCRAM-SHA-512";
/// Fewer are refused by Kafka; more would not make a random password safer.
inline constexpr int kIterations = 4096;

/// One login. REQUIRES: user and password are printable ASCII, the user without '=' and ','.
class ScramLogin {
 public:
  ScramLogin(std::string user, base::Sensitive password, std::string nonce);

  std::string First() const;
  /// What answers the server's first message; absent: it isn't one, or not to ours.
  std::optional<std::string> Final(const std::string& server_first);
  /// Does the server know the password, too?
  bool Trusts(const std::string& server_final) const;

 private:
  std::string Bare() const;

  const std::string user_;
  const base::Sensitive password_;
  const std::string nonce_;
  std::string signature_;  ///< that the server has to show
};

/// What the server keeps instead of a password: SaltedPassword.
std::string SaltedPassword(const base::Sensitive& password, const std::string& salt, int iterations);

/// So many random bytes.
std::string RandomBytes(std::size_t count);

}  // namespace freehold::kafka
