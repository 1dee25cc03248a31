#include "commands/audit/flags.h"

#include "commands/cluster.h"
#include "commands/inventory.h"

namespace freehold::commands {

void AddFlags(CLI::App& command, audit::LookFlags& flags) {
  AddFlags(command, flags.source);
  command.add_option("-n,--operator-namespace", flags.settings.operator_namespace,
                     "Where the admin credentials of servers are");
  command.add_option("--namespace", flags.settings.ns, "Stores of this namespace only");
  command.add_flag("--quick", flags.settings.quick, "Ask each server once, don't visit each store");
}

}  // namespace freehold::commands

namespace freehold::commands::audit {

base::Result<isolation::AccessModel> LookBy(const LookFlags& flags) {
  if (!flags.source.files.empty()) {
    const auto resources = LoadResources(flags.source);
    if (!resources) return std::unexpected(resources.error());
    return LookAtNothing(*resources);
  }
  const auto cluster = Connect(flags.source.cluster);
  if (!cluster) return std::unexpected(cluster.error());
  const auto resources = ListResources(*cluster->client);
  if (!resources) return std::unexpected(resources.error());
  return Look(*resources, *cluster->client, flags.settings);
}

Ending EndingOf(const isolation::AccessModel& model) {
  if (!model.unknown.empty()) return Ending::kFailed;
  return model.Findings().empty() ? Ending::kHolds : Ending::kFindings;
}

}  // namespace freehold::commands::audit
