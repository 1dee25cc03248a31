#include "reconcilers/topics/acl_lists.h"

#include "operator/base/text.h"

namespace freehold::topics {

std::string AclCommands(const api::EventBus& bus, const std::vector<Grant>& grants) {
  const auto servers = base::Join(bus.spec.kafka_connect->brokers->bootstrap_servers, ",");
  std::string text;
  for (const auto& grant : grants) {
    text += "# " + ToString(grant.consumer) + "\n";
    for (const auto& acl : AclsOf(grant)) {
      text += "kafka-acls.sh --bootstrap-server " + servers + " --add --allow-principal '" + acl.principal +
              "' --operation " + ToString(acl.operation) + " --" + ToString(acl.resource) + " '" + acl.name +
              "' --resource-pattern-type literal\n";
    }
  }
  return text;
}

base::Json AclsToJson(const api::EventBus& bus, const std::vector<Grant>& grants) {
  base::Json list = base::Json::array();
  for (const auto& grant : grants) {
    for (const auto& acl : AclsOf(grant)) {
      list.push_back({{"bus", bus.meta.name},
                      {"service", ToString(grant.consumer)},
                      {"principal", acl.principal},
                      {"operation", ToString(acl.operation)},
                      {"resourceType", ToString(acl.resource)},
                      {"resourceName", acl.name},
                      {"patternType", "literal"},
                      {"host", acl.host}});
    }
  }
  return list;
}

}  // namespace freehold::topics
