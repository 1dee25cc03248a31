#include <iostream>
#include <memory>

#include "commands/inventory.h"
#include "reconcilers/reports/event_flows.h"

namespace freehold::commands {
namespace {

struct Flags {
  SourceFlags source;
  std::string output = "table";
};

Ending Execute(const Flags& flags) {
  const auto resources = LoadResources(flags.source);
  if (!resources) return Fail(resources.error());
  const auto databases = documents::Objects(resources->databases);
  const auto flows = reports::EventFlowsOf(databases);
  if (flags.output == "json") {
    std::cout << reports::ToJson(flows).dump(2) << "\n";
  } else {
    std::cout << (flags.output == "markdown" ? reports::Markdown(flows) : reports::TextTable(flows));
  }
  return flows.holds ? Ending::kHolds : Ending::kFindings;
}

}  // namespace

Run AddEvents(CLI::App& app) {
  auto* command = app.add_subcommand("events", "Print every event that is consumed, and whether it flows");
  auto flags = std::make_shared<Flags>();
  AddFlags(*command, flags->source);
  command->add_option("-o,--output", flags->output, "table, markdown or json")
      ->check(CLI::IsMember({"table", "markdown", "json"}));
  return [flags] { return Execute(*flags); };
}

}  // namespace freehold::commands
