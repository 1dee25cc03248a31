#include "reconcilers/topics/keeper.h"

#include "operator/runtime/log.h"
#include "reconcilers/stores/carry.h"
#include "reconcilers/topics/access.h"
#include "reconcilers/topics/strimzi_realm.h"

namespace freehold::topics {
namespace {

constexpr runtime::log::Logger kLog("topics");

bool EndsAll(const Result<void>& done) { return !done && done.error().kind == base::FailureClass::kNotLeader; }

}  // namespace

Do Keeper::Once() {
  return [this](const char* verb, const std::string& target, const std::function<Result<void>()>& act) {
    return parts_.gate.Pass({"kafka", verb, target}, act);
  };
}

Result<Keeper::Kept> Keeper::Keep(const api::EventBus& bus) {
  Kept kept;
  if (!api::KnowsBrokers(bus.spec)) return kept;
  const auto grants = GrantsOf(bus, parts_.world);
  const auto fail = [&](const base::Failure& failure) {
    kept.empty = false;
    kept.busy = true;
    for (const auto& grant : grants) {
      for (const auto& channel : grant.channels) kept.troubles[channel] = "Kafka: " + failure.message;
    }
    return kept;
  };
  const auto realm = RealmOf(bus);
  if (!realm) return fail(realm.error());
  const auto leaving = (*realm)->Leaving(grants);
  if (!leaving) return fail(leaving.error());
  for (const auto& reader : *leaving) {
    const auto gone = Dismiss(bus, **realm, reader);
    if (EndsAll(gone)) return std::unexpected(gone.error());
    if (!gone) return fail(gone.error());
    kept.busy = true;
  }
  kept.empty = leaving->empty() && grants.empty();
  if (grants.empty()) return kept;
  const auto endpoint = (*realm)->Endpoint();
  if (!endpoint) return fail(endpoint.error());
  for (const auto& grant : grants) {
    const auto done = Provide(**realm, *endpoint, grant);
    if (EndsAll(done)) return std::unexpected(done.error());
    if (!done) kept.busy = true;
    for (const auto& channel : grant.channels) {
      kept.troubles[channel] = done ? "" : "its service can't read the topic yet: " + done.error().message;
    }
  }
  return kept;
}

Result<std::unique_ptr<Realm>> Keeper::RealmOf(const api::EventBus& bus) {
  if (bus.spec.strimzi) {
    return std::make_unique<StrimziRealm>(bus, parts_.reader, parts_.writer);
  }
  auto access = AccessOf(*bus.spec.kafka_connect->brokers, parts_.reader, parts_.operator_namespace);
  if (!access) return std::unexpected(std::move(access.error()));
  return std::make_unique<KafkaRealm>(KafkaRealm::Parts{.bus = bus,
                                                        .access = std::move(*access),
                                                        .partitions = bus.spec.kafka_connect->partitions,
                                                        .connect = parts_.connect,
                                                        .passwords = parts_.passwords,
                                                        .clock = parts_.clock,
                                                        .tried = tried_});
}

Result<void> Keeper::Dismiss(const api::EventBus& bus, Realm& realm, const std::string& reader) {
  if (const auto consumer = ConsumerOf(bus.spec, reader)) {
    if (auto done = EmptySecret(*consumer); !done) return done;
  }
  auto done = realm.Remove(reader, Once());
  if (done) kLog.Info("reader of topics removed", {{"bus", bus.meta.name}, {"user", reader}});
  return done;
}

Result<void> Keeper::Provide(Realm& realm, const credentials::BrokersEndpoint& endpoint, const Grant& grant) {
  const auto login = realm.Keep(grant, Once());
  if (!login) return std::unexpected(login.error());
  return WriteSecret(grant, credentials::TopicEntries(endpoint, *login, grant.reader, grant.topics));
}

Result<void> Keeper::WriteSecret(const Grant& grant, const credentials::SecretEntries& entries) {
  const auto seen = parts_.reader.Get(credentials::SecretType(), grant.secret);
  if (!seen && seen.error().http_status != 404) return std::unexpected(seen.error());
  if (seen && !credentials::IsTopicSecret(*seen, grant.uid)) {
    return base::Retryable("SecretNotOurs", "Secret " + ToString(grant.secret) +
                                                " exists and was not made by Freehold for this object; remove it");
  }
  if (seen && credentials::EntriesOf(*seen) == entries) return {};
  const auto& type = api::ServiceDatabaseType();
  const auto object = credentials::TopicSecretObject(
      grant.secret, {type.api_version(), type.kind, grant.consumer.name, grant.uid, true, true}, entries);
  const auto meta = seen ? kube::ParseMeta(*seen) : Result<kube::ObjectMeta>{};
  if (!meta) return std::unexpected(meta.error());
  auto done = parts_.gate.Pass({"api", seen ? "update-secret" : "create-secret", ToString(grant.secret)}, [&] {
    return kube::Dropping(stores::Write(parts_.writer, grant.secret, object, seen ? &*meta : nullptr));
  });
  if (done) kLog.Info("Secret for topics written", {{"object", grant.consumer}, {"secret", grant.secret.name}});
  return done;
}

Result<void> Keeper::EmptySecret(const kube::Name& consumer) {
  const auto object = parts_.world.databases.Find(consumer);
  if (!object) return {};  // Its Secret goes with it.
  const kube::Name name{consumer.ns, api::TopicSecretOf(*object)};
  const auto seen = parts_.reader.Get(credentials::SecretType(), name);
  if (!seen && seen.error().http_status == 404) return {};
  if (!seen) return std::unexpected(seen.error());
  if (!credentials::IsTopicSecret(*seen, object->meta.uid) || credentials::EntriesOf(*seen).empty()) return {};
  const base::Json patch = base::Json::array({{{"op", "add"}, {"path", "/data"}, {"value", base::Json::object()}}});
  return parts_.gate.Pass({"api", "update-secret", ToString(name)}, [&] {
    return kube::Dropping(parts_.writer.JsonPatch(credentials::SecretType(), name, patch));
  });
}

}  // namespace freehold::topics
