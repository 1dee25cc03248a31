#include <iostream>
#include <memory>

#include "commands/cluster.h"
#include "commands/inventory.h"
#include "commands/plan/preview.h"

namespace freehold::commands {
namespace {

struct Flags {
  SourceFlags source;
  std::string output = "table";
  std::string operator_namespace = "freehold-system";
};

void PrintText(const std::vector<plan::Entry>& entries) {
  for (const plan::Entry& entry : entries) {
    if (entry.in_sync()) continue;
    std::cout << entry.object << "\n";
    if (entry.failure) std::cout << "  could not look: " << entry.failure->message << "\n";
    if (entry.refusal)
      std::cout << "  refused: " << ToString(entry.refusal->reason) << ": " << entry.refusal->message << "\n";
    for (const auto& step : entry.steps) std::cout << "  " << step << "\n";
  }
  const auto counts = plan::CountOf(entries);
  std::cout << counts.in_sync << " in sync, " << counts.to_do << " to do, " << counts.refused << " refused, "
            << counts.unseen << " could not be looked at\n";
}

Ending Print(const std::vector<plan::Entry>& entries, const std::string& output) {
  if (output == "json") {
    std::cout << plan::ToJson(entries).dump(2) << "\n";
  } else {
    PrintText(entries);
  }
  const auto counts = plan::CountOf(entries);
  if (counts.unseen > 0) return Ending::kFailed;
  return counts.to_do + counts.refused > 0 ? Ending::kFindings : Ending::kHolds;
}

Ending Execute(const Flags& flags) {
  if (!flags.source.files.empty()) {
    const auto resources = LoadResources(flags.source);
    if (!resources) return Fail(resources.error());
    return Print(plan::PreviewFromNothing(*resources, flags.operator_namespace), flags.output);
  }
  const auto cluster = Connect(flags.source.cluster);
  if (!cluster) return Fail(cluster.error());
  const auto resources = ListResources(*cluster->client);
  if (!resources) return Fail(resources.error());
  return Print(plan::PreviewOfCluster(*resources, *cluster->client, flags.operator_namespace), flags.output);
}

}  // namespace

Run AddPlan(CLI::App& app) {
  auto* command = app.add_subcommand("plan", "Print what the controller would do now, without doing it");
  auto flags = std::make_shared<Flags>();
  AddFlags(*command, flags->source);
  command->add_option("-o,--output", flags->output, "table or json")->check(CLI::IsMember({"table", "json"}));
  command->add_option("-n,--operator-namespace", flags->operator_namespace,
                      "Where the admin credentials of servers and the views of warehouses are");
  return [flags] { return Execute(*flags); };
}

}  // namespace freehold::commands
