#include "reconcilers/reporting/evidence.h"

namespace freehold::reporting {
namespace {

/// The tables of a feed that are at both ends.
std::vector<std::string> TablesOf(const Source& source, const engines::SourceSeen& seen,
                                  const engines::LandedSchema& schema) {
  std::vector<std::string> tables;
  for (const auto& table : source.object->spec.reporting->tables) {
    if (seen.published.contains(table.name) && schema.tables.contains(table.name)) tables.push_back(table.name);
  }
  return tables;
}

}  // namespace

Evidence Witness::Look(const api::EventBus& bus, const Source& source, const engines::SourceSeen& seen,
                       engines::Engine& engine, const engines::ServerAccess& store,
                       const engines::ServerAccess& warehouse, const std::string& database,
                       const engines::WarehouseSeen& there) {
  const auto& layout = source.place.layout;
  const auto feed = engines::FeedOf(layout);
  const auto copy = connect::CopyOf(feed, seen.slot);
  auto evidence = Look(bus, source, seen);
  evidence.alive = false;
  const auto beats = there.beats.find(engines::BeatTableOf(feed));
  if (beats == there.beats.end()) return evidence;
  const auto beat = beats->second.find(connect::NameOn(connect::WorkersOf(bus.spec), copy));
  if (beat == beats->second.end()) return evidence;
  evidence.alive = IsAlive(copy, beat->second);
  const auto schema = there.schemas.find(layout.schema);
  if (schema == there.schemas.end() || there.whole.contains(engines::SinkRoleOf(database, feed, seen.slot))) {
    return evidence;
  }
  const auto tables = TablesOf(source, seen, schema->second);
  const auto landed = engine.CountRows(warehouse, database, layout.schema, tables);
  const auto sent = engine.CountRows(store, layout.database, layout.schema, tables);
  if (!landed || !sent) return evidence;
  evidence.landed = *landed;
  std::lock_guard lock(mutex_);
  evidence.sent = std::exchange(memory_[copy].sent, *sent);
  return evidence;
}

Evidence Witness::Look(const api::EventBus& bus, const Source& source, const engines::SourceSeen& seen) const {
  const auto copy = connect::CopyOf(engines::FeedOf(source.place.layout), seen.slot);
  Evidence evidence{
      .trouble = connectors_.FindBus(bus.meta.name), .reason = {}, .alive = false, .sent = {}, .landed = {}};
  if (!evidence.trouble.empty()) return evidence;
  evidence.alive = connectors_.Knows(copy) && connectors_.Knows(connect::SinkOf(copy));
  for (const auto& part : {copy, connect::SinkOf(copy), connect::SinkOf(copy) + connect::kKeeping}) {
    evidence.trouble = connectors_.Find(part);
    evidence.reason = connectors_.ReasonOf(part);
    if (!evidence.trouble.empty()) return evidence;
  }
  return evidence;
}

bool Witness::IsAlive(const std::string& copy, std::int64_t beat) {
  std::lock_guard lock(mutex_);
  auto& known = memory_[copy];
  if (known.beat != beat) {
    known.beat = beat;
    known.since = clock_.Steady();
  }
  return clock_.Steady() - known.since <= kSilent;
}

}  // namespace freehold::reporting
