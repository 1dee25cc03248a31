// Passwords: minted here, never chosen by people.
#pragma once

#include <string>

#include "operator/base/sensitive.h"

namespace freehold::credentials {

/// Every password of ours is so long, and of letters and digits only.
inline constexpr std::size_t kPasswordLength = 32;
bool IsPasswordCharacter(char);

/// 32 characters of [A-Za-z0-9] from OpenSSL's random generator: 190 bits, and no character that a URI, a shell or a
/// connection string would have to escape. Throws std::runtime_error when the generator fails.
base::Sensitive MintPassword();

/// Has it the form of one of ours? One that doesn't was put there by somebody else.
bool IsMinted(const base::Sensitive& password);

}  // namespace freehold::credentials
