#include "reconcilers/isolation/matrix.h"

#include <iostream>
#include <memory>

#include "commands/audit/flags.h"

namespace freehold::commands {
namespace {

struct Flags {
  audit::LookFlags look;
  std::string output = "table";
};

Ending Execute(const Flags& flags) {
  const auto model = audit::LookBy(flags.look);
  if (!model) return Fail(model.error());
  const auto matrix = isolation::MatrixOf(*model);
  if (flags.output == "json") {
    std::cout << isolation::ToJson(matrix).dump(2) << "\n";
  } else {
    std::cout << (flags.output == "markdown" ? isolation::Markdown(matrix) : isolation::TextTable(matrix));
  }
  return audit::EndingOf(*model);
}

}  // namespace

Run AddMatrix(CLI::App& app) {
  auto* command = app.add_subcommand("matrix", "Print services × stores: who can read, write, own");
  auto flags = std::make_shared<Flags>();
  AddFlags(*command, flags->look);
  command->add_option("-o,--output", flags->output, "table, markdown or json")
      ->check(CLI::IsMember({"table", "markdown", "json"}));
  return [flags] { return Execute(*flags); };
}

}  // namespace freehold::commands
