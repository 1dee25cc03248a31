// The command line: one subcommand per file, all of them named here.
#include <iostream>
#include <utility>

#include "commands/command.h"

namespace {

using namespace freehold::commands;

int Execute(int argc, char** argv) {
  CLI::App app{"Every service owns its data, and nobody else's", "freehold"};
  app.require_subcommand(1);
  app.set_version_flag("--version", FREEHOLD_VERSION);
  app.get_formatter()->column_width(34);

  std::vector<std::pair<CLI::App*, Run>> commands;
  for (const auto add : {AddController, AddValidate, AddPlan, AddAudit, AddMatrix, AddWhoCan, AddGraph, AddOwnedData,
                         AddEvents, AddReport, AddRotate, AddCrds, AddCompletion, AddDocs, AddVersion}) {
    Run run = add(app);
    commands.emplace_back(app.get_subcommands({}).back(), std::move(run));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Ending::kFailed);
  }
  for (const auto& [command, run] : commands) {
    if (command->parsed()) return static_cast<int>(run());
  }
  return static_cast<int>(Ending::kFailed);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Execute(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "freehold: " << error.what() << "\n";
    return static_cast<int>(Ending::kFailed);
  }
}
