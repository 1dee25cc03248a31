#include "reconcilers/reporting/carried.h"

#include <algorithm>

#include "operator/base/text.h"
#include "reconcilers/reporting/sendable.h"

namespace freehold::reporting {
namespace {

using api::Reason;

constexpr std::int64_t kRetainedAtMost = std::int64_t{1} << 30;

bool Has(const auto& range, const auto& value) { return std::ranges::find(range, value) != range.end(); }

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
    for (const auto& table : source_.object->spec.reporting->tables) Table(table);
    for (const auto& [table, columns] : seen_.published) landing_.wanted.published.insert(table);
    landing_.wanted.slot = seen_.slot;
    landing_.tables = static_cast<int>(landing_.wanted.tables.size());
    Carry();
    Tell();
    return std::move(landing_);
  }

 private:
  void Table(const api::ReportedTable& reported) {
    const auto found = seen_.tables.find(reported.name);
    if (found == seen_.tables.end()) {
      landing_.changing = true;
      missing_.push_back(reported.name + ": there is no such table");
      return;
    }
    const auto& table = found->second;
    stores::CopiedTable copied{.key = table.identity, .left_out = table.generated, .deletes = reported.deletes};
    auto travelling = table;
    std::erase_if(travelling.columns, [&](const engines::ReportedColumn& column) {
      const bool excluded = Has(reported.exclude, column.name);
      if (!excluded && TravelsWhole(column.origin)) return false;
      copied.left_out.push_back(column.name);
      if (!excluded) {
        missing_.push_back(reported.name + "." + column.name + ": values of type " + column.origin +
                           " don't travel over Kafka Connect; exclude it, or report it by a bus of type PostgreSQL");
      }
      return true;
    });
    const bool leaves_out = copied.left_out.size() > table.generated.size();
    if (leaves_out && !seen_.lists_columns) {
      missing_.push_back(reported.name + ": before PostgreSQL 15 columns can't be left out");
      return;
    }
    const auto sendable = SendableOf(reported, travelling, seen_.lists_columns);
    if (!sendable) return missing_.push_back(sendable.error());
    if (!sendable->keyed) return missing_.push_back(reported.name + ": it isn't sent, since " + WithoutKey(travelling));
    std::ranges::sort(copied.left_out);
    Land(reported, *sendable, std::move(copied));
  }

  void Land(const api::ReportedTable& reported, const Sendable& sendable, stores::CopiedTable copied) {
    const auto* there = LandedIn(schema_, reported.name);
    engines::LandingTable landed{
        .name = reported.name, .columns = {}, .key = copied.key, .excluded = {}, .deletes = reported.deletes};
    const auto sent = seen_.published.find(reported.name);
    for (const auto& column : reported.exclude) {
      if (sent == seen_.published.end() || !Has(sent->second, column)) landed.excluded.push_back(column);
    }
    engines::PublishedTable published;
    for (const auto& column : sendable.columns) {
      const auto known = there ? there->columns.find(column.name) : std::map<std::string, std::string>::const_iterator{};
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
    if (seen_.ready && !seen_.lost && IsPublished() && !growing_) {
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
      const bool all = whole || (before != evidence_.sent.end() && now != evidence_.landed.end() &&
                                 now->second >= before->second);
      if (all) {
        ++landing_.copied;
      } else {
        waiting_.push_back(table);
      }
    }
    landing_.wanted.sink->whole = whole || (filled_ && !anew_ && evidence_.alive && waiting_.empty());
  }

  bool IsPublished() const {
    return seen_.published.size() == landing_.state.publish->size() &&
           std::ranges::all_of(*landing_.state.publish, [&](const auto& entry) {
             const auto found = seen_.published.find(entry.first);
             return found != seen_.published.end() && found->second == entry.second.columns;
           });
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
    if (!seen_.ready || !IsPublished()) return Pending("the store's publication is being made");
    if (spent_) return Pending("all is copied anew, since a table or a column came whose rows are there already");
    if (!filled_) return Pending("the way into the warehouse is being made");
    if (!sink.whole) {
      return Pending(std::to_string(landing_.copied) + " of " + std::to_string(landing_.tables) + " tables are copied" +
                     (waiting_.empty() ? "" : ", not yet " + base::Join(waiting_)) +
                     (evidence_.trouble.empty() ? "" : ": " + evidence_.trouble));
    }
    if (!evidence_.trouble.empty()) return Fail(evidence_.trouble);
    if (!evidence_.alive) return Fail("nothing comes from the store any more, not even heartbeats");
    if (seen_.retained > kRetainedAtMost) return Fail("the replication slot holds back more than 1 GiB");
    if (!missing_.empty()) return Say(Reason::kReportingIncomplete, base::Join(missing_, "; "));
    landing_.state.message = "schema " + layout_.schema + " of the warehouse is kept current by Kafka Connect";
    if (!notes_.empty()) landing_.state.message += "; " + base::Join(notes_, "; ");
  }

  void Say(Reason reason, std::string message) {
    landing_.state.obstacle = reason;
    landing_.state.message = std::move(message);
  }
  void Pending(std::string message) {
    landing_.changing = true;
    Say(Reason::kReportingPending, std::move(message));
  }
  void Fail(std::string message) {
    landing_.changing = true;
    Say(Reason::kReportingFailing, std::move(message));
  }

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

bool TravelsWhole(const std::string& origin) {
  static const std::set<std::string> kWhole = {
      "smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "boolean", "oid", "text",
      "character varying", "character", "citext", "enum", "uuid", "json", "jsonb", "xml", "bytea", "date",
      "timestamp without time zone", "timestamp with time zone", "time without time zone", "interval", "inet", "cidr",
      "macaddr", "int4range", "smallint[]", "integer[]", "bigint[]", "double precision[]", "boolean[]", "text[]",
      "character varying[]"};
  return kWhole.contains(origin);
}

}  // namespace freehold::reporting
