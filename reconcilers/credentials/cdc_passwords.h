// The passwords of roles that replicate. Derived from one key, so that the publisher's side and the consumer's know the
// same one without telling each other, and nothing is stored but the key.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "operator/base/sensitive.h"

namespace freehold::credentials {

/// Thread-safe.
class CdcPasswords {
 public:
  /// Another key is other passwords.
  void SetKey(base::Sensitive key);
  /// HMAC-SHA256 (RFC 2104) in hexadecimal. None before there is a key.
  std::optional<base::Sensitive> Of(const std::string& server, const std::string& role) const;

 private:
  mutable std::mutex mutex_;
  std::optional<base::Sensitive> key_;  ///< guarded by mutex_
};

}  // namespace freehold::credentials
