#include "reconcilers/engines/postgres/plan_views.h"

#include <algorithm>

#include "operator/base/text.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/views_look.h"
#include "reconcilers/engines/postgres/warehouse_look.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

constexpr const char* kDefinition = "CREATE MATERIALIZED VIEW ";
// No view of a file begins so.
constexpr const char* kNext = "freehold_next_";
constexpr const char* kOld = "freehold_old_";

std::string SchemaOf(const std::string& full_name) { return full_name.substr(0, full_name.find('.')); }
std::string NameOf(const std::string& full_name) { return full_name.substr(full_name.find('.') + 1); }
std::string Quoted(const std::string& full_name) { return QuoteName(SchemaOf(full_name), NameOf(full_name)); }
std::string NextNameOf(const std::string& full_name) { return kNext + base::Sha256Hex(full_name).substr(0, 16); }
bool IsOld(const std::string& full_name) { return NameOf(full_name).starts_with(kOld); }

class Plan {
 public:
  Plan(const Views& wanted, const ViewsSeen& seen)
      : wanted_(wanted),
        seen_(seen),
        role_(QuoteName(ViewsRoleOf(wanted.database))),
        readers_(QuoteName(ReadersOf(wanted.database))) {}

  std::vector<Step> Run() {
    if (!wanted_.schemas.empty()) Prepare();
    for (const auto& view : wanted_.views) {
      const auto found = seen_.views.find(view.full_name());
      const auto* there = found == seen_.views.end() ? nullptr : &found->second;
      if (MayHold(view.schema) && !IsCurrent(view, there)) Build(view, there);
    }
    DropViews();
    return std::move(steps_);
  }

 private:
  bool MayHold(const std::string& schema) const {
    const auto found = seen_.schemas.find(schema);
    return found == seen_.schemas.end() || found->second.ours;
  }

  /// One that reads what another view has taken the place of reads rows that are refreshed no more.
  static bool IsCurrent(const ViewWanted& wanted, const ViewSeen* seen) {
    return seen && seen->digest == wanted.digest && std::ranges::none_of(seen->reads, IsOld);
  }

  void Prepare() {
    Statements statements;
    const auto database = QuoteName(wanted_.database);
    if (!seen_.role) {
      // A refresh beside readers compares by a temporary table.
      statements = {"CREATE ROLE " + role_ + " NOLOGIN",
                    "COMMENT ON ROLE " + role_ + " IS " + QuoteValue("freehold: views of " + wanted_.database),
                    "GRANT " + readers_ + " TO " + role_, "GRANT " + role_ + " TO CURRENT_USER",
                    "GRANT TEMPORARY ON DATABASE " + database + " TO " + role_};
    }
    for (const auto& schema : wanted_.schemas) {
      const auto found = seen_.schemas.find(schema);
      const bool there = found != seen_.schemas.end();
      const auto name = QuoteName(schema);
      if (there && (!found->second.ours || (found->second.open && seen_.role))) continue;
      if (!there) {
        statements.push_back("CREATE SCHEMA " + name);
        statements.push_back("COMMENT ON SCHEMA " + name + " IS " + QuoteValue(kHoldsViews));
      }
      statements.push_back("GRANT USAGE, CREATE ON SCHEMA " + name + " TO " + role_);
      statements.push_back("GRANT USAGE ON SCHEMA " + name + " TO " + readers_);
    }
    if (statements.empty()) return;
    steps_.push_back({.verb = "prepare-views",
                      .target = wanted_.database,
                      .database = wanted_.database,
                      .statements = std::move(statements)});
  }

  /// Beside the one that is there, so that a query that fails changes nothing.
  void Build(const ViewWanted& view, const ViewSeen* there) {
    const auto next = QuoteName(view.schema, NextNameOf(view.full_name()));
    Statements statements = {"DROP MATERIALIZED VIEW IF EXISTS " + next,
                             kDefinition + next + " AS\n" + view.query + "\nWITH NO DATA",
                             "COMMENT ON MATERIALIZED VIEW " + next + " IS " + QuoteValue(kViewOf + view.digest),
                             "GRANT SELECT ON " + next + " TO " + readers_, "REFRESH MATERIALIZED VIEW " + next};
    if (!view.unique.empty()) {
      statements.push_back("CREATE UNIQUE INDEX ON " + next + " (" + QuoteNames(view.unique) + ")");
    }
    statements.push_back("ANALYZE " + next);
    const auto takes_place = "ALTER MATERIALIZED VIEW " + next + " RENAME TO " + QuoteName(view.name);
    statements.push_back(!there ? takes_place
                                : "DO $swap$ BEGIN ALTER MATERIALIZED VIEW " + Quoted(view.full_name()) +
                                      " RENAME TO " + QuoteName(FreeName(view)) + "; " + takes_place + "; END $swap$");
    Add("build-view", view.full_name(), std::move(statements));
    steps_.back().as = {ViewsRoleOf(wanted_.database), view.statement_timeout};
  }

  /// For what is replaced, and may still be read by views that wait for their own turn.
  std::string FreeName(const ViewWanted& view) const {
    const auto name = kOld + base::Sha256Hex(view.full_name()).substr(0, 16) + "_";
    int count = 0;
    while (seen_.views.contains(view.schema + "." + name + std::to_string(count))) ++count;
    return name + std::to_string(count);
  }

  bool Stays(const std::string& full_name) const {
    const auto schema = SchemaOf(full_name);
    // What a build left behind that died is dropped by the next one.
    const bool wanted = std::ranges::any_of(wanted_.views, [&](const auto& view) {
      return view.full_name() == full_name || view.schema + "." + NextNameOf(view.full_name()) == full_name;
    });
    return wanted || wanted_.kept.contains(full_name) || (wanted_.left_alone.contains(schema) && !IsOld(full_name));
  }

  /// Those first that no other view reads; what one reads that stays isn't dropped.
  void DropViews() {
    std::set<std::string> gone;
    for (bool found = true; found;) {
      found = false;
      for (const auto& [name, view] : seen_.views) {
        const bool is_read = std::ranges::any_of(seen_.views, [&](const auto& other) {
          return other.second.reads.contains(name) && !gone.contains(other.first);
        });
        if (gone.contains(name) || Stays(name) || is_read) continue;
        found = gone.insert(name).second;
        Add("drop-view", name, {"DROP MATERIALIZED VIEW IF EXISTS " + Quoted(name)});
      }
    }
    DropSchemas(gone);
  }

  void DropSchemas(const std::set<std::string>& gone) {
    bool all = true;
    for (const auto& [schema, seen] : seen_.schemas) {
      if (!seen.ours) continue;
      const bool holds = std::ranges::any_of(
          seen_.views, [&](const auto& view) { return SchemaOf(view.first) == schema && !gone.contains(view.first); });
      all = all && !holds && !wanted_.schemas.contains(schema);
      if (!holds && !wanted_.schemas.contains(schema)) Add("drop-schema", schema, {"DROP SCHEMA " + QuoteName(schema)});
    }
    if (seen_.role && all && wanted_.schemas.empty()) {
      Add("end-views", ViewsRoleOf(wanted_.database), {"DROP OWNED BY " + role_, "DROP ROLE " + role_});
    }
  }

  void Add(const char* verb, const std::string& target, Statements statements) {
    steps_.push_back({.verb = verb,
                      .target = target,
                      .database = wanted_.database,
                      .statements = std::move(statements),
                      .best_effort = true});
  }

  const Views& wanted_;
  const ViewsSeen& seen_;
  const std::string role_, readers_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> PlanViews(const Views& wanted, const ViewsSeen& seen) { return Plan(wanted, seen).Run(); }

Step RefreshView(const std::string& database, const ViewWanted& view, const ViewSeen& seen) {
  const auto name = QuoteName(view.schema, view.name);
  return {
      .verb = "refresh-view",
      .target = view.full_name(),
      .database = database,
      .statements = {std::string("REFRESH MATERIALIZED VIEW ") + (seen.unique ? "CONCURRENTLY " : "") + name,
                     "ANALYZE " + name},
      .best_effort = true,
      .as = StepRole{ViewsRoleOf(database), view.statement_timeout},
  };
}

bool DefinesView(const std::string& statement) { return statement.starts_with(kDefinition); }

std::string DropViewsOver(const std::string& database, const std::string& schema, const std::string& table) {
  return "DO $views$ DECLARE name text; BEGIN "
         "FOR name IN WITH RECURSIVE above(oid, depth) AS ("
         "SELECT to_regclass(" +
         QuoteValue(QuoteName(schema, table)) +
         ")::oid, 0 UNION SELECT r.ev_class, a.depth + 1 FROM above a "
         "JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.oid "
         "AND d.classid = 'pg_rewrite'::regclass JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> a.oid) "
         "SELECT format('%I.%I', n.nspname, c.relname) FROM above a JOIN pg_class c ON c.oid = a.oid "
         "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles o ON o.oid = c.relowner "
         "WHERE c.relkind = 'm' AND o.rolname = " +
         QuoteValue(ViewsRoleOf(database)) +
         " GROUP BY 1 ORDER BY max(a.depth) DESC LOOP "
         "EXECUTE 'DROP MATERIALIZED VIEW ' || name; END LOOP; END $views$";
}

}  // namespace freehold::engines::postgres
