#include "operator/serve/parts.h"

#include <memory>
#include <utility>

namespace freehold::serve {

runtime::Part ServerPart(const std::string& name, const ServerSettings& settings, Routes routes) {
  const auto server = std::make_shared<std::unique_ptr<Server>>();
  return {.name = name,
          .start = [=](std::stop_token) -> base::Result<void> {
            auto started = Server::Start(settings, routes);
            if (!started) return std::unexpected(started.error());
            *server = std::move(*started);
            return {};
          },
          .stop = [=](runtime::Deadline deadline) { return (*server)->Stop(deadline); },
          .patience = std::chrono::seconds(2)};
}

}  // namespace freehold::serve
