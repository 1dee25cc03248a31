// A warehouse of another engine than PostgreSQL: what Kafka Connect is to bring there of each store.
#include "reconcilers/reporting/reconciler.h"

namespace freehold::reporting {

using runtime::Again;
using runtime::Outcome;

Landing Reconciler::Conveyed(const Way& way, const api::EventBus& bus) {
  if (auto prevented = Prevented(way)) return std::move(*prevented);
  return CarriedOut(way.source, *way.seen, witness_.Look(bus, way.source, *way.seen));
}

Outcome Reconciler::Convey(const Object& object, const api::EventBus& bus) {
  bool changing = false;
  std::vector<api::WarehouseFeedStatus> feeds;
  std::vector<stores::Sight> sights;
  for (const auto& way : LookAtSources(SourcesOf(*object, parts_.world))) {
    const auto landing = Conveyed(way, bus);
    changing = changing || landing.changing;
    Tell(way.source, landing.state);
    if (!way.source.hindrance) sights.push_back(SightOf(way, landing.state));
    feeds.push_back(FeedStatusOf(way.source, landing.state, landing.tables, landing.copied));
  }
  parts_.sights.Put(object->meta.full_name(), std::move(sights));
  std::ranges::sort(feeds, {}, &api::WarehouseFeedStatus::store);
  return Report(*object, ConveyedStatus(*object, std::move(feeds), parts_.clock.Now()),
                Again{.after = Patience(object->meta.full_name(), changing)});
}

}  // namespace freehold::reporting
