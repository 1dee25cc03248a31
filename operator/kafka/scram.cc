#include "operator/kafka/scram.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <map>

#include "operator/base/base64.h"

namespace freehold::kafka {
namespace {

constexpr int kMostIterations = 1'000'000;

const unsigned char* Bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// A cryptographic primitive that fails leaves nothing sensible to do.
void Must(bool done) {
  if (!done) std::abort();
}

std::string Hmac(const std::string& key, const std::string& text) {
  std::string digest(SHA512_DIGEST_LENGTH, '\0');
  unsigned length = 0;
  Must(HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()), Bytes(text), text.size(), Bytes(digest), &length));
  return digest;
}

std::string Sha512(const std::string& text) {
  std::string digest(SHA512_DIGEST_LENGTH, '\0');
  SHA512(Bytes(text), text.size(), Bytes(digest));
  return digest;
}

/// "r=…,s=…,i=…" by letter.
std::map<char, std::string> Attributes(const std::string& message) {
  std::map<char, std::string> attributes;
  for (std::size_t at = 0; at + 1 < message.size();) {
    const auto end = std::min(message.find(',', at), message.size());
    if (message[at + 1] == '=') attributes[message[at]] = message.substr(at + 2, end - at - 2);
    at = end + 1;
  }
  return attributes;
}

}  // namespace

std::string SaltedPassword(const base::Sensitive& password, const std::string& salt, int iterations) {
  std::string salted(SHA512_DIGEST_LENGTH, '\0');
  const auto& secret = password.Reveal();
  Must(PKCS5_PBKDF2_HMAC(secret.data(), static_cast<int>(secret.size()), Bytes(salt), static_cast<int>(salt.size()),
                         iterations, EVP_sha512(), static_cast<int>(salted.size()), Bytes(salted)) == 1);
  return salted;
}

std::string RandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  Must(RAND_bytes(Bytes(bytes), static_cast<int>(count)) == 1);
  return bytes;
}

ScramLogin::ScramLogin(std::string user, base::Sensitive password, std::string nonce)
    : user_(std::move(user)), password_(std::move(password)), nonce_(std::move(nonce)) {}

std::string ScramLogin::Bare() const { return "n=" + user_ + ",r=" + nonce_; }

std::string ScramLogin::First() const { return "n,," + Bare(); }

std::optional<std::string> ScramLogin::Final(const std::string& server_first) {
  auto attributes = Attributes(server_first);
  const auto salt = base::DecodeBase64(attributes['s']);
  const int iterations = std::atoi(attributes['i'].c_str());
  const auto& nonce = attributes['r'];
  if (!salt || salt->empty() || iterations < 1 || iterations > kMostIterations) return std::nullopt;
  if (!nonce.starts_with(nonce_) || nonce.size() == nonce_.size()) return std::nullopt;

  const auto salted = SaltedPassword(password_, *salt, iterations);
  const auto key = Hmac(salted, "Client Key");
  const auto unproven = "c=biws,r=" + nonce;
  const auto exchange = Bare() + "," + server_first + "," + unproven;
  auto proof = Hmac(Sha512(key), exchange);
  for (std::size_t at = 0; at < proof.size(); ++at) proof[at] = static_cast<char>(proof[at] ^ key[at]);
  signature_ = base::EncodeBase64(Hmac(Hmac(salted, "Server Key"), exchange));
  return unproven + ",p=" + base::EncodeBase64(proof);
}

bool ScramLogin::Trusts(const std::string& server_final) const {
  return !signature_.empty() && Attributes(server_final)['v'] == signature_;
}

}  // namespace freehold::kafka
