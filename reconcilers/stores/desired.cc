#include "reconcilers/stores/desired.h"

#include <algorithm>
#include <map>

#include "operator/base/text.h"
#include "reconcilers/buses/choice.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/policy/verdict.h"
#include "reconcilers/stores/projections.h"
#include "reconcilers/stores/reporting.h"

namespace freehold::stores {
namespace {

using api::Reason;

bool Has(const auto& range, const auto& value) { return std::ranges::find(range, value) != range.end(); }

std::optional<Refusal> RefusedByServer(const api::ServiceDatabase& object, const api::DatabaseServer& server,
                                       const std::map<std::string, std::string>& namespace_labels) {
  const std::string name = "DatabaseServer " + server.meta.name;
  if (object.spec.engine != api::EngineKind::kPostgreSQL) {
    return Refusal{Reason::kEngineNotSupported, "engine " + ToString(object.spec.engine) + " is not supported yet", {}};
  }
  if (!Matches(server.spec.allowed_namespaces, namespace_labels)) {
    return Refusal{Reason::kServerNotAllowed, name + " does not admit namespace " + object.meta.ns, {}};
  }
  if (!Has(server.spec.isolation, object.spec.isolation)) {
    return Refusal{
        Reason::kIsolationNotOffered, name + " does not offer isolation " + ToString(object.spec.isolation), {}};
  }
  for (const std::string& extension : object.spec.extensions) {
    if (Has(server.spec.extensions, extension)) continue;
    return Refusal{Reason::kExtensionNotAllowed, name + " does not allow extension " + extension, {}};
  }
  return std::nullopt;
}

std::optional<Refusal> RefusedByOwnership(const api::ServiceDatabase& object, const api::DatabaseServer& server,
                                          const ownership::Registry& registry) {
  if (const auto conflict = registry.ConflictOf(object.meta.full_name())) {
    const bool table = conflict->thing.kind == ownership::Thing::Kind::kTable;
    return Refusal{table ? Reason::kTableOwnedByAnother : Reason::kStoreOwnedByAnother,
                   ToString(conflict->thing) + " belongs to ServiceDatabase " + ToString(conflict->owner.name),
                   {}};
  }
  if (!object.status.store && registry.StoresAt(ownership::AddressOf(server)) > server.spec.limits.databases) {
    return Refusal{Reason::kLimitReached,
                   "DatabaseServer " + server.meta.name + " has its " + std::to_string(server.spec.limits.databases) +
                       " stores; raise limits.databases or choose another server",
                   {}};
  }
  return std::nullopt;
}

std::optional<engines::OutboxWanted> OutboxFor(const api::ServiceDatabase& object, base::Timestamp now) {
  const auto outbox = OutboxOf(object);
  if (!outbox) return std::nullopt;
  engines::OutboxWanted wanted{.types = {},
                               .retention = outbox->retention,
                               .now = engines::PartitionStart(outbox->retention, now),
                               .payloads = {}};
  for (const auto& published : object.spec.publishes) {
    wanted.types.push_back(published.event);
    if (published.schema) wanted.payloads.emplace(published.event, *published.schema);
  }
  std::ranges::sort(wanted.types);
  return wanted;
}

std::optional<engines::Rolling> InboxFor(const api::ServiceDatabase& object, base::Timestamp now) {
  const auto inbox = InboxOf(object);
  if (!inbox) return std::nullopt;
  return engines::Rolling{inbox->retention, engines::PartitionStart(inbox->retention, now)};
}

engines::Store StoreFor(const api::ServiceDatabase& object, engines::Layout layout, base::Timestamp now) {
  engines::Store store{.layout = std::move(layout),
                       .marker = {object.meta.uid, ToString(object.meta.full_name())},
                       .adopt = object.spec.adopt,
                       .outbox = OutboxFor(object, now),
                       .inbox = InboxFor(object, now),
                       .feeds = {},
                       .outgoing = {},
                       .connections = object.spec.limits.connections,
                       .statement_timeout = object.spec.limits.statement_timeout,
                       .extensions = object.spec.extensions};
  if (object.spec.isolation == api::Isolation::kTables) store.tables = OwnedTablesOf(object);
  return store;
}

std::string RotationRequest(const api::ServiceDatabase& object) {
  const auto request = object.meta.annotations.find(api::kRotateAnnotation);
  return request == object.meta.annotations.end() ? "" : request->second;
}

}  // namespace

std::expected<Desired, Refusal> Want(std::shared_ptr<const api::ServiceDatabase> object, const World& world,
                                     base::Timestamp now) {
  const auto servers = world.servers.All();
  const auto server = ownership::PlaceOf(*object, servers);
  if (!server) return std::unexpected(Refusal{server.error().reason, server.error().message, {}});

  const auto ns = world.namespaces.Find({"", object->meta.ns});
  const std::map<std::string, std::string> labels = ns ? ns->meta.labels : std::map<std::string, std::string>{};
  const auto policies = world.policies.All();
  const auto verdict = policy::Judge(*object, labels, policies, now);
  if (const auto* denial = verdict.denial()) {
    return std::unexpected(Refusal{denial->reason, denial->message, verdict.changes_at});
  }
  if (auto refusal = RefusedByServer(*object, **server, labels)) return std::unexpected(std::move(*refusal));
  if (auto refusal = RefusedByOwnership(*object, **server, world.registry)) return std::unexpected(std::move(*refusal));
  if (auto displaced = ownership::Displacement(*object, **server)) {
    return std::unexpected(Refusal{displaced->reason, std::move(displaced->message), {}});
  }

  Desired desired{.object = object,
                  .server = *server,
                  .store = StoreFor(*object, ownership::LayoutFor(*object, **server), now),
                  .schedule = {.rotate_every = policy::RotateEvery(*object, verdict),
                               .overlap = object->spec.credentials.overlap,
                               .request = RotationRequest(*object)},
                  .secret = {object->meta.ns, SecretNameOf(*object)},
                  .drift = verdict.drift,
                  .judge_again = verdict.changes_at};
  desired.subscriptions = SubscriptionsOf(*object, world);
  for (const auto& subscription : desired.subscriptions) {
    const auto publisher = subscription.store ? world.databases.Find(*subscription.store) : nullptr;
    desired.publishers_seen.push_back(publisher ? SeenPart(*publisher) : "");
  }
  const engines::Place here{desired.server->meta.name, desired.store.layout};
  auto feeds = FeedsInto(here, desired.subscriptions, world);
  desired.store.feeds = std::move(feeds.inbox);
  desired.topics = std::move(feeds.topics);
  desired.polled = PolledInto(here, desired.subscriptions, world);
  desired.store.outgoing = OutgoingFrom(*object, here, world);
  desired.store.projections = ProjectionsOf(*object, desired.subscriptions);
  desired.missing_bus = buses::ChoiceOf(*object, world.buses.All()).missing;
  desired.report = ReportOf(*object, world);
  desired.store.reporting = ReportingFor(*object, desired.store.layout, world);
  desired.policy_notes = verdict.exceptions;
  for (const auto& objection : verdict.objections) desired.policy_notes.push_back(objection.message);
  return desired;
}

credentials::Endpoint EndpointOf(const Desired& desired, const engines::ServerAccess& access) {
  return {.host = access.host,
          .port = access.port,
          .database = desired.store.layout.database,
          .schema = desired.store.layout.schema,
          .sslmode = api::SslModeOf(access.tls),
          .ca_pem = access.ca_pem};
}

std::string SeenPart(const api::ServiceDatabase& object) {
  const auto& store = object.status.store;
  const auto dash = store ? store->fingerprint.find('-') : std::string::npos;
  return dash == std::string::npos ? "" : store->fingerprint.substr(dash + 1);
}

std::string DigestOf(const Desired& desired, const engines::ServerAccess& access) {
  const engines::Store& store = desired.store;
  std::string text;
  const auto add = [&](const std::string& part) { text += std::to_string(part.size()) + ':' + part + ','; };
  const auto add_all = [&](const std::vector<std::string>& parts) {
    text += std::to_string(parts.size()) + '[';
    for (const auto& part : parts) add(part);
  };
  add(ToString(store.layout.isolation));
  for (const auto& name : {store.layout.database, store.layout.schema, store.layout.owner, store.marker.uid}) add(name);
  add_all(store.tables);
  add_all(store.extensions);
  add(store.connections ? std::to_string(*store.connections) : "-");
  add(store.statement_timeout ? base::FormatDuration(*store.statement_timeout) : "-");
  if (store.outbox) {
    add_all(store.outbox->types);
    add(base::FormatDuration(store.outbox->retention));
    add(base::FormatTime(store.outbox->now));
  }
  if (store.inbox) {
    add(base::FormatDuration(store.inbox->retention));
    add(base::FormatTime(store.inbox->now));
  }
  for (const auto& projection : store.projections) {
    add(projection.table);
    add(std::to_string(projection.key));
    for (const auto& column : projection.columns) add_all({column.name, column.type});
    for (const auto& event : projection.events) {
      add_all({event.source, event.type, event.deletes ? "-" : "", event.settles ? "!" : ""});
      add_all(event.paths);
    }
  }
  add(desired.missing_bus);
  add_all(desired.publishers_seen);
  for (const auto& subscription : desired.subscriptions) {
    add(ToString(subscription.publisher));
    add(subscription.wanted.event);
    add(subscription.fault ? subscription.fault->message : "");
  }
  for (const auto& feed : store.feeds) {
    add(feed.channel ? feed.channel->name + ToString(feed.channel->carrier) + feed.channel->link : "");
    add_all(feed.early);
  }
  for (const auto& topic : desired.topics) {
    add(topic.feed.channel->name + ToString(topic.feed.channel->carrier) + topic.feed.channel->link);
    add(topic.bus ? topic.bus->meta.name : "");
    add(topic.hindrance);
  }
  for (const auto& [source, why] : desired.polled) add_all({source, why});
  for (const auto& outgoing : store.outgoing) {
    add(outgoing.channel.name + ToString(outgoing.channel.carrier) + outgoing.channel.link);
    add_all(outgoing.types);
    add_all(outgoing.early);
    add(outgoing.resync);
  }
  if (const auto& report = desired.report) {
    add(store.reporting ? store.reporting->warehouse : "");
    add(report->obstacle ? ToString(*report->obstacle) + report->message : "");
    if (IsOfAnotherSpec(*report, *desired.object)) add("of another spec");
    if (report->publish) {
      for (const auto& [table, published] : *report->publish) {
        add_all({table, std::to_string(static_cast<int>(published.sent))});
        add_all(published.columns);
      }
    }
    if (report->tool) {
      for (const auto& login : report->tool->logins) {
        add_all({login.can_login ? "+" : "-", login.new_verifier.value_or("")});
      }
    }
  }
  for (const auto& [key, value] : credentials::Entries(EndpointOf(desired, access), "", base::Sensitive())) {
    add(key);
    add(value.Reveal());
  }
  return base::Sha256Hex(text).substr(0, 16);
}

}  // namespace freehold::stores
