#include "reconcilers/reporting/status.h"

#include "operator/base/text.h"
#include "operator/kube/conditions.h"

namespace freehold::reporting {
namespace {

using api::Reason;
using Is = kube::Condition::Status;

void Clear(api::ReportingWarehouseStatus& status, const char* type) {
  std::erase_if(status.conditions, [&](const auto& condition) { return condition.type == type; });
}

api::ReportingWarehouseStatus WithFeeds(const api::ReportingWarehouse& object,
                                        std::vector<api::WarehouseFeedStatus> feeds) {
  auto status = object.status;
  status.observed_generation = object.meta.generation;
  status.feeds = std::move(feeds);
  status.streaming = 0;
  for (const auto& feed : status.feeds) status.streaming += feed.state == "Streaming" ? 1 : 0;
  Clear(status, "Reconciling");
  Clear(status, "Stalled");
  return status;
}

}  // namespace

api::WarehouseFeedStatus FeedStatusOf(const Source& source, const stores::ReportState& state, int tables, int copied) {
  return {.store = ToString(source.object->meta.full_name()),
          .schema = source.place.layout.schema,
          .state = state.obstacle ? ToString(*state.obstacle) : "Streaming",
          .tables = tables,
          .copied = copied,
          .secret = {},
          .message = state.message};
}

api::ReportingWarehouseStatus SettledStatus(const api::ReportingWarehouse& object, const std::string& server,
                                            std::vector<api::WarehouseFeedStatus> feeds,
                                            const std::vector<ReaderState>& readers, base::Timestamp now) {
  auto status = WithFeeds(object, std::move(feeds));
  status.server = server;
  status.readers.clear();
  std::vector<std::string> hindrances;
  auto reason = Reason::kReady;
  for (const auto& reader : readers) {
    if (!reader.hindrance.empty()) {
      hindrances.push_back(reader.hindrance);
      reason = reader.reason;
      continue;
    }
    status.readers.push_back({.name = reader.reader->name,
                              .secret = reader.secret,
                              .login = reader.logins[reader.turn.live],
                              .phase = reader.turn.phase,
                              .rotated_at = reader.turn.issued_at,
                              .rotate_at = reader.turn.rotate_at});
  }
  const auto set = [&](const char* type, Is is, Reason reason, const std::string& message) {
    kube::SetCondition(status.conditions, type, is, ToString(reason), message, object.meta.generation, now);
  };
  if (hindrances.empty()) {
    set("Ready", Is::kTrue, Reason::kReady, "database " + object.spec.database + " is there");
    return status;
  }
  set("Ready", Is::kFalse, reason, base::Join(hindrances, "; "));
  set("Stalled", Is::kTrue, reason, base::Join(hindrances, "; "));
  return status;
}

api::ReportingWarehouseStatus ServedStatus(const api::ReportingWarehouse& object,
                                           std::vector<api::WarehouseFeedStatus> feeds, base::Timestamp now) {
  auto status = WithFeeds(object, std::move(feeds));
  kube::SetCondition(status.conditions, "Ready", Is::kTrue, ToString(Reason::kReady),
                     ToString(object.spec.loader->type) + " has what it reads the stores by", object.meta.generation,
                     now);
  return status;
}

api::ReportingWarehouseStatus ConveyedStatus(const api::ReportingWarehouse& object,
                                             std::vector<api::WarehouseFeedStatus> feeds, base::Timestamp now) {
  auto status = WithFeeds(object, std::move(feeds));
  kube::SetCondition(status.conditions, "Ready", Is::kTrue, ToString(Reason::kReady),
                     "EventBus " + *object.spec.bus + " brings there what stores report", object.meta.generation, now);
  return status;
}

api::ReportingWarehouseStatus HinderedStatus(const api::ReportingWarehouse& object, const Hindrance& hindrance,
                                             base::Timestamp now) {
  auto status = object.status;
  status.observed_generation = object.meta.generation;
  const bool terminal = api::IsTerminal(hindrance.reason);
  const auto set = [&](const char* type, Is is) {
    kube::SetCondition(status.conditions, type, is, ToString(hindrance.reason), hindrance.message,
                       object.meta.generation, now);
  };
  set("Ready", terminal ? Is::kFalse : Is::kUnknown);
  set(terminal ? "Stalled" : "Reconciling", Is::kTrue);
  Clear(status, terminal ? "Reconciling" : "Stalled");
  return status;
}

}  // namespace freehold::reporting
