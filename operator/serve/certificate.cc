#include "operator/serve/certificate.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <new>

namespace freehold::serve {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
using AddressBytes = std::unique_ptr<ASN1_OCTET_STRING, Freed<ASN1_OCTET_STRING_free>>;

/// OpenSSL fails here only when there is no memory or no randomness: nothing to go on with.
template <class T>
T Made(T value) {
  if (!value) throw std::bad_alloc();
  return value;
}

Key NewKey() { return Made(Key(EVP_EC_gen("P-256"))); }

std::string TextOf(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string PemOf(X509* certificate) {
  const auto memory = Made(Memory(BIO_new(BIO_s_mem())));
  Made(PEM_write_bio_X509(memory.get(), certificate));
  return TextOf(memory.get());
}

base::Sensitive PemOf(EVP_PKEY* key) {
  const auto memory = Made(Memory(BIO_new(BIO_s_secmem())));
  Made(PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr));
  return base::Sensitive(TextOf(memory.get()));
}

void Extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
      Made(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())));
  Made(X509_add_ext(certificate, extension.get(), -1));
}

/// A number that no other certificate has, as hexadecimal digits.
std::string NewSerial(ASN1_INTEGER* serial) {
  unsigned char bytes[16];
  Made(RAND_bytes(bytes, sizeof bytes) == 1);
  bytes[0] &= 0x7f;
  const std::unique_ptr<BIGNUM, Freed<BN_free>> number(Made(BN_bin2bn(bytes, sizeof bytes, nullptr)));
  Made(BN_to_ASN1_INTEGER(number.get(), serial));
  const std::unique_ptr<char, Freed<[](char* text) { OPENSSL_free(text); }>> digits(Made(BN_bn2hex(number.get())));
  return digits.get();
}

Certificate Draft(EVP_PKEY* key, const std::string& title, base::Timestamp from, base::Timestamp to) {
  auto certificate = Made(Certificate(X509_new()));
  X509_set_version(certificate.get(), X509_VERSION_3);
  const std::string serial = NewSerial(X509_get_serialNumber(certificate.get()));
  Made(ASN1_TIME_set(X509_getm_notBefore(certificate.get()), from.time_since_epoch().count()));
  Made(ASN1_TIME_set(X509_getm_notAfter(certificate.get()), to.time_since_epoch().count()));
  Made(X509_set_pubkey(certificate.get(), key));
  const std::string common_name = title + " " + serial.substr(0, 16);
  Made(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                                  reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0));
  return certificate;
}

void Sign(X509* certificate, X509* issuer, EVP_PKEY* key) {
  Made(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)));
  Made(X509_sign(certificate, key, EVP_sha256()));
}

std::string AlternativeNames(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    const AddressBytes address(a2i_IPADDRESS(name.c_str()));
    text += (text.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + name;
  }
  ERR_clear_error();
  return text;
}

base::Timestamp TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return base::Timestamp(std::chrono::seconds(timegm(&parts)));
}

std::string NameOf(const GENERAL_NAME* name) {
  if (name->type == GEN_DNS) {
    const ASN1_STRING* text = name->d.dNSName;
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
  }
  if (name->type != GEN_IPADD) return "";
  char text[INET6_ADDRSTRLEN] = "";
  const int family = ASN1_STRING_length(name->d.iPAddress) == 4 ? AF_INET : AF_INET6;
  inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), text, sizeof text);
  return text;
}

CertificateFacts FactsOf(X509* certificate) {
  CertificateFacts facts{TimeOf(X509_get0_notBefore(certificate)), TimeOf(X509_get0_notAfter(certificate)), {}};
  const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int at = 0; names && at < sk_GENERAL_NAME_num(names.get()); ++at) {
    if (auto name = NameOf(sk_GENERAL_NAME_value(names.get(), at)); !name.empty()) facts.names.push_back(name);
  }
  std::ranges::sort(facts.names);
  return facts;
}

Memory Open(const std::string& text) {
  return Made(Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))));
}

base::Result<Certificate> Parse(const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(Open(pem).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!certificate) return base::Terminal("InvalidTls", "the certificate is not a PEM certificate");
  return certificate;
}

int NoPassphrase(char*, int, int, void*) { return 0; }

}  // namespace

Issued Issue(const std::vector<std::string>& names, base::Timestamp from, base::Timestamp to) {
  const Key authority_key = NewKey(), key = NewKey();
  const Certificate authority = Draft(authority_key.get(), "freehold authority", from, to);
  Extend(authority.get(), authority.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  Extend(authority.get(), authority.get(), NID_key_usage, "critical,keyCertSign");
  Extend(authority.get(), authority.get(), NID_subject_key_identifier, "hash");
  Sign(authority.get(), authority.get(), authority_key.get());

  const Certificate certificate = Draft(key.get(), "freehold", from, to);
  Extend(certificate.get(), authority.get(), NID_basic_constraints, "critical,CA:FALSE");
  Extend(certificate.get(), authority.get(), NID_key_usage, "critical,digitalSignature");
  Extend(certificate.get(), authority.get(), NID_ext_key_usage, "serverAuth");
  Extend(certificate.get(), authority.get(), NID_authority_key_identifier, "keyid:always");
  Extend(certificate.get(), authority.get(), NID_subject_alt_name, AlternativeNames(names));
  Sign(certificate.get(), authority.get(), authority_key.get());
  return {{PemOf(certificate.get()), PemOf(key.get())}, PemOf(authority.get())};
}

base::Result<CertificateFacts> ReadCertificate(const std::string& pem) {
  const auto certificate = Parse(pem);
  if (!certificate) return std::unexpected(certificate.error());
  return FactsOf(certificate->get());
}

base::Result<CertificateFacts> ReadIdentity(const Identity& identity) {
  const auto certificate = Parse(identity.certificate);
  if (!certificate) return std::unexpected(certificate.error());
  const Key key(PEM_read_bio_PrivateKey(Open(identity.key.Reveal()).get(), nullptr, &NoPassphrase, nullptr));
  const bool fits = key && X509_check_private_key(certificate->get(), key.get()) == 1;
  ERR_clear_error();
  if (!key) return base::Terminal("InvalidTls", "the key is not a PEM key without passphrase");
  if (!fits) return base::Terminal("InvalidTls", "the key does not belong to the certificate");
  return FactsOf(certificate->get());
}

bool IsSignedBy(const std::string& certificate_pem, const std::string& authority_pem) {
  const auto certificate = Parse(certificate_pem), authority = Parse(authority_pem);
  if (!certificate || !authority) return false;
  const bool is_signed = X509_check_issued(authority->get(), certificate->get()) == X509_V_OK &&
                         X509_verify(certificate->get(), X509_get0_pubkey(authority->get())) == 1;
  ERR_clear_error();
  return is_signed;
}

std::vector<std::string> CertificatesOf(const std::string& bundle) {
  static const std::string kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END CERTIFICATE-----\n";
  std::vector<std::string> certificates;
  auto from = bundle.find(kBegin);
  while (from != bundle.npos) {
    const auto to = bundle.find(kEnd, from);
    if (to == bundle.npos) break;
    certificates.push_back(bundle.substr(from, to + kEnd.size() - from));
    from = bundle.find(kBegin, to);
  }
  return certificates;
}

}  // namespace freehold::serve
