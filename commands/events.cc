#include <iostream>
#include <memory>

#include "commands/events/acls.h"
#include "commands/events/lag.h"
#include "commands/inventory.h"
#include "commands/request.h"
#include "reconcilers/reports/event_flows.h"

namespace freehold::commands {
namespace {

struct Flags {
  SourceFlags source;
  std::string output = "table";
  std::string operator_namespace = "freehold-system";
  bool lag = false;
};

base::Result<reports::EventFlows> FlowsBy(const Flags& flags) {
  const auto resources = LoadResources(flags.source);
  if (!resources) return std::unexpected(resources.error());
  const auto databases = documents::Objects(resources->databases);
  if (!flags.lag) return reports::EventFlowsOf(databases);
  if (!flags.source.files.empty()) return base::Terminal("Usage", "--lag is for a cluster: files have no lag");
  const auto cluster = Connect(flags.source.cluster);
  if (!cluster) return std::unexpected(cluster.error());
  return reports::EventFlowsOf(databases, events::LagsOf(*resources, *cluster->client, flags.operator_namespace));
}

Ending EndingOf(const reports::EventFlows& flows) {
  const bool unseen =
      std::ranges::any_of(flows.flows, [](const auto& flow) { return flow.lag && !flow.lag->failure.empty(); });
  if (unseen) return Ending::kFailed;
  return flows.holds ? Ending::kHolds : Ending::kFindings;
}

Ending List(const Flags& flags) {
  const auto flows = FlowsBy(flags);
  if (!flows) return Fail(flows.error());
  if (flags.output == "json") {
    std::cout << reports::ToJson(*flows).dump(2) << "\n";
  } else {
    std::cout << (flags.output == "markdown" ? reports::Markdown(*flows) : reports::TextTable(*flows));
  }
  return EndingOf(*flows);
}

Ending PrintAcls(const SourceFlags& source, const std::string& output) {
  const auto resources = LoadResources(source);
  if (!resources) return Fail(resources.error());
  std::cout << events::AclsOf(*resources, output);
  return Ending::kHolds;
}

bool Resynced(const api::ServiceDatabase& object, const std::string& request) {
  return object.status.resync_request == request;
}

Ending Resync(const WishFlags& flags) {
  const auto name = ParseName(flags.object);
  if (!name) return Fail(name.error());
  const auto cluster = Connect(flags.cluster);
  if (!cluster) return Fail(cluster.error());
  const auto resynced = Ask(*cluster->client, *name, {api::kResyncAnnotation, "the resync", &Resynced}, flags.timeout);
  if (!resynced) return Fail(resynced.error());
  std::cout << "What the outboxes hold for " << ToString(*name)
            << " is on its way once more, what was put aside included; what it has already isn't taken twice\n";
  return Ending::kHolds;
}

}  // namespace

Run AddEvents(CLI::App& app) {
  auto* command = app.add_subcommand("events", "Print every event that is consumed, and whether it flows");
  auto flags = std::make_shared<Flags>();
  AddFlags(*command, flags->source);
  command->add_option("-o,--output", flags->output, "table, markdown or json")
      ->check(CLI::IsMember({"table", "markdown", "json"}));
  command->add_flag("--lag", flags->lag, "Look at the databases, too: how far behind each flow is");
  command->add_option("-n,--operator-namespace", flags->operator_namespace,
                      "Where the Secrets of the servers' admins are");
  auto* resync =
      command->add_subcommand("resync", "Have all that a service consumes posted once more, and what was put aside");
  auto wish = std::make_shared<WishFlags>();
  AddFlags(*resync, wish);
  auto* acls =
      command->add_subcommand("acls", "Print the ACLs of services that read topics, for Kafka's administrators");
  auto source = std::make_shared<SourceFlags>();
  auto format = std::make_shared<std::string>("commands");
  AddFlags(*acls, *source);
  acls->add_option("-o,--output", *format, "commands (for kafka-acls.sh) or json")
      ->check(CLI::IsMember({"commands", "json"}));
  return [flags, resync, wish, acls, source, format] {
    if (acls->parsed()) return PrintAcls(*source, *format);
    return resync->parsed() ? Resync(*wish) : List(*flags);
  };
}

}  // namespace freehold::commands
