#include "operator/kube/files.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

namespace freehold::kube {

base::Result<std::string> ReadFile(const std::filesystem::path& path) {
  constexpr std::streamsize kLargest = 16 * 1024 * 1024;
  const auto unreadable = [&](const std::string& why) {
    return base::Terminal("FileUnreadable", path.string() + ": " + why);
  };
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return unreadable(std::strerror(errno));
  std::string content;
  std::vector<char> block(64 * 1024);
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    content.append(block.data(), static_cast<std::size_t>(file.gcount()));
    if (content.size() > kLargest) return unreadable("larger than 16 MiB");
  }
  if (file.bad()) return unreadable(std::strerror(errno));
  return content;
}

base::Result<std::string> DecodeBase64(const std::string& text) {
  std::string packed;
  std::ranges::copy_if(text, std::back_inserter(packed), [](unsigned char c) { return !std::isspace(c); });
  const auto padding = packed.size() - std::min(packed.size(), packed.find_last_not_of('=') + 1);
  std::string decoded(packed.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                      reinterpret_cast<const unsigned char*>(packed.data()), static_cast<int>(packed.size()));
  if (size < 0 || padding > 2 || packed.find('=') < packed.size() - padding)
    return base::Terminal("InvalidBase64", "not base64");
  decoded.resize(static_cast<std::size_t>(size) - padding);
  return decoded;
}

std::string EncodeBase64(const std::string& bytes) {
  std::string encoded((bytes.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return encoded;
}

}  // namespace freehold::kube
