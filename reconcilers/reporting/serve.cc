// A warehouse that a tool outside fills: what it may read of each store, its login there, and a Secret for that.
#include "reconcilers/api/kinds.h"
#include "reconcilers/engines/channel.h"
#include "reconcilers/reporting/feed.h"
#include "reconcilers/reporting/reconciler.h"

namespace freehold::reporting {

using credentials::Turn;
using runtime::Again;
using runtime::Outcome;

Outcome Reconciler::Serve(const Object& object) {
  const auto& loader = *object->spec.loader;
  auto sources = SourcesOf(*object, parts_.world);
  bool changing = false;
  std::set<std::string> kept;
  std::vector<api::WarehouseFeedStatus> feeds;
  std::vector<stores::WriteSecret> secrets;
  std::optional<base::Timestamp> due;
  for (const auto& way : LookAtSources(sources)) {
    auto& status = feeds.emplace_back();
    const auto secret = api::LoaderSecretOf(*object, way.source.object->meta.full_name());
    if (const auto prevented = Prevented(way)) {
      const auto& state = prevented->state;
      Tell(way.source, state);
      status = FeedStatusOf(way.source, state, 0, 0);
      if (!way.source.hindrance) status.secret = *kept.insert(secret).first;
      continue;
    }
    auto feed = FeedFor(way.source, *way.seen, loader);
    if (!feed.state.publish->empty()) {
      const auto reading = LookAtTool(*object, way.source, *way.seen);
      if (!reading) return FailedWith(*object, reading.error(), std::move(sources));
      const auto& turn = reading->state.turn;
      feed.state.tool = {.logins = LoginsOf(*reading), .hold_back_at_most = HoldBackAtMost(loader)};
      if (!reading->state.hindrance.empty()) {
        feed.state.obstacle = reading->state.reason;
        feed.state.message = reading->state.hindrance;
      } else if (turn.action == Turn::Action::kKeep) {
        due = due ? std::min(*due, NextDue(turn)) : NextDue(turn);
      }
      const bool prepared = reading->minted && way.seen->tool[turn.live].verifier == reading->minted->verifier;
      if (turn.action == Turn::Action::kKeep || prepared) {
        auto write = SecretToWrite(*object, settings_.operator_namespace, *reading);
        if (write) secrets.push_back(std::move(*write));
      } else if (!feed.state.obstacle) {
        feed.state.obstacle = api::Reason::kReportingPending;
        feed.state.message = "the login of " + ToString(loader.type) + " is being made";
      }
      changing = changing || turn.action != Turn::Action::kKeep;
      kept.insert(secret);
    }
    changing = changing || feed.changing;
    Tell(way.source, feed.state);
    status = FeedStatusOf(way.source, feed.state, static_cast<int>(feed.state.publish->size()), 0);
    if (kept.contains(secret)) status.secret = secret;
  }
  if (const auto done = WriteSecrets(secrets); !done) return FailedWith(*object, done.error(), std::move(sources));
  if (const auto done = RemoveSecrets(*object, kept); !done) {
    return FailedWith(*object, done.error(), std::move(sources));
  }
  std::ranges::sort(feeds, {}, &api::WarehouseFeedStatus::store);
  auto next = Patience(object->meta.full_name(), changing || !secrets.empty());
  if (due) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - parts_.clock.Now());
    next = std::clamp<std::chrono::milliseconds>(left, std::chrono::seconds(1), next);
  }
  return Report(*object, ServedStatus(*object, std::move(feeds), parts_.clock.Now()), Again{.after = next});
}

base::Result<Reading> Reconciler::LookAtTool(const api::ReportingWarehouse& object, const Source& source,
                                             const engines::SourceSeen& seen) {
  const auto standing = parts_.board.Find(source.place.server);
  if (!standing) return base::Retryable("ServerUnreachable", "DatabaseServer " + source.place.server + " is not ready");
  const auto& access = standing->access;
  const auto& layout = source.place.layout;
  Reading reading{.endpoint = {.host = access.host,
                               .port = access.port,
                               .database = layout.database,
                               .schema = layout.schema,
                               .sslmode = api::SslModeOf(access.tls),
                               .ca_pem = access.ca_pem},
                  .state = {.reader = nullptr,
                            .secret = api::LoaderSecretOf(object, source.object->meta.full_name()),
                            .logins = engines::ToolLoginsOf(layout),
                            .turn = {},
                            .hindrance = {}},
                  .secret = {},
                  .minted = {}};
  if (const auto done = Judge(object, {access, layout.database}, seen.tool, reading); !done)
    return std::unexpected(done.error());
  if (!reading.state.hindrance.empty()) return reading;
  if (reading.state.turn.action != Turn::Action::kKeep) {
    reading.minted = Remembered(reading);
    return reading;
  }
  std::lock_guard lock(mutex_);
  for (const auto& login : reading.state.logins) minted_.erase(reading.state.secret + "\n" + login);
  return reading;
}

Minted Reconciler::Remembered(const Reading& reading) {
  const auto& state = reading.state;
  const bool restores = state.turn.action == Turn::Action::kRestore;
  std::lock_guard lock(mutex_);
  auto& minted = minted_[state.secret + "\n" + state.logins[state.turn.live]];
  const bool stale = minted.verifier.empty() || (restores && !(minted.password == reading.secret->issued->password));
  if (stale) minted = MintFor(reading);
  return minted;
}

}  // namespace freehold::reporting
