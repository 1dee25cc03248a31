#include "commands/events/acls.h"

#include "commands/resource_world.h"
#include "reconcilers/topics/acl_lists.h"

namespace freehold::commands::events {

std::string AclsOf(const documents::Resources& resources, const std::string& output) {
  const ResourceWorld world(resources);
  std::string commands;
  base::Json list = base::Json::array();
  for (const auto& bus : world.buses.All()) {
    if (!bus->spec.kafka_connect || !bus->spec.kafka_connect->brokers) continue;
    const auto grants = topics::GrantsOf(*bus, world.View());
    commands += topics::AclCommands(*bus, grants);
    for (auto& acl : topics::AclsToJson(*bus, grants)) list.push_back(std::move(acl));
  }
  return output == "json" ? list.dump(2) + "\n" : commands;
}

}  // namespace freehold::commands::events
