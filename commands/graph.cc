#include <iostream>
#include <memory>

#include "commands/inventory.h"
#include "reconcilers/reports/flow_drawing.h"
#include "reconcilers/reports/flow_map.h"

namespace freehold::commands {
namespace {

struct Flags {
  SourceFlags source;
  std::string output = "dot";
};

Ending Execute(const Flags& flags) {
  const auto resources = LoadResources(flags.source);
  if (!resources) return Fail(resources.error());
  const auto databases = documents::Objects(resources->databases);
  if (flags.output == "json") {
    std::cout << reports::FlowsAsJson(databases).dump(2) << "\n";
  } else if (flags.output == "svg") {
    std::cout << reports::FlowsAsSvg(databases);
  } else {
    std::cout << (flags.output == "mermaid" ? reports::FlowsAsMermaid(databases) : reports::FlowsAsDot(databases));
  }
  return Ending::kHolds;
}

}  // namespace

Run AddGraph(CLI::App& app) {
  auto* command = app.add_subcommand("graph", "Draw services, stores, and the data that passes between them");
  auto flags = std::make_shared<Flags>();
  AddFlags(*command, flags->source);
  command->add_option("-o,--output", flags->output, "dot, mermaid, svg or json")
      ->check(CLI::IsMember({"dot", "mermaid", "svg", "json"}));
  return [flags] { return Execute(*flags); };
}

}  // namespace freehold::commands
