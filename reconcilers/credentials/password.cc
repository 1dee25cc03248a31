#include "reconcilers/credentials/password.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

namespace freehold::credentials {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kLength = kPasswordLength;
/// Bytes from here on would make the first letters of the alphabet likelier than the last.
constexpr unsigned char kFairBelow = 256 / kAlphabet.size() * kAlphabet.size();

}  // namespace

bool IsPasswordCharacter(char c) { return kAlphabet.contains(c); }

base::Sensitive MintPassword() {
  std::string password;
  password.reserve(kLength);
  std::array<unsigned char, 2 * kLength> random{};
  while (password.size() < kLength) {
    if (RAND_bytes(random.data(), random.size()) != 1) throw std::runtime_error("OpenSSL has no random bytes");
    for (const unsigned char byte : random) {
      if (byte < kFairBelow && password.size() < kLength) password += kAlphabet[byte % kAlphabet.size()];
    }
  }
  return base::Sensitive(std::move(password));
}

bool IsMinted(const base::Sensitive& password) {
  const std::string& text = password.Reveal();
  return text.size() == kLength && std::ranges::all_of(text, IsPasswordCharacter);
}

}  // namespace freehold::credentials
