#include "reconcilers/engines/postgres/trust.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <mutex>
#include <system_error>

namespace freehold::engines::postgres {
namespace {

constexpr const char* kSystemBundle = "/etc/ssl/certs/ca-certificates.crt";

std::string InMemory(const std::string& content) {
  const int file = memfd_create("freehold-ca", MFD_CLOEXEC);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  for (std::size_t written = 0; written < content.size();) {
    const auto count = write(file, content.data() + written, content.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "write");
    written += static_cast<std::size_t>(count);
  }
  return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace

std::string TrustFile(const std::string& ca_pem) {
  if (ca_pem.empty()) return kSystemBundle;
  static std::mutex mutex;
  static std::map<std::string, std::string> paths;
  const std::lock_guard lock(mutex);
  auto& path = paths[ca_pem];
  if (path.empty()) path = InMemory(ca_pem);
  return path;
}

}  // namespace freehold::engines::postgres
