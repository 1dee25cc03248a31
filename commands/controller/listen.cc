#include "commands/controller/listen.h"

#include <cstdlib>

namespace freehold::commands {

base::Result<serve::ServerSettings> ListenOn(const std::string& address) {
  const auto colon = address.rfind(':');
  serve::ServerSettings settings;
  std::string host = colon == std::string::npos ? "" : address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!host.empty()) settings.address = host;
  char* end = nullptr;
  const std::string port = colon == std::string::npos ? address : address.substr(colon + 1);
  const long number = std::strtol(port.c_str(), &end, 10);
  if (port.empty() || *end != '\0' || number < 0 || number > 65535) {
    return base::Terminal("InvalidAddress", "\"" + address + "\" is not an address like 127.0.0.1:8080 or :8080");
  }
  settings.port = static_cast<std::uint16_t>(number);
  return settings;
}

}  // namespace freehold::commands
