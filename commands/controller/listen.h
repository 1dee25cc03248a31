// Addresses to listen on, as flags give them.
#pragma once

#include "operator/serve/server.h"

namespace freehold::commands {

/// "127.0.0.1:8080", "[::1]:8080", ":8080" for all addresses. Terminal "InvalidAddress" otherwise.
base::Result<serve::ServerSettings> ListenOn(const std::string& address);

}  // namespace freehold::commands
