#include "reconcilers/reporting/reconciler.h"

#include <algorithm>

#include "operator/runtime/log.h"
#include "reconcilers/api/finalizer.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/servers/replication.h"
#include "reconcilers/stores/step.h"
#include "reconcilers/views/status.h"

namespace freehold::reporting {
namespace {

using api::Reason;
using runtime::Again;
using runtime::Done;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("reporting");
/// A look, the steps, a look that finds nothing to do; more for what only the first steps made possible.
constexpr int kRounds = 4;

std::vector<std::string> TablesOf(const Source& source) {
  std::vector<std::string> tables;
  for (const auto& table : source.object->spec.reporting->tables) tables.push_back(table.name);
  return tables;
}

}  // namespace

Outcome Reconciler::Reconcile(const kube::Name& name) {
  const Object object = parts_.world.warehouses->Find(name);
  if (!object) {
    parts_.sights.Put(name, {});
    return Done{};
  }
  auto sources = SourcesOf(*object, parts_.world);
  if (stores::IsPaused(object->meta)) {
    return Hinder(*object, {Reason::kPaused, "held by annotation freehold.dev/paused"}, std::move(sources));
  }
  if (object->meta.deleted) return Release(object);
  if (object->spec.loader) return Serve(object);
  if (object->spec.engine != api::WarehouseEngine::kPostgreSQL) {
    if (const auto bus = ConnectOf(*object, parts_.world)) return Convey(object, *bus);
  }
  const auto ground = GroundOf(*object);
  if (const auto* hindrance = std::get_if<Hindrance>(&ground)) return Hinder(*object, *hindrance, std::move(sources));
  const auto& standing = std::get<std::optional<servers::Standing>>(ground);
  if (!standing) return Again{.after = std::chrono::seconds(1)};
  if (!standing->ready()) return FailedWith(*object, *standing->failure, std::move(sources));
  return Converge(object, *standing);
}

Reconciler::Ground Reconciler::GroundOf(const api::ReportingWarehouse& object) const {
  if (const auto hindrance = ByBus(object, parts_.world)) return *hindrance;
  if (object.spec.engine != api::WarehouseEngine::kPostgreSQL) {
    return Hindrance{Reason::kEngineNotSupported, "engine " + ToString(object.spec.engine) +
                                                      " is filled by Kafka Connect only; name an EventBus of type "
                                                      "KafkaConnect or Strimzi in spec.bus"};
  }
  const auto servers = parts_.world.servers.All();
  const auto server = ownership::PlaceOf(object, servers);
  if (!server) return Hindrance{server.error().reason, server.error().message};
  auto standing = parts_.board.Find((*server)->meta.name);
  if (!standing || !standing->ready()) return standing;
  auto obstacle = servers::NoSubscriber(**server, standing->snapshot->capabilities);
  if (!obstacle.empty()) return Hindrance{Reason::kReportingNotPossible, std::move(obstacle)};
  return standing;
}

Outcome Reconciler::Converge(const Object& object, const servers::Standing& server) {
  engines::Layout place;
  place.database = object->spec.database;
  const auto stay = parts_.engine.StayAt(server.access, place);
  auto sources = SourcesOf(*object, parts_.world);
  const auto ways = LookAtSources(sources);
  std::map<std::string, std::string> given_up;  // feeds
  for (int round = 0; round < kRounds; ++round) {
    const auto seen = parts_.engine.ObserveWarehouse(server.access, object->spec.database);
    if (!seen) return FailedWith(*object, seen.error(), std::move(sources));
    Target target{*object, server.access, *seen, ConnectOf(*object, parts_.world), {}};
    target.evidence = LookAtCopies(target, ways);
    auto wanted = Want(target, ways);
    if (seen->exists && seen->comment != wanted.comment) {
      return Hinder(*object,
                    {Reason::kStoreExists, "database " + object->spec.database +
                                               " exists and is not this warehouse; name another in spec.database"},
                    std::move(sources));
    }
    const auto readers = LookAtReaders(*object, server.access, *seen);
    if (!readers) return FailedWith(*object, readers.error(), std::move(sources));
    wanted.readers = WantedOf(*readers);
    auto steps = parts_.engine.PlanWarehouse(wanted, *seen);
    std::erase_if(steps, [&](const engines::Step& step) { return step.best_effort && given_up.contains(step.target); });
    std::vector<stores::WriteSecret> secrets;
    for (const auto& reading : *readers) {
      auto secret = SecretToWrite(*object, settings_.operator_namespace, reading);
      if (secret) secrets.push_back(std::move(*secret));
    }
    if (!steps.empty() || !secrets.empty()) {
      if (!api::HasFinalizer(object->meta)) {
        const auto promised = parts_.gate.Pass({"api", "add-finalizer", object->meta.name}, [&] {
          return api::PatchFinalizer(parts_.writer, api::ReportingWarehouseType(), object->meta, true);
        });
        if (!promised) return Failed{promised.error()};
        // What follows is done by the pass that sees it.
        return Again{.after = std::chrono::seconds(0), .priority = runtime::Priority::kFresh};
      }
      if (const auto done = Carry(steps, server.access, given_up); !done)
        return FailedWith(*object, done.error(), std::move(sources));
      if (const auto done = WriteSecrets(secrets); !done) return FailedWith(*object, done.error(), std::move(sources));
      continue;
    }
    bool changing = false;
    std::vector<api::WarehouseFeedStatus> feeds;
    std::vector<stores::Sight> sights;
    for (const auto& way : ways) {
      const auto landing = LandingFor(target, way, given_up);
      changing = changing || landing.changing;
      Tell(way.source, landing.state);
      if (!way.source.hindrance) sights.push_back(SightOf(way, landing.state));
      feeds.push_back(FeedStatusOf(way.source, landing.state, landing.tables, landing.copied));
    }
    parts_.sights.Put(object->meta.full_name(), std::move(sights));
    std::ranges::sort(feeds, {}, &api::WarehouseFeedStatus::store);
    std::vector<ReaderState> states;
    std::set<std::string> kept;
    for (const auto& reading : *readers) {
      states.push_back(reading.state);
      kept.insert(reading.state.secret);
    }
    if (const auto done = RemoveSecrets(*object, kept); !done) {
      return FailedWith(*object, done.error(), std::move(sources));
    }
    auto next = Patience(object->meta.full_name(), changing);
    for (const auto& state : states) {
      if (!state.hindrance.empty()) continue;
      const auto due = std::chrono::ceil<std::chrono::milliseconds>(NextDue(state.turn) - parts_.clock.Now());
      next = std::clamp<std::chrono::milliseconds>(due, std::chrono::seconds(1), next);
    }
    return Report(*object, SettledStatus(*object, server.access.name, std::move(feeds), states, parts_.clock.Now()),
                  Again{.after = next});
  }
  return Failed{{base::FailureClass::kRetryable,
                 "NotConverging",
                 "the same steps were needed again after they were taken",
                 {},
                 0}};
}

stores::Sight Reconciler::SightOf(const Way& way, const stores::ReportState& state) {
  return {.server = way.source.place.server,
          .transport = "Warehouse",
          .retained = way.seen ? way.seen->retained : 0,
          .troubled = state.obstacle == Reason::kReportingFailing};
}

std::vector<Reconciler::Way> Reconciler::LookAtSources(std::vector<Source> sources) const {
  std::vector<Way> ways;
  for (auto& source : sources) {
    if (source.hindrance) {
      ways.push_back({std::move(source), engines::SourceSeen{}});
      continue;
    }
    const auto standing = parts_.board.Find(source.place.server);
    auto seen = standing && standing->ready()
                    ? parts_.engine.ObserveSource(standing->access, source.place.layout, TablesOf(source))
                    : base::Retryable("ServerUnreachable", "DatabaseServer " + source.place.server + " is not ready");
    ways.push_back({std::move(source), std::move(seen)});
  }
  return ways;
}

std::map<std::string, Evidence> Reconciler::LookAtCopies(const Target& target, const std::vector<Way>& ways) {
  std::map<std::string, Evidence> evidence;
  for (const auto& way : ways) {
    if (!target.connect || way.source.hindrance || !way.seen) continue;
    const auto standing = parts_.board.Find(way.source.place.server);
    if (!standing) continue;
    evidence[engines::FeedOf(way.source.place.layout)] =
        witness_.Look(*target.connect, way.source, *way.seen, parts_.engine, standing->access, target.access,
                      target.object.spec.database, target.seen);
  }
  return evidence;
}

engines::Warehouse Reconciler::Want(const Target& target, const std::vector<Way>& ways) const {
  const auto& object = target.object;
  engines::Warehouse wanted{.database = object.spec.database,
                            .comment = engines::WarehouseComment(object.meta.name, object.meta.uid)};
  for (const auto& way : ways) {
    if (way.source.hindrance) continue;
    if (!way.seen) {
      wanted.left_alone.insert(engines::FeedOf(way.source.place.layout));
      continue;
    }
    auto landing = Judge(target, way).wanted;
    if (landing.sink) {
      landing.sink->new_verifier = SinkVerifier(target, landing.sink->role);
    } else if (way.seen->ready && !way.seen->published.empty()) {
      landing.upstream = UpstreamOf(target, way.source);
    }
    wanted.landings.push_back(std::move(landing));
  }
  return wanted;
}

std::optional<std::string> Reconciler::SinkVerifier(const Target& target, const std::string& role) const {
  if (role.empty()) return std::nullopt;
  const auto password = parts_.cdc_passwords.Of(target.access.name, role);
  if (!password) return std::nullopt;
  const auto found = target.seen.sinks.find(role);
  const bool right = found != target.seen.sinks.end() && found->second.verifier &&
                     parts_.engine.VerifierMatches(*found->second.verifier, *password);
  return right ? std::nullopt : std::optional(parts_.engine.MakeVerifier(*password));
}

Landing Reconciler::Judge(const Target& target, const Way& way) {
  if (!target.connect) return LandingOf(way.source, *way.seen, target.seen);
  const auto evidence = target.evidence.find(engines::FeedOf(way.source.place.layout));
  return CarriedInto(target.object.spec.database, way.source, *way.seen, target.seen,
                     evidence == target.evidence.end() ? Evidence{} : evidence->second);
}

std::optional<Landing> Reconciler::Prevented(const Way& way) {
  Landing landing;
  if (const auto& hindrance = way.source.hindrance) {
    landing.state = {.publish = std::map<std::string, engines::PublishedTable>(),
                     .tool = {},
                     .obstacle = hindrance->reason,
                     .message = hindrance->message,
                     .copying = stores::Copying{}};
    return landing;
  }
  if (way.seen) return std::nullopt;
  landing.state.obstacle = Reason::kReportingFailing;
  landing.state.message = "the store can't be seen: " + way.seen.error().message;
  return landing;
}

Landing Reconciler::LandingFor(const Target& target, const Way& way,
                               const std::map<std::string, std::string>& given_up) {
  if (auto prevented = Prevented(way)) return std::move(*prevented);
  auto landing = Judge(target, way);
  const auto failure = given_up.find(engines::FeedOf(way.source.place.layout));
  if (failure == given_up.end()) return landing;
  landing.state.obstacle = Reason::kReportingFailing;
  landing.state.message = failure->second;
  return landing;
}

std::optional<engines::Upstream> Reconciler::UpstreamOf(const Target& target, const Source& source) const {
  const auto role = engines::CdcRoleOf(source.place.layout);
  const auto password = parts_.cdc_passwords.Of(source.place.server, role);
  const auto standing = parts_.board.Find(source.place.server);
  if (!password || !standing) return std::nullopt;
  const auto& access = source.place.server == target.access.name ? target.access : standing->access;
  return engines::Upstream{.host = access.host,
                           .port = access.port,
                           .database = source.place.layout.database,
                           .tls = access.tls,
                           .ca_pem = access.ca_pem,
                           .root_cert = access.peer_root_cert,
                           .user = role,
                           .password = *password};
}

base::Result<void> Reconciler::Carry(const std::vector<engines::Step>& steps, const engines::ServerAccess& access,
                                     std::map<std::string, std::string>& given_up) {
  for (const auto& step : steps) {
    const auto done = parts_.gate.Pass({"sql", step.verb, access.name + "/" + step.target},
                                       [&] { return parts_.engine.Run(access, step); });
    if (done) continue;
    if (!step.best_effort || done.error().kind == base::FailureClass::kNotLeader) return done;
    kLog.Warn("a way to the warehouse can't be made", {{"feed", step.target}, {"error", done.error().message}});
    given_up[step.target] = done.error().message;
  }
  return {};
}

void Reconciler::Tell(const Source& source, stores::ReportState state) {
  const auto name = source.object->meta.full_name();
  state.generation = source.object->meta.generation;
  if (parts_.reports.Put(name, state)) parts_.turned(name);
}

Outcome Reconciler::Hinder(const api::ReportingWarehouse& object, const Hindrance& hindrance,
                           std::vector<Source> sources) {
  for (const auto& source : sources) {
    Tell(source, {.publish = {},
                  .tool = {},
                  .obstacle = hindrance.reason,
                  .message = "ReportingWarehouse " + object.meta.name + ": " + hindrance.message});
  }
  return Report(object, HinderedStatus(object, hindrance, parts_.clock.Now()), Again{.after = settings_.resync});
}

Outcome Reconciler::FailedWith(const api::ReportingWarehouse& object, const base::Failure& failure,
                               std::vector<Source> sources) {
  if (failure.kind == base::FailureClass::kNotLeader) return Failed{failure};
  Hindrance hindrance{
      failure.kind == base::FailureClass::kTerminal ? Reason::kStatementFailed : Reason::kServerUnreachable,
      failure.reason + ": " + failure.message};
  for (const auto& info : api::Reasons()) {
    if (info.word == failure.reason) hindrance = {info.reason, failure.message};
  }
  kLog.Warn("pass failed", {{"object", object.meta.name}, {"reason", failure.reason}, {"error", failure.message}});
  const auto outcome = Hinder(object, hindrance, std::move(sources));
  return failure.kind == base::FailureClass::kTerminal ? outcome : Outcome(Failed{failure});
}

Outcome Reconciler::Report(const api::ReportingWarehouse& object, api::ReportingWarehouseStatus status, Outcome next) {
  views::Tell(object, parts_.views.Find(object.meta.name), parts_.clock.Now(), status);
  if (status == object.status) return next;
  const auto applied = parts_.gate.Pass({"api", "apply-status", object.meta.name}, [&] {
    return parts_.writer.Apply(api::ReportingWarehouseType(), object.meta.full_name(),
                               api::StatusObject(object.meta, status), kStatusManager, "status");
  });
  if (applied || applied.error().http_status == 404) return next;
  return Failed{applied.error()};
}

std::chrono::milliseconds Reconciler::Patience(const kube::Name& name, bool changing) {
  std::lock_guard lock(mutex_);
  if (!changing) {
    changing_since_.erase(name);
    return settings_.resync;
  }
  const auto now = parts_.clock.Steady();
  const auto waited = now - changing_since_.try_emplace(name, now).first->second;
  return std::clamp<std::chrono::milliseconds>(std::chrono::duration_cast<std::chrono::milliseconds>(waited / 8),
                                               std::chrono::seconds(1), settings_.resync);
}

}  // namespace freehold::reporting
