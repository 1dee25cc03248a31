#include "reconcilers/engines/postgres/scram.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <charconv>
#include <cstdlib>

namespace freehold::engines::postgres {
namespace {

constexpr std::string_view kPrefix = "SCRAM-SHA-256$";
constexpr std::size_t kDigest = SHA256_DIGEST_LENGTH;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// A cryptographic primitive that fails leaves nothing sensible to do.
void Must(bool done) {
  if (!done) std::abort();
}

std::string Hmac(std::string_view key, std::string_view text) {
  std::string digest(kDigest, '\0');
  unsigned length = 0;
  Must(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(text), text.size(), Bytes(digest), &length));
  return digest;
}

std::string Sha256(std::string_view text) {
  std::string digest(kDigest, '\0');
  SHA256(Bytes(text), text.size(), Bytes(digest));
  return digest;
}

std::string Encode(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  text.resize(EVP_EncodeBlock(Bytes(text), Bytes(bytes), static_cast<int>(bytes.size())));
  return text;
}

std::optional<std::string> Decode(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(Bytes(bytes), Bytes(text), static_cast<int>(text.size())) < 0) return std::nullopt;
  for (auto end = text.rbegin(); end != text.rend() && *end == '='; ++end) bytes.pop_back();
  return bytes;
}

}  // namespace

std::string ScramVerifier(const base::Sensitive& password, std::string_view salt, int iterations) {
  std::string salted(kDigest, '\0');
  const auto& secret = password.Reveal();
  Must(PKCS5_PBKDF2_HMAC(secret.data(), static_cast<int>(secret.size()), Bytes(salt), static_cast<int>(salt.size()),
                         iterations, EVP_sha256(), kDigest, Bytes(salted)) == 1);
  const auto stored_key = Sha256(Hmac(salted, "Client Key"));
  const auto server_key = Hmac(salted, "Server Key");
  return std::string(kPrefix) + std::to_string(iterations) + ":" + Encode(salt) + "$" + Encode(stored_key) + ":" +
         Encode(server_key);
}

std::optional<ScramParts> ParseScram(std::string_view verifier) {
  if (!verifier.starts_with(kPrefix)) return std::nullopt;
  verifier.remove_prefix(kPrefix.size());
  const auto colon = verifier.find(':');
  const auto dollar = verifier.find('$');
  const auto last = verifier.rfind(':');
  if (colon >= dollar || dollar >= last || last == std::string_view::npos) return std::nullopt;

  ScramParts parts;
  const auto digits = verifier.substr(0, colon);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), parts.iterations);
  const auto salt = Decode(verifier.substr(colon + 1, dollar - colon - 1));
  const auto stored_key = Decode(verifier.substr(dollar + 1, last - dollar - 1));
  const auto server_key = Decode(verifier.substr(last + 1));
  if (error != std::errc() || end != digits.data() + digits.size() || parts.iterations < 1) return std::nullopt;
  if (!salt || !stored_key || !server_key) return std::nullopt;
  if (stored_key->size() != kDigest || server_key->size() != kDigest) return std::nullopt;
  parts.salt = *salt;
  parts.stored_key = *stored_key;
  parts.server_key = *server_key;
  return parts;
}

std::string RandomSalt() {
  std::string salt(16, '\0');
  Must(RAND_bytes(Bytes(salt), static_cast<int>(salt.size())) == 1);
  return salt;
}

}  // namespace freehold::engines::postgres
