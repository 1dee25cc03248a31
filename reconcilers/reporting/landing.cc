#include "reconcilers/reporting/landing.h"

#include <algorithm>

#include "operator/base/text.h"
#include "reconcilers/reporting/sendable.h"

namespace freehold::reporting {
namespace {

using api::Reason;
using api::ReportedDeletes;
using engines::Sent;

constexpr std::int64_t kRetainedAtMost = std::int64_t{1} << 30;

bool Has(const auto& range, const auto& value) { return std::ranges::find(range, value) != range.end(); }

std::string Stem(const std::string& type) { return type.substr(0, type.find('(')); }

/// Each list from narrow to wide: a value of the one is one of the next.
const std::vector<std::vector<std::string>>& Widenings() {
  static const std::vector<std::vector<std::string>> widenings = {
      {"smallint", "integer", "bigint", "numeric"},
      {"real", "double precision"},
      {"character", "character varying", "text"},
      {"date", "timestamp without time zone", "timestamp with time zone"},
      {"json", "jsonb"}};
  return widenings;
}

class Judgement {
 public:
  Judgement(const Source& source, const engines::SourceSeen& seen, const engines::WarehouseSeen& warehouse)
      : source_(source), seen_(seen), warehouse_(warehouse), layout_(source.place.layout) {
    const auto schema = warehouse.schemas.find(layout_.schema);
    if (schema != warehouse.schemas.end()) schema_ = &schema->second;
    const auto filled = warehouse.landings.find(engines::FeedOf(layout_));
    if (filled != warehouse.landings.end()) filled_ = &filled->second;
  }

  Landing Run() {
    const auto name = ToString(source_.object->meta.full_name());
    landing_.wanted = {.feed = engines::FeedOf(layout_), .source = name, .schema = layout_.schema};
    if (auto taken = TakenBy(schema_, layout_, name)) {
      Say(Reason::kReportingNameTaken, std::move(*taken));
      return std::move(landing_);
    }
    landing_.state.publish.emplace();
    for (const auto& table : source_.object->spec.reporting->tables) Table(table);
    for (const auto& [name, columns] : seen_.published) landing_.wanted.published.insert(name);
    landing_.wanted.slot = seen_.slot;
    landing_.tables = static_cast<int>(landing_.wanted.tables.size());
    Tell();
    return std::move(landing_);
  }

 private:
  void Table(const api::ReportedTable& reported) {
    const auto found = seen_.tables.find(reported.name);
    if (found == seen_.tables.end()) return Await(reported.name + ": there is no such table");
    const auto& table = found->second;
    const auto sendable = SendableOf(reported, table, seen_.lists_columns);
    if (!sendable) return Miss(sendable.error());
    const auto& [columns, keyed, whole] = *sendable;
    if (!keyed && !whole) Miss(reported.name + ": only what is added is sent, since " + WithoutKey(table));
    engines::LandingTable landed{.name = reported.name,
                                 .columns = {},
                                 .key = keyed ? table.identity : std::vector<std::string>{},
                                 .deletes = reported.deletes};
    const auto* there = LandedIn(schema_, reported.name);
    const auto sent = seen_.published.find(reported.name);
    for (const auto& column : reported.exclude) {
      if (sent == seen_.published.end() || !Has(sent->second, column)) landed.excluded.insert(column);
    }
    for (const auto& column : columns) {
      landed.columns.push_back({column.name, TypeHere(reported.name, there, column), column.filled});
    }
    // A list keeps the owner from dropping a column; where nothing makes it give way there is one only to leave out.
    const bool without_list = whole || !seen_.lists_columns || (!seen_.yields && reported.exclude.empty());
    if (!seen_.yields && !without_list) {
      notes_.push_back("DROP COLUMN on " + reported.name +
                       " takes CASCADE while it is reported, and a listed column "
                       "keeps its type");
    }
    Publish(reported, landed, there, keyed || whole, without_list);
    landing_.wanted.tables.push_back(std::move(landed));
  }

  std::string TypeHere(const std::string& table, const engines::LandedTable* there,
                       const engines::ReportedColumn& column) {
    const auto found = there ? there->columns.find(column.name) : std::map<std::string, std::string>::const_iterator{};
    if (!there || found == there->columns.end()) return column.type;
    auto type = TypeFor(found->second, column.type);
    if (type != column.type)
      notes_.push_back(table + "." + column.name + " is " + column.type + " and stays " + type + " here");
    return type;
  }

  /// Only what the warehouse has already.
  void Publish(const api::ReportedTable& reported, const engines::LandingTable& wanted,
               const engines::LandedTable* there, bool changes, bool without_list) {
    if (!there || there->anew) return;
    engines::PublishedTable table;
    for (const auto& column : wanted.columns) {
      const auto landed = there->columns.find(column.name);
      if (landed != there->columns.end() && landed->second == column.type) table.columns.push_back(column.name);
    }
    const bool all = table.columns.size() == wanted.columns.size();
    if (without_list && (all || seen_.published.contains(reported.name))) {
      table.columns.clear();
    } else if (without_list || table.columns.empty()) {
      return;
    }
    const auto sends = [&](const std::string& key) { return without_list || Has(table.columns, key); };
    if (!std::ranges::all_of(wanted.key, sends)) return;
    std::ranges::sort(table.columns);
    table.sent = !changes                                       ? Sent::kInserts
                 : reported.deletes == ReportedDeletes::kDelete ? Sent::kEverything
                                                                : Sent::kNoTruncate;
    (*landing_.state.publish)[reported.name] = std::move(table);
    const auto copied = filled_ ? filled_->tables.find(layout_.schema + "." + reported.name)
                                : std::map<std::string, bool>::const_iterator{};
    if (filled_ && copied != filled_->tables.end() && copied->second) {
      ++landing_.copied;
    } else {
      copying_.push_back(reported.name);
    }
    if (!all) growing_ = true;
  }

  void Tell() {
    const auto& publish = *landing_.state.publish;
    if (landing_.wanted.tables.empty()) {
      return Say(Reason::kReportingIncomplete, missing_.empty() ? "no tables are listed" : base::Join(missing_, "; "));
    }
    std::set<std::string> sent;
    for (const auto& [name, table] : publish) sent.insert(name);
    if (seen_.lost)
      return Pending("the replication slot was lost, since nobody read it for too long; it is made again");
    if (sent.size() < landing_.wanted.tables.size() || growing_)
      return Pending("tables are being made in the warehouse");
    if (!seen_.ready || landing_.wanted.published != sent) return Pending("the store's publication is being made");
    if (!filled_) return Pending("the warehouse subscribes");
    if (filled_->slot != seen_.slot) return Pending("all is copied anew, since what came by another slot has a gap");
    if (!filled_->enabled) return Pending("the subscription is being mended");
    if (!copying_.empty()) {
      return Pending(std::to_string(landing_.copied) + " of " + std::to_string(landing_.tables) +
                     " tables are copied, not yet " + base::Join(copying_) +
                     (filled_->errors > 0 ? "; the warehouse's log says what failed" : ""));
    }
    if (!filled_->running) {
      landing_.changing = true;
      return Say(Reason::kReportingFailing, "nobody works on the subscription in the warehouse; its log says why");
    }
    if (seen_.retained > kRetainedAtMost) {
      return Say(Reason::kReportingFailing, "the replication slot holds back more than 1 GiB");
    }
    if (!missing_.empty()) return Say(Reason::kReportingIncomplete, base::Join(missing_, "; "));
    landing_.state.message = "schema " + layout_.schema + " of the warehouse is kept current";
    if (!notes_.empty()) landing_.state.message += "; " + base::Join(notes_, "; ");
  }

  void Miss(std::string what) { missing_.push_back(std::move(what)); }
  /// A service makes its tables when it comes.
  void Await(std::string what) {
    landing_.changing = true;
    Miss(std::move(what));
  }
  void Say(Reason reason, std::string message) {
    landing_.state.obstacle = reason;
    landing_.state.message = std::move(message);
  }
  void Pending(std::string message) {
    landing_.changing = true;
    Say(Reason::kReportingPending, std::move(message));
  }

  const Source& source_;
  const engines::SourceSeen& seen_;
  const engines::WarehouseSeen& warehouse_;
  const engines::Layout& layout_;
  const engines::LandedSchema* schema_ = nullptr;
  const engines::LandingSeen* filled_ = nullptr;
  Landing landing_;
  std::vector<std::string> missing_, notes_, copying_;
  bool growing_ = false;
};

}  // namespace

std::string TypeFor(const std::string& there, const std::string& wanted) {
  if (there == wanted || there == "text") return there;
  for (const auto& chain : Widenings()) {
    const auto from = std::ranges::find(chain, Stem(there)), to = std::ranges::find(chain, Stem(wanted));
    if (from == chain.end() || to == chain.end()) continue;
    if (chain.back() == "text") return "text";
    if (from > to) return there;
    return *to;
  }
  return "text";
}

const engines::LandedTable* LandedIn(const engines::LandedSchema* schema, const std::string& table) {
  if (!schema) return nullptr;
  const auto found = schema->tables.find(table);
  return found == schema->tables.end() ? nullptr : &found->second;
}

std::optional<std::string> TakenBy(const engines::LandedSchema* schema, const engines::Layout& layout,
                                   const std::string& store) {
  if (!schema || schema->source == store || layout.schema == engines::kSharedSchema) return std::nullopt;
  return "schema " + layout.schema + " of the warehouse holds what " +
         (schema->source.empty() ? "somebody made by hand" : schema->source + " sent");
}

Landing LandingOf(const Source& source, const engines::SourceSeen& seen, const engines::WarehouseSeen& warehouse) {
  return Judgement(source, seen, warehouse).Run();
}

}  // namespace freehold::reporting
