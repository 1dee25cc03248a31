// What a pass over a bus would do about its connectors, without doing it.
#include "reconcilers/connect/changes.h"
#include "reconcilers/connect/reconciler.h"

namespace freehold::connect {

Result<std::vector<Change>> Reconciler::Preview(const api::EventBus& bus) {
  const auto client = ClientOf(bus);
  if (!client) return std::unexpected(client.error());
  const auto seen = (*client)->List();
  if (!seen) return std::unexpected(seen.error());
  const auto wanted = bus.meta.deleted ? Wanted{} : WantedOf(bus, parts_.world, parts_.servers);
  return ChangesOf(WorkersOf(bus.spec), wanted, PartsOfOthers(bus), *seen);
}

}  // namespace freehold::connect
