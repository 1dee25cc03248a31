// Certificates made on the spot.
#pragma once

#include <openssl/ssl.h>

#include <string>

namespace freehold {

struct TestCertificate {
  std::string certificate_pem;
  std::string key_pem;
  std::string issuer_pem;  ///< that of its CA

  /// A server's context with this certificate; clients may show one of the same issuer. The caller frees it.
  SSL_CTX* MakeServerContext() const;
};

/// A CA that signs for whoever asks.
class TestAuthority {
 public:
  enum class Life {
    kAnHour,
    kOver,  ///< it ended a minute ago
  };

  explicit TestAuthority(Life life = Life::kAnHour);
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  const std::string& pem() const { return pem_; }
  /// `alternative_name` as OpenSSL writes it: "DNS:localhost" or "IP:127.0.0.1".
  TestCertificate Issue(const std::string& common_name, const std::string& alternative_name,
                        Life life = Life::kAnHour) const;

 private:
  EVP_PKEY* key_;
  X509* certificate_;
  std::string pem_;
};

}  // namespace freehold
