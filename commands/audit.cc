#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "commands/audit/flags.h"
#include "operator/base/json.h"
#include "reconcilers/isolation/changes.h"
#include "reconcilers/isolation/page.h"
#include "reconcilers/isolation/report.h"

namespace freehold::commands {
namespace {

struct Flags {
  audit::LookFlags look;
  std::string output = "table";
  std::string since;
};

base::Result<isolation::Changes> CompareWith(const std::string& path, const isolation::AccessModel& model) {
  std::ifstream file(path);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return base::Terminal("FileUnreadable", "can't read " + path);
  const auto earlier = base::ParseJson(text.str());
  if (!earlier) return base::Terminal("NotAReport", path + ": " + earlier.error().message);
  auto changes = isolation::ChangesSince(*earlier, model);
  if (!changes) return base::Terminal("NotAReport", path + ": " + changes.error().message);
  return changes;
}

void Print(const isolation::AccessModel& model, const std::string& output) {
  if (output == "json") {
    std::cout << isolation::ToJson(model).dump(2) << "\n";
  } else if (output == "sarif") {
    std::cout << isolation::ToSarif(model).dump(2) << "\n";
  } else if (output == "openreports") {
    std::cout << isolation::ToOpenReport(model, base::SystemClock().Now()).dump(2) << "\n";
  } else if (output == "html") {
    std::cout << isolation::HtmlPage(model, base::SystemClock().Now());
  } else {
    std::cout << isolation::TextTable(model);
  }
}

void Print(const isolation::Changes& changes) {
  for (const auto& line : changes.appeared) std::cout << "+ " << line << "\n";
  for (const auto& line : changes.gone) std::cout << "- " << line << "\n";
  std::cout << changes.appeared.size() << " appeared, " << changes.gone.size() << " gone\n";
}

Ending Execute(const Flags& flags) {
  if (!flags.since.empty() && flags.output != "table" && flags.output != "json") {
    return Fail({.message = "--since prints what changed as -o table or -o json, not as -o " + flags.output});
  }
  const auto model = audit::LookBy(flags.look);
  if (!model) return Fail(model.error());
  if (!flags.since.empty()) {
    const auto changes = CompareWith(flags.since, *model);
    if (!changes) return Fail(changes.error());
    if (flags.output == "table") {
      Print(*changes);
    } else {
      auto report = isolation::ToJson(*model);
      report["since"] = {{"appeared", changes->appeared}, {"gone", changes->gone}};
      std::cout << report.dump(2) << "\n";
    }
    if (!model->unknown.empty()) return Ending::kFailed;
    return changes->appeared.empty() ? Ending::kHolds : Ending::kFindings;
  }
  Print(*model, flags.output);
  return audit::EndingOf(*model);
}

}  // namespace

Run AddAudit(CLI::App& app) {
  auto* command = app.add_subcommand("audit", "Is any store reachable by someone who doesn't own it?");
  auto flags = std::make_shared<Flags>();
  AddFlags(*command, flags->look);
  command->add_option("-o,--output", flags->output, "table, json, sarif, html or openreports")
      ->check(CLI::IsMember({"table", "json", "sarif", "html", "openreports"}));
  command->add_flag("--probe", flags->look.settings.probe, "Try each credential on each foreign store");
  command->add_option("--probe-limit", flags->look.settings.probe_limit, "How many pairs to try at most")
      ->check(CLI::PositiveNumber);
  command->add_flag("--copies", flags->look.settings.copies,
                    "Read every Secret and ConfigMap for copies of credentials");
  command->add_option("--since", flags->since, "A report saved by -o json: print what access appeared or went away");
  return [flags] { return Execute(*flags); };
}

}  // namespace freehold::commands
