#include "reconcilers/reporting/carried.h"

#include <algorithm>

#include "operator/base/text.h"
#include "reconcilers/connect/board.h"
#include "reconcilers/reporting/sendable.h"

namespace freehold::reporting {
namespace {

using api::Reason;

constexpr std::int64_t kRetainedAtMost = std::int64_t{1} << 30;

bool Has(const auto& range, const auto& value) { return std::ranges::find(range, value) != range.end(); }

constexpr const char* kPluginMissing = "PluginMissing";

Reason ReasonOf(const Evidence& evidence) {
  if (evidence.reason == kPluginMissing) return Reason::kReportingPluginMissing;
  return evidence.reason == connect::kPending ? Reason::kReportingPending : Reason::kReportingFailing;
}

/// May it be another soon, without anybody's doing?
bool Passes(Reason reason) { return reason == Reason::kReportingPending || reason == Reason::kReportingFailing; }

/// A table that can be copied.
struct Copied {
  const api::ReportedTable* reported;
  Sendable sendable;
  stores::CopiedTable table;
};

/// Which of the listed tables can, and why others, or parts of them, can't.
class Choice {
 public:
  Choice(const Source& source, const engines::SourceSeen& seen) : seen_(seen) {
    for (const auto& table : source.object->spec.reporting->tables) Add(table);
  }

  std::vector<Copied> copied;
  std::vector<std::string> missing;
  bool awaits = false;  ///< a service makes its tables when it comes

 private:
  void Add(const api::ReportedTable& reported) {
    const auto miss = [&](const std::string& what) { missing.push_back(what); };
    const auto found = seen_.tables.find(reported.name);
    if (found == seen_.tables.end()) {
      awaits = true;
      return miss(reported.name + ": there is no such table");
    }
    auto travelling = found->second;
    stores::CopiedTable table{
        .key = travelling.identity, .left_out = travelling.generated, .deletes = reported.deletes};
    std::erase_if(travelling.columns, [&](const engines::ReportedColumn& column) {
      const bool excluded = Has(reported.exclude, column.name);
      if (!excluded && TravelsWhole(column.origin)) return false;
      table.left_out.push_back(column.name);
      if (!excluded) {
        miss(reported.name + "." + column.name + ": values of type " + column.origin +
             " don't travel over Kafka Connect; exclude it");
      }
      return true;
    });
    if (table.left_out.size() > found->second.generated.size() && !seen_.lists_columns) {
      return miss(reported.name + ": before PostgreSQL 15 columns can't be left out");
    }
    auto sendable = SendableOf(reported, travelling, seen_.lists_columns);
    if (!sendable) return miss(sendable.error());
    if (!sendable->keyed) return miss(reported.name + ": it isn't sent, since " + WithoutKey(travelling));
    std::ranges::sort(table.left_out);
    copied.push_back({&reported, std::move(*sendable), std::move(table)});
  }

  const engines::SourceSeen& seen_;
};

bool IsPublished(const std::map<std::string, engines::PublishedTable>& wanted, const engines::SourceSeen& seen) {
  return seen.published.size() == wanted.size() && std::ranges::all_of(wanted, [&](const auto& entry) {
           const auto found = seen.published.find(entry.first);
           return found != seen.published.end() && found->second == entry.second.columns;
         });
}

class Judgement {
 public:
  Judgement(const std::string& database, const Source& source, const engines::SourceSeen& seen,
            const engines::WarehouseSeen& warehouse, const Evidence& evidence)
      : source_(source), seen_(seen), warehouse_(warehouse), evidence_(evidence), layout_(source.place.layout) {
    const auto schema = warehouse.schemas.find(layout_.schema);
    if (schema != warehouse.schemas.end()) schema_ = &schema->second;
    role_ = engines::SinkRoleOf(database, engines::FeedOf(layout_), seen.slot);
    filled_ = seen.ready && !seen.slot.empty() && warehouse.sinks.contains(role_);
  }

  Landing Run() {
    const auto name = ToString(source_.object->meta.full_name());
    landing_.wanted = {.feed = engines::FeedOf(layout_), .source = name, .schema = layout_.schema};
    landing_.wanted.sink.emplace();
    if (auto taken = TakenBy(schema_, layout_, name)) {
      landing_.state.copying.emplace();
      Say(Reason::kReportingNameTaken, std::move(*taken));
      return std::move(landing_);
    }
    landing_.state.publish.emplace();
    Choice choice(source_, seen_);
    missing_ = std::move(choice.missing);
    landing_.changing = choice.awaits;
    for (auto& copied : choice.copied) Land(*copied.reported, copied.sendable, std::move(copied.table));
    for (const auto& [table, columns] : seen_.published) landing_.wanted.published.insert(table);
    landing_.wanted.slot = seen_.slot;
    landing_.tables = static_cast<int>(landing_.wanted.tables.size());
    Carry();
    Tell();
    return std::move(landing_);
  }

 private:
  void Land(const api::ReportedTable& reported, const Sendable& sendable, stores::CopiedTable copied) {
    const auto* there = LandedIn(schema_, reported.name);
    engines::LandingTable landed{
        .name = reported.name, .columns = {}, .key = copied.key, .excluded = {}, .deletes = reported.deletes};
    const auto sent = seen_.published.find(reported.name);
    const bool is_sent = sent != seen_.published.end();
    // A sink that is to write a column that is not there any more can't go on.
    bool leaves = false;
    for (const auto& column : reported.exclude) {
      if (is_sent && Has(sent->second, column)) continue;
      const bool has = there && there->columns.contains(column);
      if (!filled_ || !has) landed.excluded.insert(column);
      leaves = leaves || has;
    }
    landed.again = filled_ && there && !there->anew && (leaves || !is_sent);
    engines::PublishedTable published;
    for (const auto& column : sendable.columns) {
      const auto known =
          there ? there->columns.find(column.name) : std::map<std::string, std::string>::const_iterator{};
      const bool has = there && known != there->columns.end();
      const auto type = has ? TypeFor(known->second, column.type) : column.type;
      if (type != column.type) {
        notes_.push_back(reported.name + "." + column.name + " is " + column.type + " and stays " + type + " here");
      }
      landed.columns.push_back({column.name, type, column.filled});
      if (has && known->second == type) published.columns.push_back(column.name);
    }
    growing_ = growing_ || published.columns.size() < landed.columns.size();
    const bool keyed = std::ranges::all_of(copied.key, [&](const auto& key) { return Has(published.columns, key); });
    anew_ = anew_ || !there || there->anew;
    landing_.wanted.tables.push_back(std::move(landed));
    if (!keyed) {
      growing_ = true;
      return;
    }
    std::ranges::sort(published.columns);
    if (!seen_.lists_columns) published.columns.clear();
    (*landing_.state.publish)[reported.name] = std::move(published);
    const bool comes = !filled_ || (there && !there->anew);
    if (comes) tables_[reported.name] = std::move(copied);
  }

  /// Which slot is copied by, and which can't be.
  void Carry() {
    if (seen_.ready && !seen_.lost && IsPublished(*landing_.state.publish, seen_) && !growing_) {
      spent_ = seen_.slot.empty() || (filled_ && anew_);
      if (!spent_) landing_.wanted.sink->role = role_;
    }
    if (filled_) landing_.wanted.sink->role = role_;
    auto& copying = landing_.state.copying.emplace();
    if (!filled_ && !spent_) return;
    copying = {.slot = seen_.slot, .spent = spent_, .tables = tables_};
    const bool whole = warehouse_.whole.contains(role_);
    for (const auto& [table, copied] : tables_) {
      const auto before = evidence_.sent.find(table), now = evidence_.landed.find(table);
      const bool all =
          whole || (before != evidence_.sent.end() && now != evidence_.landed.end() && now->second >= before->second);
      if (all) {
        ++landing_.copied;
      } else {
        waiting_.push_back(table);
      }
    }
    landing_.wanted.sink->whole = whole || (filled_ && !anew_ && evidence_.alive && waiting_.empty());
  }

  void Tell() {
    const auto& sink = *landing_.wanted.sink;
    if (landing_.wanted.tables.empty()) {
      return Say(Reason::kReportingIncomplete, missing_.empty() ? "no tables are listed" : base::Join(missing_, "; "));
    }
    if (seen_.lost) {
      return Pending("the replication slot was lost, since nobody read it for too long; it is made again");
    }
    if (growing_) return Pending("tables are being made in the warehouse");
    if (!seen_.ready || !IsPublished(*landing_.state.publish, seen_)) {
      return Pending("the store's publication is being made");
    }
    if (spent_) return Pending("all is copied anew, since a table or a column came whose rows are there already");
    if (!filled_) return Pending("the way into the warehouse is being made");
    if (evidence_.reason == kPluginMissing) return Say(ReasonOf(evidence_), evidence_.trouble);
    if (!sink.whole) {
      return Pending(std::to_string(landing_.copied) + " of " + std::to_string(landing_.tables) + " tables are copied" +
                     (waiting_.empty() ? "" : ", not yet " + base::Join(waiting_)) +
                     (evidence_.trouble.empty() ? "" : ": " + evidence_.trouble));
    }
    if (!evidence_.trouble.empty()) return Say(ReasonOf(evidence_), evidence_.trouble);
    if (!evidence_.alive) return Fail("nothing comes from the store any more, not even heartbeats");
    if (seen_.retained > kRetainedAtMost) return Fail("the replication slot holds back more than 1 GiB");
    if (!missing_.empty()) return Say(Reason::kReportingIncomplete, base::Join(missing_, "; "));
    landing_.state.message = "schema " + layout_.schema + " of the warehouse is kept current by Kafka Connect";
    if (!notes_.empty()) landing_.state.message += "; " + base::Join(notes_, "; ");
  }

  void Say(Reason reason, std::string message) {
    landing_.changing = landing_.changing || Passes(reason);
    landing_.state.obstacle = reason;
    landing_.state.message = std::move(message);
  }
  void Pending(std::string message) { Say(Reason::kReportingPending, std::move(message)); }
  void Fail(std::string message) { Say(Reason::kReportingFailing, std::move(message)); }

  const Source& source_;
  const engines::SourceSeen& seen_;
  const engines::WarehouseSeen& warehouse_;
  const Evidence& evidence_;
  const engines::Layout& layout_;
  const engines::LandedSchema* schema_ = nullptr;
  std::string role_;
  bool filled_ = false;  ///< the warehouse is ready for what comes by the slot that there is
  bool spent_ = false, growing_ = false, anew_ = false;
  Landing landing_;
  std::map<std::string, stores::CopiedTable> tables_;
  std::vector<std::string> missing_, notes_, waiting_;
};

}  // namespace

Landing CarriedInto(const std::string& database, const Source& source, const engines::SourceSeen& seen,
                    const engines::WarehouseSeen& warehouse, const Evidence& evidence) {
  return Judgement(database, source, seen, warehouse, evidence).Run();
}

Landing CarriedOut(const Source& source, const engines::SourceSeen& seen, const Evidence& evidence) {
  Choice choice(source, seen);
  Landing landing;
  landing.changing = choice.awaits;
  landing.tables = static_cast<int>(choice.copied.size());
  auto& publish = landing.state.publish.emplace();
  auto& copying = landing.state.copying.emplace();
  const auto say = [&](Reason reason, std::string message) {
    landing.changing = landing.changing || Passes(reason);
    landing.state.obstacle = reason;
    landing.state.message = std::move(message);
    return landing;
  };
  for (auto& [reported, sendable, table] : choice.copied) {
    auto& published = publish[reported->name];
    if (seen.lists_columns) {
      for (const auto& column : sendable.columns) published.columns.push_back(column.name);
      std::ranges::sort(published.columns);
    }
    copying.tables[reported->name] = std::move(table);
  }
  if (publish.empty()) {
    return say(Reason::kReportingIncomplete,
               choice.missing.empty() ? "no tables are listed" : base::Join(choice.missing, "; "));
  }
  const bool published = seen.ready && !seen.lost && IsPublished(publish, seen);
  copying.slot = seen.ready ? seen.slot : "";
  copying.spent = published && seen.slot.empty();
  if (seen.lost) return say(Reason::kReportingPending, "the replication slot was lost; it is made again");
  if (!published) {
    // A source that goes by this slot stays as it is; none begins before all is published.
    landing.state.copying = evidence.alive ? std::nullopt : std::optional(stores::Copying{});
    return say(Reason::kReportingPending, "the store's publication is being made");
  }
  if (copying.spent) return say(Reason::kReportingPending, "the replication slot is made again");
  if (!evidence.trouble.empty()) return say(ReasonOf(evidence), evidence.trouble);
  if (!evidence.alive) return say(Reason::kReportingPending, "the connectors are being made");
  landing.copied = landing.tables;
  if (seen.retained > kRetainedAtMost) {
    return say(Reason::kReportingFailing, "the replication slot holds back more than 1 GiB");
  }
  if (!choice.missing.empty()) return say(Reason::kReportingIncomplete, base::Join(choice.missing, "; "));
  landing.state.message = "Kafka Connect brings what changes; what is in the warehouse can't be seen from here";
  return landing;
}

bool TravelsWhole(const std::string& origin) {
  static const std::set<std::string> kWhole = {"smallint",
                                               "integer",
                                               "bigint",
                                               "numeric",
                                               "real",
                                               "double precision",
                                               "money",
                                               "boolean",
                                               "oid",
                                               "text",
                                               "character varying",
                                               "character",
                                               "citext",
                                               "enum",
                                               "uuid",
                                               "json",
                                               "jsonb",
                                               "xml",
                                               "bytea",
                                               "date",
                                               "timestamp without time zone",
                                               "timestamp with time zone",
                                               "time without time zone",
                                               "interval",
                                               "inet",
                                               "cidr",
                                               "macaddr",
                                               "int4range",
                                               "smallint[]",
                                               "integer[]",
                                               "bigint[]",
                                               "double precision[]",
                                               "boolean[]",
                                               "text[]",
                                               "character varying[]"};
  return kWhole.contains(origin);
}

}  // namespace freehold::reporting
