// Sets an OpenSSL context up for one connection to an endpoint.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

#include "operator/base/failure.h"
#include "operator/http/endpoint.h"

namespace freehold::http {

/// Why the last handshake was refused, in OpenSSL's words. Thread-safe.
class HandshakeNote {
 public:
  void Set(std::string text);
  /// Empty when there is none. Takes it away.
  std::string Take();

 private:
  std::mutex mutex_;
  std::string text_;
};

/// True for "10.0.0.1" and "::1".
bool IsAddress(const std::string& host);

/// TLS 1.2 and newer; trusts `material.authorities` and nothing else (the system's when there are none); checks that
/// the server's certificate is for `server_name`. `note` is told why a handshake fails.
/// Terminal "InvalidTls" when the material can't be used.
base::Result<void> PrepareTls(SSL_CTX* context, const TlsMaterial& material, const std::string& server_name,
                              std::shared_ptr<HandshakeNote> note);

}  // namespace freehold::http
