// Where a server is, and how the two sides prove who they are.
#pragma once

#include <memory>
#include <string>

#include "operator/base/failure.h"
#include "operator/base/sensitive.h"

namespace freehold::http {

/// PEM texts. A change of any of them leads to new connections.
struct TlsMaterial {
  std::string authorities;         ///< the only CAs that are trusted; empty: those of the system
  std::string client_certificate;  ///< with its chain; empty: none
  base::Sensitive client_key;
  bool operator==(const TlsMaterial&) const = default;
};

struct Credentials {
  TlsMaterial tls;
  base::Sensitive authorization;  ///< value of the Authorization header; empty: none
};

/// Hands out what is valid now: files re-read, tokens renewed. Thread-safe.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  /// Cheap as a rule (called for every request); never null.
  virtual base::Result<std::shared_ptr<const Credentials>> Current() = 0;
  /// The server replied 401: what was handed out last is worthless.
  virtual void Refused() = 0;
};

struct Endpoint {
  std::string url;              ///< "https://host:port/path"
  std::string tls_server_name;  ///< verified, and asked for by SNI, instead of the URL's host
  bool verify_server = true;
  std::shared_ptr<CredentialSource> credentials;
};

}  // namespace freehold::http
