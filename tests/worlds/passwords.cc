#include "tests/worlds/passwords.h"

#include "reconcilers/credentials/password.h"
#include "reconcilers/engines/postgres/scram.h"

namespace freehold::worlds {

const std::array<Credential, kPasswords>& Pool() {
  static const auto pool = [] {
    std::array<Credential, kPasswords> made;
    for (int i = 0; i < kPasswords; ++i) {
      const char letter = static_cast<char>('A' + i);
      made[i].password = base::Sensitive(std::string(credentials::kPasswordLength, letter));
      made[i].verifier = engines::postgres::ScramVerifier(made[i].password, std::string(16, letter));
    }
    return made;
  }();
  return pool;
}

const std::string& StrangersVerifier() {
  static const auto verifier = engines::postgres::ScramVerifier(base::Sensitive("a stranger's"), std::string(16, '?'));
  return verifier;
}

std::optional<int> PasswordOf(const std::string& verifier) {
  for (int i = 0; i < kPasswords; ++i) {
    if (Pool()[i].verifier == verifier || Pool()[i].password.Reveal() == verifier) return i;
  }
  return std::nullopt;
}

std::uint32_t MentionedIn(const std::string& text) {
  std::uint32_t mentioned = 0;
  for (int i = 0; i < kPasswords; ++i) {
    if (text.contains(Pool()[i].verifier) || text.contains(Pool()[i].password.Reveal())) mentioned |= 1U << i;
  }
  return mentioned;
}

}  // namespace freehold::worlds
