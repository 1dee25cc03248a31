#include "tests/unit/certificates.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace freehold {
namespace {

std::string Drain(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

std::string Pem(X509* certificate) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  return Drain(bio);
}

std::string Pem(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  return Drain(bio);
}

void Extend(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// No two authorities are called alike: OpenSSL takes the first of a name.
std::string NextName() {
  static int made = 0;
  return "test authority " + std::to_string(++made);
}

X509* Make(const std::string& common_name, EVP_PKEY* key, X509* issuer, TestAuthority::Life life) {
  static long serial = 1;
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  const bool over = life == TestAuthority::Life::kOver;
  X509_gmtime_adj(X509_getm_notBefore(certificate), over ? -3600 : -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), over ? -60 : 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common_name.c_str()), -1,
                             -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer : certificate));
  return certificate;
}

}  // namespace

TestAuthority::TestAuthority(Life life)
    : key_(EVP_EC_gen("P-256")), certificate_(Make(NextName(), key_, nullptr, life)) {
  Extend(certificate_, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate_, key_, EVP_sha256());
  pem_ = Pem(certificate_);
}

TestAuthority::~TestAuthority() {
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

TestCertificate TestAuthority::Issue(const std::string& common_name, const std::string& alternative_name,
                                     Life life) const {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = Make(common_name, key, certificate_, life);
  Extend(certificate, NID_subject_alt_name, alternative_name);
  X509_sign(certificate, key_, EVP_sha256());
  TestCertificate issued{Pem(certificate), Pem(key), pem_};
  X509_free(certificate);
  EVP_PKEY_free(key);
  return issued;
}

SSL_CTX* TestCertificate::MakeServerContext() const {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  BIO* bio = BIO_new_mem_buf(certificate_pem.data(), -1);
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context, certificate);
  X509_free(certificate);
  BIO_free(bio);
  bio = BIO_new_mem_buf(key_pem.data(), -1);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  SSL_CTX_use_PrivateKey(context, key);
  EVP_PKEY_free(key);
  BIO_free(bio);
  bio = BIO_new_mem_buf(issuer_pem.data(), -1);
  X509* issuer = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context), issuer);
  X509_free(issuer);
  BIO_free(bio);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return context;
}

}  // namespace freehold
