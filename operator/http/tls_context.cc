#include "operator/http/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <utility>

namespace freehold::http {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using NotePointer = std::shared_ptr<HandshakeNote>;

Bio Open(const std::string& pem) { return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free}; }

Certificate NextCertificate(BIO* bio) { return {PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), &X509_free}; }

base::Result<void> Unusable(const std::string& what) {
  ERR_clear_error();
  return base::Terminal("InvalidTls", what);
}

base::Result<void> TrustOnly(SSL_CTX* context, const std::string& authorities) {
  X509_STORE* store = X509_STORE_new();
  SSL_CTX_set_cert_store(context, store);
  const Bio bio = Open(authorities);
  int count = 0;
  while (const Certificate certificate = NextCertificate(bio.get())) {
    X509_STORE_add_cert(store, certificate.get());
    ++count;
  }
  ERR_clear_error();
  if (count == 0) return Unusable("the certificate authority holds no PEM certificate");
  return {};
}

int NoPassphrase(char*, int, int, void*) { return 0; }

base::Result<void> PresentCertificate(SSL_CTX* context, const TlsMaterial& material) {
  const Bio chain = Open(material.client_certificate);
  const Certificate leaf = NextCertificate(chain.get());
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1)
    return Unusable("the client certificate is not a PEM certificate");
  while (const Certificate link = NextCertificate(chain.get())) SSL_CTX_add1_chain_cert(context, link.get());
  ERR_clear_error();

  const Bio bio = Open(material.client_key.Reveal());
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassphrase, nullptr), &EVP_PKEY_free);
  if (!key) return Unusable("the client key is not a PEM key without passphrase");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return Unusable("the client key does not belong to the client certificate");
  return {};
}

void ExpectName(SSL_CTX* context, const std::string& name) {
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  if (IsAddress(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str());
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  X509_VERIFY_PARAM_set1_host(parameters, name.data(), name.size());
}

void FreeNote(void*, void* note, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<NotePointer*>(note); }

int NoteIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &FreeNote);
  return index;
}

void OnTlsState(const SSL* ssl, int where, int alert) {
  if (!(where & SSL_CB_ALERT) || SSL_alert_type_string_long(alert) == std::string("warning")) return;
  auto* note = static_cast<NotePointer*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), NoteIndex()));
  const long verdict = SSL_get_verify_result(ssl);
  const bool ours = where & SSL_CB_WRITE;
  if (ours && verdict != X509_V_OK) {
    (*note)->Set(std::string("the server's certificate is not accepted: ") + X509_verify_cert_error_string(verdict));
  } else {
    (*note)->Set(std::string(ours ? "TLS: " : "the server refused the TLS handshake: ") +
                 SSL_alert_desc_string_long(alert));
  }
}

}  // namespace

void HandshakeNote::Set(std::string text) {
  const std::lock_guard lock(mutex_);
  text_ = std::move(text);
}

std::string HandshakeNote::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(text_, {});
}

bool IsAddress(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

base::Result<void> PrepareTls(SSL_CTX* context, const TlsMaterial& material, const std::string& server_name,
                              std::shared_ptr<HandshakeNote> note) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_ex_data(context, NoteIndex(), new NotePointer(std::move(note)));
  SSL_CTX_set_info_callback(context, &OnTlsState);
  ExpectName(context, server_name);
  if (!material.authorities.empty()) {
    if (auto trusted = TrustOnly(context, material.authorities); !trusted) return trusted;
  }
  if (material.client_certificate.empty()) return {};
  return PresentCertificate(context, material);
}

}  // namespace freehold::http
