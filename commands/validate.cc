#include "reconcilers/validation/validate.h"

#include <iostream>
#include <memory>

#include "commands/cluster.h"
#include "commands/inventory.h"

namespace freehold::commands {
namespace {

struct Flags {
  SourceFlags source;
  std::string output = "table";
};

base::Json ToJson(const validation::Finding& finding) {
  base::Json json{{"severity", ToString(finding.severity)},
                  {"code", finding.code},
                  {"object", finding.object},
                  {"path", finding.path},
                  {"message", finding.message}};
  if (finding.file.empty()) return json;
  json["file"] = finding.file;
  json["line"] = finding.position.line;
  json["column"] = finding.position.column;
  return json;
}

void Print(const std::vector<validation::Finding>& findings, const std::string& output) {
  if (output != "json") {
    for (const auto& finding : findings) std::cout << ToString(finding) << "\n";
    return;
  }
  base::Json list = base::Json::array();
  for (const auto& finding : findings) list.push_back(ToJson(finding));
  std::cout << base::Json{{"findings", list}}.dump(2) << "\n";
}

/// Unlike other commands this one wants what is broken, too.
base::Result<documents::Resources> Read(const SourceFlags& flags) {
  if (flags.files.empty()) return LoadResources(flags);
  return documents::Load(flags.files, std::cin);
}

Ending Execute(const Flags& flags) {
  const auto resources = Read(flags.source);
  if (!resources) return Fail(resources.error());
  const auto scope = flags.source.files.empty() ? validation::Scope::kCluster : validation::Scope::kFiles;
  const auto findings = validation::Validate(*resources, scope, base::SystemClock().Now());
  Print(findings, flags.output);
  return validation::Holds(findings) ? Ending::kHolds : Ending::kFindings;
}

}  // namespace

Run AddValidate(CLI::App& app) {
  auto* command = app.add_subcommand("validate", "Would this set of resources be accepted? Tells every fault at once");
  auto flags = std::make_shared<Flags>();
  AddFlags(*command, flags->source);
  command->add_option("-o,--output", flags->output, "table or json")->check(CLI::IsMember({"table", "json"}));
  return [flags] { return Execute(*flags); };
}

}  // namespace freehold::commands
