#include <filesystem>
#include <fstream>
#include <memory>

#include "commands/command.h"
#include "reconcilers/api/kinds.h"

namespace freehold::commands {
namespace {

void WriteFile(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw std::runtime_error("can't write " + path.string());
}

}  // namespace

Run AddDocs(CLI::App& app) {
  auto* command = app.add_subcommand("docs", "Write the reference pages into a directory")->group("");
  auto directory = std::make_shared<std::string>();
  command->add_option("directory", *directory, "Where to write them")->required();
  return [directory] {
    std::filesystem::create_directories(*directory);
    for (const auto& kind : api::Kinds())
      WriteFile(std::filesystem::path(*directory) / (kind.file + ".md"), kind.reference);
    WriteFile(std::filesystem::path(*directory) / "conditions.md", api::ConditionsReference());
    return Ending::kHolds;
  };
}

}  // namespace freehold::commands
