// A server as a part of the process.
#pragma once

#include <string>

#include "operator/runtime/manager.h"
#include "operator/serve/server.h"

namespace freehold::serve {

/// Starts with the port bound, ends as Server::Stop does. What the routes use outlives the part.
runtime::Part ServerPart(const std::string& name, const ServerSettings& settings, Routes routes);

}  // namespace freehold::serve
