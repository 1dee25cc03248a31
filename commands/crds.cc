#include <iostream>

#include "commands/command.h"
#include "reconcilers/api/kinds.h"

namespace freehold::commands {

Run AddCrds(CLI::App& app) {
  app.add_subcommand("crds", "Print the CustomResourceDefinitions as YAML");
  return [] {
    std::cout << api::CrdYaml();
    return Ending::kHolds;
  };
}

Run AddVersion(CLI::App& app) {
  app.add_subcommand("version", "Print the version");
  return [] {
    std::cout << "freehold " FREEHOLD_VERSION "\n";
    return Ending::kHolds;
  };
}

}  // namespace freehold::commands
