#include "reconcilers/engines/postgres/plan_projections.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/inbox_sql.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/operator_schema.h"
#include "reconcilers/engines/postgres/partitions.h"
#include "reconcilers/engines/postgres/projection_sql.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

void Append(Statements& to, Statements from) { std::ranges::move(from, std::back_inserter(to)); }

const ProjectionTableSeen* FindTable(const ProjectionsSeen& seen, const std::string& name) {
  const auto found = std::ranges::find(seen.tables, name, &ProjectionTableSeen::name);
  return found == seen.tables.end() ? nullptr : &*found;
}

const ProjectionViewSeen* FindView(const ProjectionsSeen& seen, const std::string& table) {
  const auto found = seen.views.find(table);
  return found == seen.views.end() ? nullptr : &found->second;
}

/// A view holds nothing of its own and may be put aside; anything else is the service's.
bool IsTaken(const ProjectionViewSeen* view) { return view && (view->kind != "v" || !view->reachable); }

/// Something of the service's would have to go with it.
bool IsHeld(const ProjectionViewSeen* view) { return view && !view->used_by.empty(); }

bool Shows(const ProjectionViewSeen* view, const std::string& name, const Layout& layout) {
  return view && view->sound && view->target == name && view->rights == Statements{layout.owner + " SELECT"};
}

bool Fires(const ProjectionsSeen& seen, const std::string& name) {
  const auto trigger = seen.triggers.find(name);
  return trigger != seen.triggers.end() && trigger->second;
}

bool Is(const std::map<std::string, ProjectionFunctionSeen>& functions, const std::string& name,
        const std::string& digest) {
  const auto found = functions.find(name);
  return found != functions.end() && found->second.sound && found->second.digest == digest;
}

/// Source and event to path, of a column's definition; under "" its type.
std::map<std::string, std::string> Paths(const std::string& definition) {
  std::istringstream lines(definition);
  std::map<std::string, std::string> paths;
  std::getline(lines, paths[""]);
  for (std::string line; std::getline(lines, line);) {
    const auto end = line.find(' ', line.find(' ') + 1);
    paths[line.substr(0, end)] = line.substr(end + 1);
  }
  return paths;
}

/// Do both take the same value out of every event that both know?
bool MeansTheSame(const std::string& definition, const std::string& other) {
  const auto paths = Paths(definition);
  return std::ranges::all_of(Paths(other), [&](const auto& entry) {
    const auto same = paths.find(entry.first);
    return same == paths.end() || same->second == entry.second;
  });
}

class Plan {
 public:
  explicit Plan(const PlanContext& context) : c_(context), layout_(context.wanted.layout) {
    if (c_.local) seen_ = c_.local->projections;
    inbox_ = c_.local && c_.local->inbox.table;
  }

  std::vector<Step> Run() {
    for (const auto& wanted : c_.wanted.projections) Keep(wanted);
    for (const auto& table : seen_.tables) {
      if (!kept_.contains(table.name)) Drop(table);
    }
    return std::move(steps_);
  }

 private:
  void Add(const char* verb, const std::string& table, Statements statements) {
    if (statements.empty()) return;
    steps_.push_back({.verb = verb,
                      .target = layout_.schema + "." + table,
                      .database = layout_.database,
                      .statements = std::move(statements)});
  }

  void Keep(const ProjectionWanted& wanted) {
    const ProjectionSql sql(layout_, wanted);
    const auto* table = FindTable(seen_, sql.name());
    const auto* view = FindView(seen_, wanted.table);
    kept_.insert(sql.name());
    const bool known = table && table->table == wanted.table;
    const bool whole = inbox_ && known && Fires(seen_, sql.name()) && Is(seen_.apply, sql.name(), sql.apply_digest()) &&
                       Is(seen_.take, sql.name(), sql.take_digest());
    const bool shown = Shows(view, sql.name(), layout_);
    if (!whole) Add("make-projection", wanted.table, sql.Make());
    if (whole && table->filled && shown) return ApplyAgain(sql, wanted);
    // A name in a schema that is there may be taken, which the next look tells.
    const bool name_is_known = known || !c_.seen.exists;
    if (name_is_known && !(whole && table->filled)) Fill(sql, wanted, view);
    if (name_is_known && !shown && !IsTaken(view) && !IsHeld(view)) Show(sql, wanted, view);
    if (name_is_known && !IsTaken(view) && (shown || !IsHeld(view))) return;
    // What is read now stays until the other one is.
    for (const auto& other : seen_.tables) {
      if (other.table == wanted.table) kept_.insert(other.name);
    }
  }

  void Fill(const ProjectionSql& sql, const ProjectionWanted& wanted, const ProjectionViewSeen* view) {
    Statements statements = {"DELETE FROM " + QuoteName(kOperatorSchema, FailuresTable(layout_)) +
                             " WHERE copy = " + QuoteValue(sql.name())};
    CarryOver(sql, wanted, view, statements);
    if (c_.local) {
      for (const auto& partition : c_.local->inbox.partitions) {
        statements.push_back(sql.FillFrom(QuoteName(partition.schema, partition.name)));
      }
    }
    Append(statements, sql.Settle());
    statements.push_back(sql.NoteFilled());
    Add("fill-projection", wanted.table, std::move(statements));
  }

  void Show(const ProjectionSql& sql, const ProjectionWanted& wanted, const ProjectionViewSeen* view) {
    Statements statements = {kBePolite};
    PutAside(wanted.table, view, statements);
    Append(statements, sql.Show(c_.owner));
    Add("show-projection", wanted.table, std::move(statements));
  }

  /// Rows whose events the inbox has forgotten are had from the copy that is there, as far as they mean the same.
  void CarryOver(const ProjectionSql& sql, const ProjectionWanted& wanted, const ProjectionViewSeen* view,
                 Statements& statements) const {
    const auto* from = view ? FindTable(seen_, view->target) : nullptr;
    if (!from || from->name == sql.name() || from->table != wanted.table) return;
    Statements columns;
    for (std::size_t at = 0; at < wanted.columns.size(); ++at) {
      const auto& name = wanted.columns[at].name;
      const auto definition = from->definitions.find(name);
      const bool same =
          definition != from->definitions.end() && MeansTheSame(sql.definitions()[at], definition->second);
      if (same) columns.push_back(name);
      if (!same && at == wanted.key) return;
    }
    statements.push_back(sql.CarryOver(from->name, columns));
  }

  void PutAside(const std::string& table, const ProjectionViewSeen* view, Statements& statements) const {
    if (!view) return;
    const auto name = QuoteName(layout_.schema, table);
    const bool ours = FindTable(seen_, view->target) != nullptr;
    statements.push_back(ours ? "DROP VIEW " + name
                              : "ALTER VIEW " + name + " RENAME TO " +
                                    QuoteName(table.substr(0, 40) + "_before_freehold_" + view->id));
  }

  void ApplyAgain(const ProjectionSql& sql, const ProjectionWanted& wanted) {
    const bool due = std::ranges::any_of(
        seen_.gaps, [&](const ProjectionGapSeen& gap) { return gap.name == sql.name() && gap.again; });
    if (!due) return;
    Statements statements = {sql.ApplyAgain()};
    Append(statements, sql.Settle());
    Add("apply-again", wanted.table, std::move(statements));
  }

  void Drop(const ProjectionTableSeen& table) {
    const auto* view = FindView(seen_, table.table);
    Statements statements = {kBePolite};
    const bool wanted = std::ranges::count(c_.wanted.projections, table.table, &ProjectionWanted::table) > 0;
    if (!wanted && view && view->kind == "v" && view->target == table.name) {
      if (IsHeld(view)) return;
      statements.push_back("DROP VIEW " + QuoteName(layout_.schema, table.table));
    }
    Append(statements, MakeFailures(layout_));
    Append(statements, DropProjection(layout_, table.name));
    Add("drop-projection", table.table.empty() ? table.name : table.table, std::move(statements));
  }

  const PlanContext& c_;
  const Layout& layout_;
  ProjectionsSeen seen_;
  bool inbox_ = false;
  std::set<std::string> kept_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> PlanProjections(const PlanContext& context) { return Plan(context).Run(); }

Statements KeepProjections(const PlanContext& context, base::Timestamp oldest) {
  const auto& layout = context.wanted.layout;
  const auto bound = QuoteValue(PrintBound(oldest));
  Statements statements;
  for (const auto& table : context.local->projections.tables) {
    statements.push_back("DELETE FROM " + QuoteName(kOperatorSchema, table.name) +
                         " WHERE _deleted AND _received_at < " + bound);
  }
  if (statements.empty()) return statements;
  Append(statements, MakeFailures(layout));
  statements.push_back("DELETE FROM " + QuoteName(kOperatorSchema, FailuresTable(layout)) +
                       FillInbox(" f WHERE NOT EXISTS (SELECT FROM {table} i WHERE i.id = f.id AND i.source = f.source "
                                 "AND i.received_at = f.received_at) AND f.received_at < ",
                                 layout) +
                       bound);
  return statements;
}

Statements DropProjections(const Layout& layout, const ProjectionsSeen& seen) {
  if (seen.tables.empty()) return {};
  auto statements = MakeFailures(layout);
  for (const auto& table : seen.tables) {
    const auto* view = FindView(seen, table.table);
    if (view && view->target == table.name) {
      statements.push_back("DROP VIEW " + QuoteName(layout.schema, table.table) + " CASCADE");
    }
    Append(statements, DropProjection(layout, table.name));
  }
  statements.push_back("DROP TABLE " + QuoteName(kOperatorSchema, FailuresTable(layout)));
  return statements;
}

std::vector<ProjectionSeen> ProjectionsIn(const LocalRows& local, const Layout& layout) {
  const auto& seen = local.projections;
  std::map<std::string, ProjectionSeen> copies;
  for (const auto& table : seen.tables) {
    if (table.table.empty()) continue;
    const auto* view = FindView(seen, table.table);
    auto& copy = copies[table.table];
    copy.table = table.table;
    copy.name_taken = IsTaken(view);
    copy.used_by = view ? view->used_by : "";
    const bool alone = std::ranges::count(seen.tables, table.table, &ProjectionTableSeen::table) == 1;
    if (!table.filled || !Fires(seen, table.name)) continue;
    if (!Shows(view, table.name, layout) && !copy.name_taken) continue;
    copy.current = !copy.name_taken && alone;
    for (const auto& gap : seen.gaps) {
      if (gap.name == table.name) copy.gaps.push_back(gap.gap);
    }
  }
  std::vector<ProjectionSeen> list;
  for (auto& [name, copy] : copies) list.push_back(std::move(copy));
  return list;
}

}  // namespace freehold::engines::postgres
