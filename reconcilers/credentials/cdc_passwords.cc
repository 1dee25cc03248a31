#include "reconcilers/credentials/cdc_passwords.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace freehold::credentials {

void CdcPasswords::SetKey(base::Sensitive key) {
  std::lock_guard lock(mutex_);
  key_ = std::move(key);
}

std::optional<base::Sensitive> CdcPasswords::Of(const std::string& server, const std::string& role) const {
  std::lock_guard lock(mutex_);
  if (!key_) return std::nullopt;
  const auto& key = key_->Reveal();
  const std::string text = "cdc\n" + server + "\n" + role;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
            text.size(), digest.data(), &size)) {
    throw std::runtime_error("OpenSSL has no HMAC-SHA256");
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string password;
  for (unsigned int i = 0; i < size; ++i) password.append({kDigits[digest[i] >> 4], kDigits[digest[i] & 15]});
  return base::Sensitive(std::move(password));
}

}  // namespace freehold::credentials
