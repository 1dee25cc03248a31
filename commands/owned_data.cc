#include "reconcilers/reports/owned_data.h"

#include <iostream>
#include <memory>

#include "commands/inventory.h"

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
  const auto servers = documents::Objects(resources->servers);
  const auto data = reports::OwnedDataOf(databases, servers);
  if (flags.output == "json") {
    std::cout << reports::ToJson(data).dump(2) << "\n";
  } else {
    std::cout << (flags.output == "markdown" ? reports::Markdown(data) : reports::TextTable(data));
  }
  return Ending::kHolds;
}

}  // namespace

Run AddOwnedData(CLI::App& app) {
  auto* command =
      app.add_subcommand("owned-data", "Print which service owns which data, and how data passes between services");
  auto flags = std::make_shared<Flags>();
  AddFlags(*command, flags->source);
  command->add_option("-o,--output", flags->output, "table, markdown or json")
      ->check(CLI::IsMember({"table", "markdown", "json"}));
  return [flags] { return Execute(*flags); };
}

}  // namespace freehold::commands
