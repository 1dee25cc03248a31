#include "reconcilers/engines/postgres/plan_warehouse.h"

#include <algorithm>
#include <iterator>

#include "operator/base/text.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/operator_schema.h"
#include "reconcilers/engines/postgres/plan_sink.h"
#include "reconcilers/engines/postgres/plan_views.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/secrecy.h"
#include "reconcilers/engines/postgres/subscription.h"
#include "reconcilers/engines/postgres/warehouse_look.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

constexpr const char* kMarkColumn = "freehold_deleted_at";
constexpr const char* kGuardTrigger = "freehold_deletes";
constexpr const char* kAgainTrigger = "freehold_again";

// By triggers that fire for what is replicated, too. What another trigger deletes goes.
constexpr const char* kKeep = R"sql(CREATE OR REPLACE FUNCTION freehold.keep_deleted() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $keep$
BEGIN
  IF pg_trigger_depth() > 1 THEN
    RETURN OLD;
  END IF;
  RETURN NULL;
END
$keep$)sql";
constexpr const char* kMark = R"sql(CREATE OR REPLACE FUNCTION freehold.mark_deleted() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $mark$
BEGIN
  IF pg_trigger_depth() > 1 THEN
    RETURN OLD;
  END IF;
  EXECUTE format('UPDATE %I.%I SET freehold_deleted_at = now() WHERE ctid = $1', TG_TABLE_SCHEMA, TG_TABLE_NAME) USING OLD.ctid;
  RETURN NULL;
END
$mark$)sql";
// A row of the same key that the service makes later takes the place of the one that stayed.
constexpr const char* kAgain = R"sql(CREATE OR REPLACE FUNCTION freehold.make_again() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $again$
BEGIN
  EXECUTE format('DELETE FROM %I.%I t WHERE %s', TG_TABLE_SCHEMA, TG_TABLE_NAME,
    (SELECT string_agg(format('t.%1$I = ($1).%1$I', key), ' AND ') FROM unnest(TG_ARGV) key)) USING NEW;
  RETURN NEW;
END
$again$)sql";

std::string SubscriptionOf(const std::string& feed) { return QuoteName(ReportName(feed)); }

std::string Definition(const ReportedColumn& column) { return QuoteName(column.name) + " " + column.type; }

class Plan {
 public:
  Plan(const Warehouse& wanted, const WarehouseSeen& seen)
      : wanted_(wanted), seen_(seen), readers_(QuoteName(ReadersOf(wanted.database))) {}

  std::vector<Step> Run() {
    if (!seen_.exists) Create();
    Group();
    for (const auto& reader : wanted_.readers) Reader(reader);
    EndReaders();
    EndSinks();
    if (std::ranges::any_of(wanted_.landings, [](const auto& landing) { return landing.sink.has_value(); })) {
      std::ranges::move(PlanSinks(wanted_.database, seen_), std::back_inserter(steps_));
    }
    for (const auto& landing : wanted_.landings) Land(landing);
    for (const auto& [feed, landing] : seen_.landings) {
      const bool stays = wanted_.left_alone.contains(feed) || std::ranges::any_of(wanted_.landings, [&](const auto& w) {
                           return w.feed == feed && !w.sink;
                         });
      if (!stays) AddStep("end-landing", feed, EndSubscription(SubscriptionOf(feed)));
    }
    return std::move(steps_);
  }

 private:
  void Create() {
    const auto name = QuoteName(wanted_.database);
    const auto opening = "REVOKE ALL ON DATABASE " + name + " FROM PUBLIC; COMMENT ON DATABASE " + name + " IS " +
                         QuoteValue(wanted_.comment) + "; ALTER DATABASE " + name + " WITH ALLOW_CONNECTIONS true";
    steps_.push_back(
        {.verb = "create-database",
         .target = wanted_.database,
         .database = "",
         .statements = {"CREATE DATABASE " + name + " TEMPLATE template0 ALLOW_CONNECTIONS false", opening},
         .transaction = false});
    AddStep("close-public", wanted_.database, {"REVOKE ALL ON SCHEMA public FROM PUBLIC"});
  }

  void Group() {
    if (seen_.group) return;
    AddStep("make-readers", ReadersOf(wanted_.database),
            {"CREATE ROLE " + readers_ + " NOLOGIN",
             "COMMENT ON ROLE " + readers_ + " IS " + QuoteValue("freehold: reads " + wanted_.database),
             "GRANT CONNECT ON DATABASE " + QuoteName(wanted_.database) + " TO " + readers_});
  }

  static std::string SettingsOf(const ReaderWanted& reader) {
    std::string settings = "default_transaction_read_only=on";
    if (reader.statement_timeout) {
      settings += "\nstatement_timeout=" + std::to_string(reader.statement_timeout->count()) + "ms";
    }
    return settings;
  }

  void Reader(const ReaderWanted& reader) {
    Statements statements;
    for (std::size_t i = 0; i < reader.names.size(); ++i) {
      const auto found = seen_.logins.find(reader.names[i]);
      const auto* seen = found == seen_.logins.end() ? nullptr : &found->second;
      const auto& wanted = reader.logins[i];
      const auto role = QuoteName(reader.names[i]);
      if (!seen) {
        if (!wanted.can_login) continue;
        statements.push_back("CREATE ROLE " + role + " NOLOGIN");
        statements.push_back("COMMENT ON ROLE " + role + " IS " + QuoteValue("freehold: reads " + wanted_.database));
        statements.push_back("GRANT " + readers_ + " TO " + role);
      }
      const auto set = seen_.settings.find(reader.names[i]);
      if (!seen || set == seen_.settings.end() || set->second != SettingsOf(reader)) {
        statements.push_back("ALTER ROLE " + role + " RESET ALL");
        statements.push_back("ALTER ROLE " + role + " SET default_transaction_read_only = on");
        if (reader.statement_timeout) {
          statements.push_back("ALTER ROLE " + role + " SET statement_timeout = " +
                               QuoteValue(std::to_string(reader.statement_timeout->count()) + "ms"));
        }
      }
      const bool opens = wanted.can_login && (!seen || !seen->can_login);
      const bool closes = !wanted.can_login && seen && seen->can_login;
      if (opens || wanted.new_verifier) {
        statements.push_back("ALTER ROLE " + role + " LOGIN" +
                             (wanted.new_verifier ? " PASSWORD " + QuoteValue(*wanted.new_verifier) : ""));
      }
      if (closes) statements.push_back("ALTER ROLE " + role + " NOLOGIN PASSWORD NULL");
    }
    AddStep("mend-reader", reader.names[0].substr(0, reader.names[0].size() - 2), std::move(statements));
  }

  void EndReaders() {
    for (const auto& [name, login] : seen_.logins) {
      const bool stays = std::ranges::any_of(
          wanted_.readers, [&](const auto& reader) { return std::ranges::count(reader.names, name) > 0; });
      if (!stays) AddStep("end-reader", name, EndRole(name, seen_));
    }
  }

  /// Those of stores that don't report any more, or not by Kafka Connect.
  void EndSinks() {
    for (const auto& [name, login] : seen_.sinks) {
      const auto fills = [&](const std::string& feed) { return IsSinkOf(name, feed); };
      const bool stays = std::ranges::any_of(wanted_.left_alone, fills) ||
                         std::ranges::any_of(wanted_.landings, [&](const auto& w) { return w.sink && fills(w.feed); });
      if (!stays) AddStep("end-sink", name, EndRole(name, seen_));
    }
  }
  void Land(const LandingWanted& landing) {
    const auto found = seen_.schemas.find(landing.schema);
    const auto* schema = found == seen_.schemas.end() ? nullptr : &found->second;
    Statements statements;
    if (!schema) {
      statements.push_back("CREATE SCHEMA " + QuoteName(landing.schema));
      statements.push_back("COMMENT ON SCHEMA " + QuoteName(landing.schema) + " IS " +
                           QuoteValue(kReportsOf + landing.source));
    }
    if (!schema || !schema->readable) {
      statements.push_back("GRANT USAGE ON SCHEMA " + QuoteName(landing.schema) + " TO " + readers_);
    }
    for (const auto& table : landing.tables) {
      const auto seen = schema ? schema->tables.find(table.name) : std::map<std::string, LandedTable>::const_iterator{};
      const bool there = schema && seen != schema->tables.end();
      Table(landing, table, there ? &seen->second : nullptr, statements);
    }
    if (!statements.empty()) {
      statements.insert(statements.begin(), kBePolite);
      // What can't be made of one store's must not stop the others.
      AddStep("land-tables", landing.feed, std::move(statements));
      steps_.back().best_effort = true;
    }
    if (landing.sink) {
      std::ranges::move(PlanSink(wanted_.database, landing, seen_), std::back_inserter(steps_));
      return;
    }
    Fill(landing);
  }

  void Table(const LandingWanted& landing, const LandingTable& wanted, const LandedTable* seen,
             Statements& statements) {
    const auto table = QuoteName(landing.schema, wanted.name);
    const bool keyed_anew = seen && seen->key != wanted.key && !wanted.key.empty();
    const bool starts_anew = seen && !seen->anew && HasToStartAnew(wanted, *seen, keyed_anew);
    if (!seen) {
      std::string columns;
      for (const auto& column : wanted.columns) columns += (columns.empty() ? "" : ", ") + Definition(column);
      if (!wanted.key.empty()) columns += ", PRIMARY KEY (" + QuoteNames(wanted.key) + ")";
      statements.push_back("CREATE TABLE " + table + " (" + columns + ")");
    } else {
      if (seen_.views && ChangesColumns(wanted, *seen, keyed_anew)) {
        statements.push_back(DropViewsOver(wanted_.database, landing.schema, wanted.name));
      }
      if (starts_anew) statements.push_back("TRUNCATE " + table);
      for (const auto& column : wanted.columns) {
        const auto there = seen->columns.find(column.name);
        if (there == seen->columns.end()) {
          statements.push_back("ALTER TABLE " + table + " ADD COLUMN " + Definition(column));
        } else if (there->second != column.type) {
          statements.push_back("ALTER TABLE " + table + " ALTER COLUMN " + QuoteName(column.name) + " TYPE " +
                               column.type + " USING " + QuoteName(column.name) + "::" + column.type);
        }
      }
    }
    if (keyed_anew) {
      if (!seen->key_name.empty()) {
        statements.push_back("ALTER TABLE " + table + " DROP CONSTRAINT " + QuoteName(seen->key_name));
      }
      statements.push_back("ALTER TABLE " + table + " ADD PRIMARY KEY (" + QuoteNames(wanted.key) + ")");
    }
    for (const auto& column : wanted.excluded) {
      if (!seen || !seen->columns.contains(column)) continue;
      statements.push_back("ALTER TABLE " + table + " DROP COLUMN " + QuoteName(column));
    }
    if (!seen || !seen->readable) statements.push_back("GRANT SELECT ON " + table + " TO " + readers_);
    const bool deletes_change = !seen || keyed_anew || seen->deletes != ToString(wanted.deletes);
    if (deletes_change) Deletes(table, wanted, seen, statements);
    const bool anew = starts_anew || (landing.sink ? !seen || seen->anew || wanted.again
                                                   : seen && seen->anew && StillComes(landing, wanted.name));
    if (deletes_change || seen->excluded != wanted.excluded || seen->anew != anew) {
      statements.push_back("COMMENT ON TABLE " + table + " IS " + QuoteValue(CommentOn(wanted, anew)));
    }
  }

  /// In a way that PostgreSQL refuses while a view reads the table?
  static bool ChangesColumns(const LandingTable& wanted, const LandedTable& seen, bool keyed_anew) {
    const auto retyped = [&](const auto& column) {
      const auto there = seen.columns.find(column.name);
      return there != seen.columns.end() && there->second != column.type;
    };
    const auto there = [&](const auto& column) { return seen.columns.contains(column); };
    return keyed_anew || std::ranges::any_of(wanted.columns, retyped) || std::ranges::any_of(wanted.excluded, there);
  }

  /// Are the rows that are here worth nothing now? Where deleted ones stay, nothing is ever emptied.
  static bool HasToStartAnew(const LandingTable& wanted, const LandedTable& seen, bool keyed_anew) {
    const auto misses = [&](const auto& column) {
      return !seen.columns.contains(column.name) && (column.filled || seen.excluded.contains(column.name));
    };
    return wanted.deletes == api::ReportedDeletes::kDelete &&
           (keyed_anew || std::ranges::any_of(wanted.columns, misses));
  }

  /// A table comes again from the beginning once it's neither sent nor expected, or by a subscription that is new.
  bool StillComes(const LandingWanted& landing, const std::string& table) const {
    if (landing.published.contains(table)) return true;
    const auto filled = seen_.landings.find(landing.feed);
    return filled != seen_.landings.end() && filled->second.slot == landing.slot &&
           filled->second.tables.contains(landing.schema + "." + table);
  }

  static void Deletes(const std::string& table, const LandingTable& wanted, const LandedTable* seen,
                      Statements& statements) {
    const auto deletes = wanted.deletes;
    const bool marks = deletes == api::ReportedDeletes::kMark;
    if (seen) {
      for (const auto* trigger : {kGuardTrigger, kAgainTrigger}) {
        statements.push_back(std::string("DROP TRIGGER IF EXISTS ") + trigger + " ON " + table);
      }
    }
    if (marks && !(seen && seen->columns.contains(kMarkColumn))) {
      statements.push_back("ALTER TABLE " + table + " ADD COLUMN " + kMarkColumn + " timestamp with time zone");
    }
    if (deletes != api::ReportedDeletes::kDelete) {
      statements.push_back("CREATE SCHEMA IF NOT EXISTS freehold");
      statements.push_back(marks ? kMark : kKeep);
      Always(table, kGuardTrigger, "BEFORE DELETE", marks ? "mark_deleted()" : "keep_deleted()", statements);
      if (!wanted.key.empty()) {
        statements.push_back(kAgain);
        Always(table, kAgainTrigger, "BEFORE INSERT", "make_again(" + QuoteValues(wanted.key) + ")", statements);
      }
    }
  }

  static void Always(const std::string& table, const std::string& trigger, const std::string& when,
                     const std::string& function, Statements& statements) {
    statements.push_back("CREATE TRIGGER " + trigger + " " + when + " ON " + table +
                         " FOR EACH ROW EXECUTE FUNCTION freehold." + function);
    statements.push_back("ALTER TABLE " + table + " ENABLE ALWAYS TRIGGER " + trigger);
  }

  void Fill(const LandingWanted& landing) {
    if (!landing.upstream) return;
    const auto& upstream = *landing.upstream;
    if (NeedsAuthority(upstream, seen_.authorities)) {
      AddBestEffort("write-authority", landing.feed, WriteAuthority(upstream));
    }
    const auto found = seen_.landings.find(landing.feed);
    const auto name = SubscriptionOf(landing.feed);
    const bool there = found != seen_.landings.end();
    if (!there || found->second.slot != landing.slot) {
      auto statements = there ? EndSubscription(name) : Statements{};
      std::ranges::move(Anew(landing, {}, Subscribe(landing)), std::back_inserter(statements));
      return AddBySecret("subscribe", landing, std::move(statements));
    }
    const auto& seen = found->second;
    if (!seen.enabled || !seen.on_disk || seen.digest != base::Sha256Hex(ConnectionTo(upstream))) {
      AddBySecret("mend-subscription", landing, MendSubscription(name, Comment(landing)));
    }
    std::set<std::string> subscribed, published;
    for (const auto& [table, whole] : seen.tables) subscribed.insert(table);
    for (const auto& table : landing.published) published.insert(landing.schema + "." + table);
    if (subscribed != published) {
      AddBestEffort("refresh-subscription", landing.feed,
                    Anew(landing, subscribed, {"ALTER SUBSCRIPTION " + name + " REFRESH PUBLICATION"}));
    }
  }

  /// What is about to be copied again is emptied first; where deleted rows stay, the copy takes the place of what is
  /// there.
  static Statements Anew(const LandingWanted& landing, const std::set<std::string>& subscribed, Statements statements) {
    for (const auto& table : landing.tables) {
      const bool copied =
          landing.published.contains(table.name) && !subscribed.contains(landing.schema + "." + table.name);
      if (!copied || table.deletes != api::ReportedDeletes::kDelete) continue;
      statements.insert(statements.begin(), "TRUNCATE " + QuoteName(landing.schema, table.name));
    }
    return statements;
  }

  static Statements Subscribe(const LandingWanted& landing) {
    const auto& feed = landing.feed;
    const auto name = SubscriptionOf(feed);
    std::string publications;
    for (const auto sent : {Sent::kEverything, Sent::kNoTruncate, Sent::kInserts}) {
      publications += (publications.empty() ? "" : ", ") + QuoteName(ReportName(feed, sent));
    }
    return {BySecret("CREATE SUBSCRIPTION " + name + " CONNECTION {secret} PUBLICATION " + publications +
                     " WITH (create_slot = false, slot_name = " + QuoteValue(ReportName(feed)) + ", " + kOnDisk + ")"),
            Comment(landing)};
  }

  static std::string Comment(const LandingWanted& landing) {
    return "COMMENT ON SUBSCRIPTION " + SubscriptionOf(landing.feed) + " IS " +
           QuoteValue("freehold: reports" + ConnectionNote(*landing.upstream) +
                      (landing.slot.empty() ? "" : kSlotNote + landing.slot));
  }

  void AddStep(const char* verb, const std::string& target, Statements statements) {
    if (statements.empty()) return;
    steps_.push_back(
        {.verb = verb, .target = target, .database = wanted_.database, .statements = std::move(statements)});
  }

  void AddBestEffort(const char* verb, const std::string& target, Statements statements) {
    AddStep(verb, target, std::move(statements));
    steps_.back().transaction = false;
    steps_.back().best_effort = true;
  }

  void AddBySecret(const char* verb, const LandingWanted& landing, Statements statements) {
    AddBestEffort(verb, landing.feed, std::move(statements));
    steps_.back().secret = base::Sensitive(ConnectionTo(*landing.upstream));
  }

  const Warehouse& wanted_;
  const WarehouseSeen& seen_;
  const std::string readers_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> PlanWarehouse(const Warehouse& wanted, const WarehouseSeen& seen) {
  if (seen.exists && seen.comment != wanted.comment) return {};
  return Plan(wanted, seen).Run();
}

std::vector<Step> PlanWarehouseRemoval(const Warehouse& wanted, api::DeletionPolicy policy, const WarehouseSeen& seen) {
  if (!seen.exists || seen.comment != wanted.comment || policy == api::DeletionPolicy::kOrphan) return {};
  std::vector<Step> steps;
  const auto add = [&](const char* verb, const std::string& target, Statements statements) {
    steps.push_back({.verb = verb, .target = target, .database = wanted.database, .statements = std::move(statements)});
  };
  for (const auto& [feed, landing] : seen.landings) add("end-landing", feed, EndSubscription(SubscriptionOf(feed)));
  for (const auto& [name, login] : seen.logins) add("end-reader", name, EndRole(name, seen));
  for (const auto& [name, login] : seen.sinks) add("end-sink", name, EndRole(name, seen));
  if (policy != api::DeletionPolicy::kDelete) return steps;
  if (seen.views) {
    const auto views = QuoteName(ViewsRoleOf(wanted.database));
    add("end-views", ViewsRoleOf(wanted.database), {"DROP OWNED BY " + views, "DROP ROLE " + views});
  }
  const auto readers = QuoteName(ReadersOf(wanted.database));
  if (seen.group) {
    add("end-readers", ReadersOf(wanted.database),
        ActFor(ReadersOf(wanted.database), seen, {"DROP OWNED BY " + readers, "DROP ROLE " + readers}));
  }
  const auto writers = QuoteName(WritersOf(wanted.database));
  if (seen.writers) {
    add("end-writers", WritersOf(wanted.database),
        ActFor(WritersOf(wanted.database), seen, {"DROP OWNED BY " + writers, "DROP ROLE " + writers}));
  }
  steps.push_back({.verb = "drop-database",
                   .target = wanted.database,
                   .database = "",
                   .statements = {"DROP DATABASE " + QuoteName(wanted.database) + " WITH (FORCE)"},
                   .transaction = false});
  return steps;
}

}  // namespace freehold::engines::postgres
