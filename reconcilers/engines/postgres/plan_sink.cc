#include "reconcilers/engines/postgres/plan_sink.h"

#include <algorithm>
#include <iterator>

#include "reconcilers/engines/postgres/operator_schema.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/warehouse_look.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

bool Has(const auto& range, const auto& value) { return std::ranges::find(range, value) != range.end(); }

class Plan {
 public:
  Plan(const std::string& database, const LandingWanted& landing, const WarehouseSeen& seen)
      : database_(database), landing_(landing), sink_(*landing.sink), seen_(seen) {
    const auto found = seen.schemas.find(landing.schema);
    if (found != seen.schemas.end()) schema_ = &found->second;
  }

  std::vector<Step> Run() {
    if (!schema_) return {};
    Beats();
    if (sink_.role.empty()) return std::move(steps_);
    const auto there = seen_.sinks.find(sink_.role);
    if (there == seen_.sinks.end()) {
      if (sink_.new_verifier) Make();
      return std::move(steps_);
    }
    Statements statements;
    if (sink_.new_verifier || !there->second.can_login) {
      statements.push_back("ALTER ROLE " + role() + " LOGIN" + Password());
    }
    if (sink_.whole && !seen_.whole.contains(sink_.role)) {
      statements.push_back("COMMENT ON ROLE " + role() + " IS " + QuoteValue("freehold: fills " + database_ + kWhole));
    }
    Grant(false, statements);
    Add("mend-sink", std::move(statements));
    return std::move(steps_);
  }

 private:
  std::string role() const { return QuoteName(sink_.role); }
  std::string beats() const { return QuoteName(landing_.schema, BeatTableOf(landing_.feed)); }
  std::string Password() const {
    return sink_.new_verifier ? " PASSWORD " + QuoteValue(*sink_.new_verifier) : std::string();
  }

  const LandedTable* Landed(const std::string& table) const {
    const auto found = schema_->tables.find(table);
    return found == schema_->tables.end() ? nullptr : &found->second;
  }

  /// Named as Debezium names what a heartbeat has.
  void Beats() {
    if (Landed(BeatTableOf(landing_.feed))) return;
    Add("make-beats", {"CREATE TABLE " + beats() + " (\"serverName\" text PRIMARY KEY, ts_ms bigint)",
                       "COMMENT ON TABLE " + beats() + " IS 'freehold: when something last came from the store'",
                       "GRANT SELECT ON " + beats() + " TO " + QuoteName(ReadersOf(database_))});
  }

  void Make() {
    Statements statements = {kBePolite};
    for (const auto& [name, login] : seen_.sinks) {
      if (IsSinkOf(name, landing_.feed)) std::ranges::move(EndRole(name, seen_), std::back_inserter(statements));
    }
    for (const auto& table : landing_.tables) {
      const auto name = QuoteName(landing_.schema, table.name);
      if (table.deletes == api::ReportedDeletes::kDelete) statements.push_back("TRUNCATE " + name);
      statements.push_back("COMMENT ON TABLE " + name + " IS " + QuoteValue(CommentOn(table, false)));
    }
    statements.push_back("TRUNCATE " + beats());
    statements.push_back("CREATE ROLE " + role() + " LOGIN" + Password());
    statements.push_back("COMMENT ON ROLE " + role() + " IS " + QuoteValue("freehold: fills " + database_));
    statements.push_back("GRANT " + QuoteName(WritersOf(database_)) + " TO " + role());
    Grant(true, statements);
    Add("make-sink", std::move(statements));
  }

  void Grant(bool all, Statements& statements) const {
    if (all || !Has(schema_->writers, sink_.role)) {
      statements.push_back("GRANT USAGE ON SCHEMA " + QuoteName(landing_.schema) + " TO " + role());
    }
    const auto grant = [&](const std::string& table) {
      const auto* landed = Landed(table);
      if (!all && (!landed || Has(landed->writers, sink_.role))) return;
      statements.push_back("GRANT SELECT, INSERT, UPDATE, DELETE ON " + QuoteName(landing_.schema, table) + " TO " +
                           role());
    };
    for (const auto& table : landing_.tables) grant(table.name);
    grant(BeatTableOf(landing_.feed));
  }

  void Add(const char* verb, Statements statements) {
    if (statements.empty()) return;
    steps_.push_back({.verb = verb,
                      .target = landing_.feed,
                      .database = database_,
                      .statements = std::move(statements),
                      .best_effort = true});
  }

  const std::string& database_;
  const LandingWanted& landing_;
  const SinkWanted& sink_;
  const WarehouseSeen& seen_;
  const LandedSchema* schema_ = nullptr;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> PlanSink(const std::string& database, const LandingWanted& landing, const WarehouseSeen& seen) {
  return Plan(database, landing, seen).Run();
}

std::vector<Step> PlanSinks(const std::string& database, const WarehouseSeen& seen) {
  if (seen.writers) return {};
  const auto writers = QuoteName(WritersOf(database));
  return {{.verb = "make-writers",
           .target = WritersOf(database),
           .database = database,
           .statements = {"CREATE ROLE " + writers + " NOLOGIN",
                          "COMMENT ON ROLE " + writers + " IS " + QuoteValue("freehold: fills " + database),
                          "GRANT CONNECT ON DATABASE " + QuoteName(database) + " TO " + writers}}};
}

std::vector<std::string> ActFor(const std::string& role, const WarehouseSeen& seen,
                                std::vector<std::string> statements) {
  if (seen.by_superuser) return statements;
  statements.insert(statements.begin(), "GRANT " + QuoteName(role) + " TO CURRENT_USER WITH INHERIT TRUE, SET TRUE");
  return statements;
}

std::vector<std::string> EndRole(const std::string& name, const WarehouseSeen& seen) {
  const auto role = QuoteName(name);
  return ActFor(name, seen,
                {"ALTER ROLE " + role + " NOLOGIN PASSWORD NULL",
                 "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = " + QuoteValue(name),
                 "DROP OWNED BY " + role, "DROP ROLE " + role});
}

}  // namespace freehold::engines::postgres
