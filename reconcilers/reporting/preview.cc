#include "reconcilers/reporting/preview.h"

#include "reconcilers/api/finalizer.h"
#include "reconcilers/reporting/feed.h"
#include "reconcilers/reporting/reconciler.h"

namespace freehold::reporting {
namespace {

using api::Reason;

}  // namespace

base::Result<Preview> Reconciler::PreviewOf(const kube::Name& name) {
  const Object object = parts_.world.warehouses->Find(name);
  if (!object) return base::Terminal("NotFound", "there is no ReportingWarehouse " + name.name);
  Preview preview;
  const auto hindered = [&](Hindrance hindrance) {
    preview.hindrance = std::move(hindrance);
    return std::move(preview);
  };
  if (stores::IsPaused(object->meta)) return hindered({Reason::kPaused, "held by annotation freehold.dev/paused"});
  if (object->spec.loader) return PreviewServed(object);
  if (object->spec.engine != api::WarehouseEngine::kPostgreSQL) {
    if (const auto bus = ConnectOf(*object, parts_.world)) {
      for (const auto& way : LookAtSources(SourcesOf(*object, parts_.world))) {
        preview.stores[way.source.object->meta.full_name()] = Conveyed(way, *bus).state;
      }
      return preview;
    }
  }
  const auto ground = GroundOf(*object);
  if (const auto* hindrance = std::get_if<Hindrance>(&ground)) return hindered(*hindrance);
  const auto& standing = std::get<std::optional<servers::Standing>>(ground);
  if (!standing) return base::Retryable("ServerNotReady", "its DatabaseServer was not looked at");
  if (!standing->ready()) return std::unexpected(*standing->failure);

  const auto& access = standing->access;
  preview.server = access.name;
  const auto seen = parts_.engine.ObserveWarehouse(access, object->spec.database);
  if (!seen) return std::unexpected(seen.error());
  const auto ways = LookAtSources(object->meta.deleted ? std::vector<Source>{} : SourcesOf(*object, parts_.world));
  Target target{*object, access, *seen, ConnectOf(*object, parts_.world), {}};
  target.evidence = LookAtCopies(target, ways);
  auto wanted = Want(target, ways);
  if (object->meta.deleted) {
    const auto steps = parts_.engine.PlanWarehouseRemoval(wanted, object->spec.deletion_policy, *seen);
    preview.steps.assign(steps.begin(), steps.end());
    return preview;
  }
  if (seen->exists && seen->comment != wanted.comment) {
    return hindered({Reason::kStoreExists, "database " + object->spec.database + " exists and is not this warehouse"});
  }
  const auto readers = LookAtReaders(*object, access, *seen);
  if (!readers) return std::unexpected(readers.error());
  wanted.readers = WantedOf(*readers);
  for (auto& step : parts_.engine.PlanWarehouse(wanted, *seen)) preview.steps.emplace_back(std::move(step));
  for (const auto& reading : *readers) {
    auto secret = SecretToWrite(*object, settings_.operator_namespace, reading);
    if (secret) preview.steps.emplace_back(std::move(*secret));
  }
  for (const auto& way : ways) {
    preview.stores[way.source.object->meta.full_name()] = LandingFor(target, way, {}).state;
  }
  const bool promised = preview.steps.empty() || api::HasFinalizer(object->meta);
  if (!promised) preview.steps.insert(preview.steps.begin(), stores::AddFinalizer{object->meta});
  return preview;
}

base::Result<Preview> Reconciler::PreviewServed(const Object& object) {
  Preview preview;
  for (const auto& way : LookAtSources(SourcesOf(*object, parts_.world))) {
    auto& state = preview.stores[way.source.object->meta.full_name()];
    if (auto prevented = Prevented(way)) state = std::move(prevented->state);
    if (way.source.hindrance || !way.seen) continue;
    state = FeedFor(way.source, *way.seen, *object->spec.loader).state;
    if (state.publish->empty()) continue;
    const auto reading = LookAtTool(*object, way.source, *way.seen);
    if (!reading) return std::unexpected(reading.error());
    state.tool = {.logins = LoginsOf(*reading), .hold_back_at_most = HoldBackAtMost(*object->spec.loader)};
    auto secret = SecretToWrite(*object, settings_.operator_namespace, *reading);
    if (secret) preview.steps.emplace_back(std::move(*secret));
  }
  return preview;
}

}  // namespace freehold::reporting
