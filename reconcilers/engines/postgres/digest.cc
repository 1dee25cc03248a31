#include "reconcilers/engines/postgres/digest.h"

#include <openssl/sha.h>

#include <cstdio>

namespace freehold::engines::postgres {

std::string HexDigest(const std::string& text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  char hex[33];
  for (int i = 0; i < 16; ++i) std::snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  return hex;
}

}  // namespace freehold::engines::postgres
