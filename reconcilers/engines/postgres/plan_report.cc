#include "reconcilers/engines/postgres/plan_report.h"

#include <algorithm>
#include <iterator>

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/operator_schema.h"
#include "reconcilers/engines/postgres/plan_cdc.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/report_guard.h"
#include "reconcilers/engines/postgres/warehouse_look.h"
#include "reconcilers/engines/reporting.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

constexpr Sent kKinds[] = {Sent::kEverything, Sent::kNoTruncate, Sent::kInserts};
// The store's own guard lets nobody give away what is the store's.
constexpr const char* kAllowGrants = "SELECT set_config('freehold.allow_grants', 'on', true)";

std::string ChangesOf(Sent sent) {
  switch (sent) {
    case Sent::kEverything:
      return "'insert, update, delete, truncate'";
    case Sent::kNoTruncate:
      return "'insert, update, delete'";
    case Sent::kInserts:
      return "'insert'";
  }
  return {};
}

std::string OptionsOf(Sent sent) { return "(publish = " + ChangesOf(sent) + ", publish_via_partition_root = true)"; }

std::string ListOf(const std::vector<std::string>& columns) {
  return columns.empty() ? "" : " (" + QuoteNames(columns) + ")";
}

Statements DropSlot(const std::string& feed) {
  const auto where = " FROM pg_replication_slots WHERE slot_name = " + QuoteValue(ReportName(feed));
  return {"SELECT pg_terminate_backend(active_pid, 5000)" + where + " AND active",
          "SELECT pg_drop_replication_slot(slot_name)" + where};
}

std::vector<std::string> NamesOf(const std::string& feed) {
  std::vector<std::string> names;
  for (const auto sent : kKinds) names.push_back(ReportName(feed, sent));
  return names;
}

class Report {
 public:
  explicit Report(const PlanContext& c)
      : c_(c),
        layout_(c.wanted.layout),
        seen_(c.local->reporting),
        wanted_(*c.wanted.reporting),
        readers_(ReadersIn(c)) {}

  std::vector<Step> Run() {
    for (const auto kind : kKinds) Publish(kind);
    for (const auto& [name, table] : *wanted_.tables) Open(name, table);
    Statements before = {kBePolite, kAllowGrants};
    const bool enters = seen_.enter == readers_;
    if (!enters) AdmitReaders(before);
    // Event triggers are for superusers to make.
    const bool guards = c_.admin.superuser;
    const bool guarded = !guards || seen_.guard == ReportGuardVersion(c_.major);
    if (!guarded) {
      Append(before, EnsureOperatorSchema(c_));
      Append(before, GuardReports(c_.major));
    }
    if (!statements_.empty() || !enters || !guarded) {
      Append(before, std::move(statements_));
      if (guards) Append(before, NoteReports(c_.major, NamesOf(wanted_.feed)));
      Add("publish-tables", std::move(before), true);
    }
    const bool overdue = wanted_.tool && seen_.retained > wanted_.tool->hold_back_at_most;
    if (seen_.slot != true || overdue) {
      Statements slot = seen_.slot ? DropSlot(wanted_.feed) : Statements{};
      slot.push_back(NoteNewSlot());
      slot.push_back("SELECT pg_create_logical_replication_slot(" + QuoteValue(ReportName(wanted_.feed)) +
                     ", 'pgoutput')");
      Add("make-report-slot", std::move(slot), false);
    }
    return std::move(steps_);
  }

 private:
  void Publish(Sent kind) {
    const auto name = QuoteName(ReportName(wanted_.feed, kind));
    const auto found = seen_.publications.find(ReportName(wanted_.feed, kind));
    const bool there = found != seen_.publications.end();
    if (!there) {
      statements_.push_back("CREATE PUBLICATION " + name + " WITH " + OptionsOf(kind));
      statements_.push_back("COMMENT ON PUBLICATION " + name + " IS " +
                            QuoteValue("freehold: reports to " + wanted_.warehouse));
    } else if (!found->second.fit) {
      statements_.push_back("ALTER PUBLICATION " + name + " SET " + OptionsOf(kind));
    }
    const auto before = there ? found->second.tables : std::map<std::string, ReportedTableSeen>{};
    for (const auto& [table, seen] : before) {
      const auto wanted = wanted_.tables->find(table);
      const bool stays = wanted != wanted_.tables->end() && wanted->second.sent == kind;
      if (stays && wanted->second.columns == seen.columns) continue;
      statements_.push_back("ALTER PUBLICATION " + name + " DROP TABLE " + QuoteName(layout_.schema, table));
      if (wanted == wanted_.tables->end()) {
        for (const auto& [role, columns] : seen.readable) {
          statements_.push_back("REVOKE ALL ON TABLE " + QuoteName(layout_.schema, table) + " FROM " + QuoteName(role));
        }
      }
    }
    for (const auto& [table, wanted] : *wanted_.tables) {
      const auto seen = before.find(table);
      if (wanted.sent != kind || (seen != before.end() && seen->second.columns == wanted.columns)) continue;
      statements_.push_back("ALTER PUBLICATION " + name + " ADD TABLE " + QuoteName(layout_.schema, table) +
                            ListOf(wanted.columns));
    }
  }

  /// Before it is made: whoever dies between the two is followed by one who does both.
  std::string NoteNewSlot() const {
    const auto text = "freehold: reports to " + wanted_.warehouse + kSlotNote;
    return "DO " + QuoteValue("BEGIN EXECUTE pg_catalog.format('COMMENT ON PUBLICATION %I IS %L', " +
                              QuoteValue(ReportName(wanted_.feed)) + ", " + QuoteValue(text) +
                              " || pg_catalog.gen_random_uuid()); END");
  }

  /// What is there at the beginning is copied by reading it.
  void Open(const std::string& name, const PublishedTable& table) {
    const auto all = Readable(name);
    const auto quoted = QuoteName(layout_.schema, name);
    for (const auto& [role, columns] : all) {
      if (columns.empty() || std::ranges::count(readers_, role) > 0) continue;
      statements_.push_back("REVOKE ALL ON TABLE " + quoted + " FROM " + QuoteName(role));
    }
    for (const auto& reader : readers_) {
      const auto found = all.find(reader);
      const auto readable = found == all.end() ? std::vector<std::string>{} : found->second;
      const auto misses = [&](const std::string& column) { return std::ranges::count(readable, column) == 0; };
      const auto exceeds = [&](const std::string& column) { return std::ranges::count(table.columns, column) == 0; };
      const bool less = readable.empty() || std::ranges::any_of(table.columns, misses);
      const bool more = !table.columns.empty() && std::ranges::any_of(readable, exceeds);
      const auto role = QuoteName(reader);
      if (more) statements_.push_back("REVOKE ALL ON TABLE " + quoted + " FROM " + role);
      if (less || more) {
        statements_.push_back("GRANT SELECT" + ListOf(table.columns) + " ON TABLE " + quoted + " TO " + role);
      }
    }
  }

  std::map<std::string, std::vector<std::string>> Readable(const std::string& table) const {
    for (const auto& [name, report] : seen_.publications) {
      const auto found = report.tables.find(table);
      if (found != report.tables.end()) return found->second.readable;
    }
    return {};
  }

  void AdmitReaders(Statements& statements) const {
    const auto schema = QuoteName(layout_.schema);
    for (const auto& role : seen_.enter) {
      if (std::ranges::count(readers_, role) > 0) continue;
      statements.push_back("REVOKE ALL ON SCHEMA " + schema + " FROM " + QuoteName(role));
    }
    for (const auto& role : readers_) {
      if (std::ranges::count(seen_.enter, role) > 0) continue;
      statements.push_back("GRANT USAGE ON SCHEMA " + schema + " TO " + QuoteName(role));
    }
  }

  /// Who copies what is there, sorted: the store's CDC role, or the logins of a tool that are there or are being made.
  static std::vector<std::string> ReadersIn(const PlanContext& c) {
    const auto& tool = c.wanted.reporting->tool;
    if (!tool) return {CdcRoleOf(c.wanted.layout)};
    const auto names = ToolLoginsOf(c.wanted.layout);
    std::vector<std::string> readers;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto seen = c.local->reporting.tool.find(names[i]);
      const bool made = tool->logins[i].can_login && tool->logins[i].new_verifier;
      const bool there = seen != c.local->reporting.tool.end();
      if (there ? IsCdcOf(seen->second, c.wanted.marker.uid) : made) readers.push_back(names[i]);
    }
    return readers;
  }

  static void Append(Statements& to, Statements from) { std::ranges::move(from, std::back_inserter(to)); }

  void Add(const char* verb, Statements statements, bool transaction) {
    steps_.push_back({.verb = verb,
                      .target = wanted_.feed,
                      .database = layout_.database,
                      .statements = std::move(statements),
                      .transaction = transaction,
                      .best_effort = true});
  }

  const PlanContext& c_;
  const Layout& layout_;
  const ReportingSeen& seen_;
  const ReportingWanted& wanted_;
  const std::vector<std::string> readers_;
  Statements statements_;
  std::vector<Step> steps_;
};

bool IsNobodys(const PlanContext& c) {
  const auto& cdc = c.local->cdc;
  return cdc && cdc->comment.empty();
}

}  // namespace

std::vector<Step> PlanReport(const PlanContext& c) {
  if (!c.local) return {};
  const auto& wanted = c.wanted.reporting;
  if (wanted && !wanted->tables) return {};
  if (wanted && !wanted->tables->empty()) return IsNobodys(c) ? std::vector<Step>{} : Report(c).Run();
  auto statements = EndReport(c.wanted.layout, c.local->reporting);
  if (statements.empty()) return {};
  return {{.verb = "end-reporting",
           .target = FeedOf(c.wanted.layout),
           .database = c.wanted.layout.database,
           .statements = std::move(statements)}};
}

std::vector<std::string> EndReport(const Layout& layout, const ReportingSeen& seen) {
  Statements statements;
  for (const auto& [name, report] : seen.publications) {
    statements.push_back("DROP PUBLICATION IF EXISTS " + QuoteName(name));
  }
  if (!seen.guard.empty() && !seen.publications.empty()) {
    std::ranges::move(ForgetReports(NamesOf(FeedOf(layout)), HasOwnDatabase(layout)), std::back_inserter(statements));
  }
  if (seen.slot) std::ranges::move(DropSlot(FeedOf(layout)), std::back_inserter(statements));
  return statements;
}

}  // namespace freehold::engines::postgres
