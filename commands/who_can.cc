#include <algorithm>
#include <iostream>
#include <memory>

#include "commands/audit/flags.h"
#include "operator/base/text.h"
#include "reconcilers/isolation/matrix.h"
#include "reconcilers/reports/grid.h"

namespace freehold::commands {
namespace {

struct Flags {
  audit::LookFlags look;
  std::string verb, target, output = "table";
};

/// "shop/orders" or "shop/orders/order_lines".
struct Target {
  std::string store, table;
};

base::Result<Target> ParseTarget(const std::string& text) {
  const auto first = text.find('/');
  const auto second = first == std::string::npos ? first : text.find('/', first + 1);
  if (first == 0 || first == std::string::npos || first + 1 == text.size() || second == first + 1) {
    return base::Terminal("BadTarget", text + ": name it as NAMESPACE/NAME or NAMESPACE/NAME/TABLE");
  }
  if (second == std::string::npos) return Target{text, ""};
  return Target{text.substr(0, second), text.substr(second + 1)};
}

void PrintText(const std::vector<isolation::Edge>& edges) {
  reports::Grid grid{.head = {"who", "by", "allowed as"}, .rows = {}};
  for (const auto& edge : edges) {
    const auto who = edge.service.empty() ? edge.principal : edge.principal + " (" + edge.service + ")";
    grid.rows.push_back({who, edge.path, edge.finding() ? "NOT ALLOWED" : ToString(edge.rule)});
  }
  std::cout << Columns(grid);
}

void PrintJson(const std::vector<isolation::Edge>& edges) {
  base::Json list = base::Json::array();
  for (const auto& edge : edges) {
    list.push_back({{"principal", edge.principal},
                    {"service", edge.service},
                    {"path", edge.path},
                    {"evidence", edge.evidence},
                    {"allowedAs", edge.finding() ? base::Json() : base::Json(ToString(edge.rule))},
                    {"seenAt", base::FormatTime(edge.seen_at)}});
  }
  std::cout << list.dump(2) << "\n";
}

Ending Execute(const Flags& flags) {
  const auto target = ParseTarget(flags.target);
  if (!target) return Fail(target.error());
  const auto model = audit::LookBy(flags.look);
  if (!model) return Fail(model.error());
  if (std::ranges::find(model->stores, target->store) == model->stores.end()) {
    return Fail({base::FailureClass::kTerminal, "NotFound", "there is no ServiceDatabase " + target->store, {}, 0});
  }
  const auto reach = flags.verb == "read" ? isolation::Reach::kRead : isolation::Reach::kWrite;
  const auto edges = isolation::WhoCan(*model, reach, target->store, target->table);
  flags.output == "json" ? PrintJson(edges) : PrintText(edges);
  bool unknown = false;
  for (const auto& part : model->unknown) {
    if (!part.store.empty() && part.store != target->store) continue;
    unknown = true;
    std::cerr << "freehold: " << part.what << " could not be looked at: " << part.why << "\n";
  }
  if (unknown) return Ending::kFailed;
  return std::ranges::any_of(edges, &isolation::Edge::finding) ? Ending::kFindings : Ending::kHolds;
}

}  // namespace

Run AddWhoCan(CLI::App& app) {
  auto* command = app.add_subcommand("who-can", "Print everybody who can read or write a store, and by which way");
  auto flags = std::make_shared<Flags>();
  command->add_option("VERB", flags->verb, "read or write")->required()->check(CLI::IsMember({"read", "write"}));
  command->add_option("TARGET", flags->target, "NAMESPACE/NAME or NAMESPACE/NAME/TABLE")->required();
  AddFlags(*command, flags->look);
  command->add_option("-o,--output", flags->output, "table or json")->check(CLI::IsMember({"table", "json"}));
  return [flags] { return Execute(*flags); };
}

}  // namespace freehold::commands
