#include "reconcilers/channels/reconciler.h"

#include <algorithm>

#include "operator/runtime/log.h"
#include "reconcilers/stores/feeds.h"

namespace freehold::channels {
namespace {

constexpr runtime::log::Logger kLog("channels");

}  // namespace

runtime::Outcome Reconciler::Reconcile(const kube::Name& consumer) {
  const auto deliveries = DeliveriesTo(consumer);
  Stay(consumer, deliveries);
  if (deliveries.empty()) {
    Tell(consumer, "");
    return runtime::Done{};
  }
  bool more = false;
  std::string trouble;
  for (const auto& delivery : deliveries) {
    const auto done = Deliver(delivery);
    if (!done && done.error().kind == base::FailureClass::kNotLeader) return runtime::Failed{done.error()};
    if (!done) {
      trouble += delivery.channel + ": " + done.error().reason + "; ";
      kLog.Warn("events not delivered", {{"consumer", consumer},
                                         {"channel", delivery.channel},
                                         {"reason", done.error().reason},
                                         {"error", done.error().message}});
      continue;
    }
    more = more || done->more;
    if (done->failed > 0) trouble += delivery.channel + ": events that can't be taken; ";
    if (done->events > 0) kLog.Debug("events delivered", {{"channel", delivery.channel}, {"events", done->events}});
  }
  Tell(consumer, trouble);
  const bool well = trouble.empty();
  return runtime::Again{.after = more && well ? std::chrono::milliseconds(0) : interval_,
                        .priority = runtime::Priority::kFresh};
}

std::vector<engines::Delivery> Reconciler::DeliveriesTo(const kube::Name& consumer) const {
  const auto object = parts_.world.databases.Find(consumer);
  if (!object || object->meta.deleted || !object->status.store || object->spec.consumes.empty()) return {};
  const auto here = stores::PlaceOfStore(*object, parts_.world);
  if (!here) return {};
  const auto to = parts_.board.Find(here->server);
  if (!to || !to->ready()) return {};
  std::vector<engines::Delivery> deliveries;
  const auto subscriptions = stores::SubscriptionsOf(*object, parts_.world);
  for (const auto& feed : stores::FeedsInto(*here, subscriptions, parts_.world)) {
    if (!feed.channel || feed.channel->carrier != engines::Carrier::kPolling) continue;
    const auto from = parts_.board.Find(feed.server);
    if (!from || !from->ready()) continue;
    deliveries.push_back({.channel = feed.channel->name,
                          .publisher = from->access,
                          .publisher_database = feed.publisher.database,
                          .consumer = to->access,
                          .consumer_database = here->layout.database});
  }
  return deliveries;
}

base::Result<engines::Delivered> Reconciler::Deliver(const engines::Delivery& delivery) {
  const auto waiting = parts_.engine.HasEvents(delivery.publisher, delivery.publisher_database, delivery.channel);
  if (!waiting) return std::unexpected(waiting.error());
  if (!*waiting) return engines::Delivered{};
  base::Result<engines::Delivered> delivered;
  const auto passed = parts_.gate.Pass({"sql", "deliver-events", delivery.channel}, [&]() -> base::Result<void> {
    delivered = parts_.engine.Deliver(delivery);
    if (!delivered) return std::unexpected(delivered.error());
    return {};
  });
  if (!passed) return std::unexpected(passed.error());
  return delivered;
}

void Reconciler::Stay(const kube::Name& consumer, const std::vector<engines::Delivery>& deliveries) {
  std::lock_guard lock(mutex_);
  if (deliveries.empty()) {
    stays_.erase(consumer);
    return;
  }
  Stays stays;
  for (const auto& delivery : deliveries) {
    engines::Layout place;
    place.database = delivery.publisher_database;
    stays.push_back(parts_.engine.StayAt(delivery.publisher, place));
  }
  stays_[consumer] = std::move(stays);
}

void Reconciler::Tell(const kube::Name& consumer, const std::string& trouble) {
  if (parts_.troubles.Put(consumer, trouble)) parts_.turned(consumer);
}

}  // namespace freehold::channels
