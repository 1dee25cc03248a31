#include "reconcilers/connect/reports.h"

#include "reconcilers/engines/channel.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/stores/feeds.h"
#include "reconcilers/stores/reporting.h"

namespace freehold::connect {
namespace {

class Collection {
 public:
  Collection(const api::EventBus& bus, const stores::World& world, const servers::Board& board, Wanted& wanted)
      : bus_(bus), workers_(WorkersOf(bus.spec)), world_(world), board_(board), wanted_(wanted) {}

  void Run() {
    for (const auto& object : world_.databases.All()) {
      const auto warehouse = stores::WarehouseOf(*object, world_);
      if (!warehouse || warehouse->spec.loader || warehouse->spec.bus != bus_.meta.name) continue;
      if (object->meta.deleted || !object->status.store) continue;
      const auto place = stores::PlaceOfStore(*object, world_);
      if (place) Add(*object, *place, *warehouse);
    }
  }

 private:
  void Add(const api::ServiceDatabase& object, const engines::Place& place, const api::ReportingWarehouse& warehouse) {
    const auto feed = engines::FeedOf(place.layout);
    const auto report = world_.reports ? world_.reports->Find(object.meta.full_name()) : std::nullopt;
    const auto source = board_.Find(place.server);
    if (!report || !report->copying || !source || !source->ready()) return wanted_.unknown.push_back(CopiesOf(feed));
    Copy copy{.feed = feed, .schema = place.layout.schema, .what = *report->copying};
    if (copy.what.slot.empty() && !copy.what.spent) return;
    const auto part = CopyOf(feed, copy.what.slot);
    const auto from = DatabaseAt(source->access, place.layout.database, engines::CdcRoleOf(place.layout));
    const bool postgres = warehouse.spec.engine == api::WarehouseEngine::kPostgreSQL;
    auto config = CopySourceConfig(workers_, copy, from, postgres ? Form::kTombstones : Form::kMarked);
    wanted_.connectors.push_back({.part = part,
                                  .source = true,
                                  .store = object.meta.full_name(),
                                  .access = source->access,
                                  .database = from,
                                  .config = std::move(config),
                                  .copied = Copied{place.layout, copy, postgres}});
    if (copy.what.spent) return;
    if (postgres) return AddSink(object, warehouse, copy, SinkOf(part));
    const EngineSecret secret{EngineSecretKey(warehouse.meta.name), EngineSecretOf(warehouse.spec)};
    for (auto& sink : CopyIntoEngine(workers_, copy, warehouse.meta.name, warehouse.spec)) {
      wanted_.connectors.push_back({.part = sink.part,
                                    .source = false,
                                    .store = object.meta.full_name(),
                                    .access = {},
                                    .database = {},
                                    .config = std::move(sink.config),
                                    .secret = secret});
    }
  }

  void AddSink(const api::ServiceDatabase& object, const api::ReportingWarehouse& warehouse, const Copy& copy,
               const std::string& part) {
    const auto servers = world_.servers.All();
    const auto server = ownership::PlaceOf(warehouse, servers);
    const auto standing = server ? board_.Find((*server)->meta.name) : std::nullopt;
    if (!standing || !standing->ready()) return wanted_.unknown.push_back(part);
    const auto& database = warehouse.spec.database;
    const auto to = DatabaseAt(standing->access, database, engines::SinkRoleOf(database, copy.feed, copy.what.slot));
    wanted_.connectors.push_back({.part = part,
                                  .source = false,
                                  .store = object.meta.full_name(),
                                  .access = standing->access,
                                  .database = to,
                                  .config = CopyIntoPostgres(workers_, copy, to)});
  }

  const api::EventBus& bus_;
  const Workers workers_;
  const stores::World& world_;
  const servers::Board& board_;
  Wanted& wanted_;
};

}  // namespace

void AddReports(const api::EventBus& bus, const stores::World& world, const servers::Board& board, Wanted& wanted) {
  Collection(bus, world, board, wanted).Run();
}

}  // namespace freehold::connect
