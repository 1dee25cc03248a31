#include "reconcilers/connect/reconciler.h"

#include <algorithm>

#include "operator/base/base64.h"
#include "operator/http/cpprest_transport.h"
#include "operator/runtime/log.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/connect/rest_client.h"
#include "reconcilers/connect/strimzi_client.h"
#include "reconcilers/credentials/binding.h"

namespace freehold::connect {
namespace {

using base::Json;
using runtime::Again;
using runtime::Done;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("connect");

/// One user and password, for as long as the transport lives.
class Fixed final : public http::CredentialSource {
 public:
  explicit Fixed(const Access& access) {
    auto credentials = std::make_shared<http::Credentials>();
    credentials->tls.authorities = access.authorities;
    if (!access.username.empty()) {
      credentials->authorization =
          base::Sensitive("Basic " + base::EncodeBase64(access.username + ":" + access.password.Reveal()));
    }
    credentials_ = std::move(credentials);
  }
  Result<std::shared_ptr<const http::Credentials>> Current() override { return credentials_; }
  void Refused() override {}

 private:
  std::shared_ptr<const http::Credentials> credentials_;
};

bool Has(const ConnectorSeen& seen, const std::string& state) {
  return seen.state == state ||
         std::ranges::any_of(seen.tasks, [&](const TaskSeen& task) { return task.state == state; });
}

std::string TraceOf(const ConnectorSeen& seen) {
  for (const auto& task : seen.tasks) {
    if (!task.trace.empty()) return task.trace;
  }
  return seen.trace;
}

/// The innermost exception, its first line only. A sink's message may quote rows, so only its class is told.
std::string CauseOf(const ConnectorWanted& wanted, const ConnectorSeen& seen) {
  const auto trace = TraceOf(seen);
  const auto last = trace.rfind("Caused by: ");
  const auto begin = last == std::string::npos ? 0 : last + std::string("Caused by: ").size();
  const auto line = trace.substr(begin, std::min<std::size_t>(trace.find('\n', begin) - begin, 300));
  return wanted.source ? line : line.substr(0, line.find(':')) + " (see the worker's log)";
}

/// Would it fail the same way however often it is started?
bool CantGoOn(const ConnectorSeen& seen) {
  const auto trace = TraceOf(seen);
  return std::ranges::any_of(
      std::vector<std::string>{"replication slot", "offset", "LSN", "removed WAL", "no longer available"},
      [&](const std::string& word) { return trace.find(word) != std::string::npos; });
}

/// As Strimzi hands it on.
bool LacksPlugin(const ConnectorSeen& seen) {
  return TraceOf(seen).find("Failed to find any class that implements Connector") != std::string::npos;
}

engines::Step DropSlot(const ConnectorWanted& wanted) {
  const auto slot = "'freehold_" + (wanted.copied ? wanted.copied->copy.feed : wanted.part) + "'";
  return {
      .verb = "drop-slot",
      .target = wanted.part,
      .database = wanted.database.name,
      .statements = {"SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = " +
                         slot + " AND active",
                     "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = " + slot},
      .transaction = false};
}

bool BelongsToDeleted(const api::EventBus& bus) { return bus.meta.deleted.has_value(); }

}  // namespace

Result<std::shared_ptr<http::Transport>> TransportTo(const Access& access) {
  return http::MakeTransport({.url = access.url,
                              .tls_server_name = {},
                              .verify_server = true,
                              .credentials = std::make_shared<Fixed>(access)});
}

Outcome Reconciler::Reconcile(const kube::Name& name) {
  const auto bus = parts_.world.buses.Find(name);
  if (!bus || !api::IsOnConnect(bus->spec.type)) {
    parts_.board.PutBus(name.name, "");
    TellOfCopies(name.name, {}, {}, {});
    return Done{};
  }
  const auto wanted = BelongsToDeleted(*bus) ? Wanted{} : WantedOf(*bus, parts_.world, parts_.servers);
  const bool has_finalizer = std::ranges::count(bus->meta.finalizers, kBusFinalizer) > 0;
  if (BelongsToDeleted(*bus) && !has_finalizer) return Done{};
  if (!BelongsToDeleted(*bus) && !has_finalizer) {
    if (wanted.connectors.empty()) return Done{};
    if (const auto kept = KeepFinalizer(*bus, true); !kept) return Failed{kept.error()};
  }
  bool busy = false, empty = false;
  const auto before = parts_.board.FindBus(name.name);
  const auto done = Work(*bus, wanted, busy, empty);
  if (!done && done.error().kind == base::FailureClass::kNotLeader) return Failed{done.error()};
  parts_.board.PutBus(name.name, done ? "" : done.error().reason + ": " + done.error().message);
  if (parts_.board.FindBus(name.name) != before) {
    if (!done) kLog.Warn("Connect can't be used", {{"bus", name.name}, {"error", done.error().message}});
    parts_.turned(name);
  }
  if (!done) return Again{.after = patience_.look, .priority = runtime::Priority::kFresh};
  if (BelongsToDeleted(*bus) && empty) {
    const auto kept = KeepFinalizer(*bus, false);
    return kept ? Outcome(Done{}) : Outcome(Failed{kept.error()});
  }
  return Again{.after = busy ? patience_.look : patience_.watch, .priority = runtime::Priority::kFresh};
}

Result<void> Reconciler::KeepReaders(const api::EventBus& bus, bool& busy, bool& empty) {
  if (!parts_.readers) return {};
  const auto kept = parts_.readers->Keep(bus);
  if (!kept) return std::unexpected(kept.error());
  for (const auto& [channel, trouble] : kept->troubles) parts_.board.Put(channel, trouble);
  busy = kept->busy;
  empty = kept->empty;
  return {};
}

Result<void> Reconciler::Work(const api::EventBus& bus, const Wanted& wanted, bool& busy, bool& empty) {
  empty = true;
  if (auto kept = KeepReaders(bus, busy, empty); !kept) return kept;
  std::map<std::string, base::Failure> missing;
  if (auto kept = KeepSecret(bus, wanted.connectors, missing); !kept) return kept;
  const auto client = ClientOf(bus);
  if (!client) return std::unexpected(client.error());
  auto seen = (*client)->List();
  if (!seen) return std::unexpected(std::move(seen.error()));

  Pass pass{.bus = bus, .workers = WorkersOf(bus.spec), .client = **client, .seen = *seen};
  for (const auto& connector : wanted.connectors) {
    const auto name = NameOn(pass.workers, connector.part);
    const auto found = seen->find(name);
    const auto* there = found == seen->end() ? nullptr : &found->second;
    const auto lacks = missing.find(connector.part);
    auto done = lacks != missing.end() ? Result<void>(std::unexpected(lacks->second))
                : !connector.source    ? KeepSink(pass, connector, there)
                : connector.copied     ? KeepCopy(pass, connector, there)
                                       : KeepSource(pass, connector, there);
    if (!done && done.error().kind == base::FailureClass::kNotLeader) return done;
    if (!done) {
      pass.busy = true;
      pass.troubles[connector.part] = done.error().message;
      pass.reasons[connector.part] = done.error().reason;
    }
    parts_.board.Put(connector.part, pass.troubles[connector.part], pass.reasons[connector.part]);
  }
  for (const auto& change : ChangesOf(pass.workers, wanted, PartsOfOthers(bus), *seen)) {
    if (change.act != Change::Act::kRemove) continue;
    empty = false;
    pass.busy = true;
    auto removed = Remove(pass, change.name, seen->at(change.name));
    if (!removed && removed.error().reason != "ConnectBusy") return removed;
  }
  busy = busy || pass.busy;
  TellOfCopies(bus.meta.name, pass.workers, wanted, *seen);
  return {};
}

std::vector<std::string> Reconciler::PartsOfOthers(const api::EventBus& bus) const {
  std::vector<std::string> parts;
  for (const auto& other : parts_.world.buses.All()) {
    const bool shares = api::IsOnConnect(other->spec.type) && other->meta.name != bus.meta.name &&
                        !BelongsToDeleted(*other) && WorkersOf(other->spec).prefix == WorkersOf(bus.spec).prefix;
    if (!shares) continue;
    const auto wanted = WantedOf(*other, parts_.world, parts_.servers);
    for (const auto& connector : wanted.connectors) parts.push_back(connector.part);
    parts.insert(parts.end(), wanted.unknown.begin(), wanted.unknown.end());
  }
  return parts;
}

Result<void> Reconciler::KeepSource(Pass& pass, const ConnectorWanted& wanted, const ConnectorSeen* seen) {
  const auto name = NameOn(pass.workers, wanted.part);
  const auto slot = parts_.engine.ObserveChannel(wanted.access, wanted.database.name, wanted.part);
  if (!slot) return std::unexpected(slot.error());
  const bool usable = slot->published && !slot->lost && !slot->types.empty();
  if (!usable) {
    pass.busy = true;
    pass.troubles[wanted.part] = "its replication slot is not there yet, or not any more";
    parts_.look_at(wanted.store);
    if (!seen || seen->state == "STOPPED") return {};
    return Do("stop-connector", name, [&] { return pass.client.Stop(name); });
  }
  if (seen && seen->state == "STOPPED") {
    pass.busy = true;
    if (auto done = Do("delete-offsets", name, [&] { return pass.client.DeleteOffsets(name); }); !done) return done;
    auto changed = KeepConfig(pass, wanted, seen);
    if (!changed) return std::unexpected(std::move(changed.error()));
    return Do("resume-connector", name, [&] { return pass.client.Resume(name); });
  }
  auto changed = KeepConfig(pass, wanted, seen);
  if (!changed) return std::unexpected(std::move(changed.error()));
  if (*changed || !seen) return {};
  const bool stuck = IsStuck(name, slot->confirmed, slot->written);
  if (stuck) pass.troubles[wanted.part] = "Connect says " + seen->state + ", but its replication slot stands still";
  return Mend(pass, wanted, *seen, stuck);
}

Result<void> Reconciler::KeepSink(Pass& pass, const ConnectorWanted& wanted, const ConnectorSeen* seen) {
  const auto name = NameOn(pass.workers, wanted.part);
  auto changed = KeepConfig(pass, wanted, seen);
  if (!changed) return std::unexpected(std::move(changed.error()));
  if (*changed || !seen) return {};
  if (seen->state == "STOPPED" || seen->state == "PAUSED") {
    pass.busy = true;
    return Do("resume-connector", name, [&] { return pass.client.Resume(name); });
  }
  return Mend(pass, wanted, *seen, false);
}

Result<bool> Reconciler::KeepConfig(Pass& pass, const ConnectorWanted& wanted, const ConnectorSeen* seen) {
  if (HasConfig(wanted, seen)) return false;
  pass.busy = true;
  const auto name = NameOn(pass.workers, wanted.part);
  if (wanted.secret) {
    auto valid = pass.client.Validate(wanted.config);
    if (!valid) return std::unexpected(std::move(valid.error()));
  }
  auto done =
      Do(seen ? "change-connector" : "make-connector", name, [&] { return pass.client.Put(name, wanted.config); });
  if (!done) return std::unexpected(std::move(done.error()));
  if (!seen) pass.Await(wanted.part, "its connector is being made");
  kLog.Info(seen ? "connector changed" : "connector made", {{"connector", name}});
  return true;
}

Result<void> Reconciler::Mend(Pass& pass, const ConnectorWanted& wanted, const ConnectorSeen& seen, bool stuck) {
  const auto name = NameOn(pass.workers, wanted.part);
  const auto now = parts_.clock.Steady();
  const bool failed = Has(seen, "FAILED");
  Memory memory;
  {
    std::lock_guard lock(mutex_);
    Memory& known = memory_[name];
    if (!failed && !stuck) {
      if (known.well_since == Steady{}) known.well_since = now;
      if (now - known.well_since > patience_.first * 2) known.attempts = 0;
      if (seen.tasks.empty() || seen.tasks.front().state != "RUNNING") {
        pass.Await(wanted.part, "its connector is starting");
      }
      return {};
    }
    known.well_since = {};
    memory = known;
  }
  pass.busy = true;
  if (failed) pass.troubles[wanted.part] = "its connector failed: " + CauseOf(wanted, seen);
  if (failed && LacksPlugin(seen)) pass.reasons[wanted.part] = "PluginMissing";
  if (memory.attempts > 0 && now < memory.next) return {};
  const auto delay = std::min(patience_.first * (1 << std::min(memory.attempts, 10)), patience_.longest);
  {
    std::lock_guard lock(mutex_);
    Memory& known = memory_[name];
    ++known.attempts;
    known.next = now + delay;
    known.marked = false;
  }
  const bool anew = wanted.source && memory.attempts > 0 && (stuck || CantGoOn(seen));
  kLog.Warn(anew ? "source begins anew" : "connector started again",
            {{"connector", name}, {"attempt", memory.attempts + 1}, {"trouble", pass.troubles[wanted.part]}});
  if (!anew) return Do("restart-connector", name, [&] { return pass.client.RestartFailed(name); });
  if (auto done = Do("stop-connector", name, [&] { return pass.client.Stop(name); }); !done) return done;
  return EndSlot(wanted);
}

Result<void> Reconciler::EndSlot(const ConnectorWanted& wanted) {
  const auto step = DropSlot(wanted);
  auto dropped = parts_.gate.Pass({"sql", step.verb, wanted.access.name + "/" + step.target},
                                  [&] { return parts_.engine.Run(wanted.access, step); });
  parts_.look_at(wanted.store);
  return dropped;
}

bool Reconciler::IsStuck(const std::string& name, std::int64_t confirmed, std::int64_t written, bool reads) {
  std::lock_guard lock(mutex_);
  Memory& known = memory_[name];
  const auto now = parts_.clock.Steady();
  if (!known.marked || confirmed >= known.mark) {
    known.passed = known.marked;
    known.marked = true;
    known.mark = written;
    known.moved = now;
    return false;
  }
  if (!reads) known.moved = now;
  return now - known.moved > patience_.stuck;
}

bool Reconciler::HasPassed(const std::string& name) {
  std::lock_guard lock(mutex_);
  return memory_[name].passed;
}

Result<void> Reconciler::Remove(Pass& pass, const std::string& name, const ConnectorSeen& seen) {
  if (seen.state != "STOPPED") return Do("stop-connector", name, [&] { return pass.client.Stop(name); });
  if (!seen.tasks.empty()) return {};
  auto forgotten = Do("delete-offsets", name, [&] { return pass.client.DeleteOffsets(name); });
  if (!forgotten) return forgotten;
  auto done = Do("delete-connector", name, [&] { return pass.client.Delete(name); });
  if (done) kLog.Info("connector removed", {{"connector", name}});
  parts_.board.Forget(name.substr(pass.workers.prefix.size() + 1));
  std::lock_guard lock(mutex_);
  memory_.erase(name);
  return done;
}

Result<void> Reconciler::Do(const char* verb, const std::string& target, const std::function<Result<void>()>& act) {
  return parts_.gate.Pass({"connect", verb, target}, act);
}

Result<void> Reconciler::KeepFinalizer(const api::EventBus& bus, bool wanted) {
  Json finalizers = Json::array();
  for (const auto& finalizer : bus.meta.finalizers) {
    if (finalizer != kBusFinalizer) finalizers.push_back(finalizer);
  }
  if (wanted) finalizers.push_back(kBusFinalizer);
  const Json before = bus.meta.finalizers.empty() ? Json() : Json(bus.meta.finalizers);
  const Json patch = Json::array({{{"op", "test"}, {"path", "/metadata/uid"}, {"value", bus.meta.uid}},
                                  {{"op", "test"}, {"path", "/metadata/finalizers"}, {"value", before}},
                                  {{"op", "add"}, {"path", "/metadata/finalizers"}, {"value", finalizers}}});
  auto patched = Do(wanted ? "add-finalizer" : "remove-finalizer", bus.meta.name, [&] {
    return kube::Dropping(parts_.writer.JsonPatch(api::EventBusType(), bus.meta.full_name(), patch));
  });
  if (!patched && patched.error().http_status == 404) return {};
  if (!patched && patched.error().http_status == 422) {
    return base::Retryable("StaleView", "the finalizers of EventBus " + bus.meta.name + " changed in the meantime");
  }
  return patched;
}

Result<void> Reconciler::KeepSecret(const api::EventBus& bus, const std::vector<ConnectorWanted>& connectors,
                                    std::map<std::string, base::Failure>& missing) {
  auto entries = EntriesFor(connectors, parts_.passwords);
  for (const auto& connector : connectors) {
    if (!connector.secret) continue;
    auto value = Entry(connector.secret->from.name, connector.secret->from.key);
    if (!value) {
      missing.emplace(connector.part, std::move(value.error()));
      continue;
    }
    entries.insert_or_assign(connector.secret->key, base::Sensitive(std::move(*value)));
  }
  const auto digest = DigestOf(entries);
  {
    std::lock_guard lock(mutex_);
    const auto known = secrets_.find(bus.meta.name);
    if (known != secrets_.end() && known->second == digest) return {};
    if (known == secrets_.end() && entries.empty()) return {};
  }
  const auto name = PasswordsSecretOf(bus, parts_.operator_namespace);
  const auto there = parts_.reader.Get(credentials::SecretType(), name);
  if (!there || !Holds(*there, bus.meta.name, entries)) {
    auto applied = parts_.gate.Pass({"api", "apply-secret", ToString(name)}, [&] {
      return kube::Dropping(parts_.writer.Apply(
          credentials::SecretType(), name, SecretOf(name.ns, bus.meta.name, entries), "freehold-bus-" + bus.meta.name));
    });
    if (!applied) return applied;
  }
  std::lock_guard lock(mutex_);
  secrets_[bus.meta.name] = digest;
  return {};
}

Result<std::unique_ptr<Client>> Reconciler::ClientOf(const api::EventBus& bus) {
  if (const auto& strimzi = bus.spec.strimzi) {
    return std::make_unique<StrimziClient>(parts_.reader, parts_.writer, strimzi->ns, strimzi->cluster);
  }
  auto access = AccessTo(*bus.spec.kafka_connect);
  if (!access) return std::unexpected(std::move(access.error()));
  auto transport = Transport(bus.meta.name, *access);
  if (!transport) return std::unexpected(std::move(transport.error()));
  return std::make_unique<RestClient>(std::move(*transport));
}

Result<std::string> Reconciler::Entry(const std::string& secret, const std::string& key) const {
  const kube::Name name{parts_.operator_namespace, secret};
  const auto object = parts_.reader.Get(credentials::SecretType(), name);
  if (!object && object.error().http_status != 404) return std::unexpected(object.error());
  const auto missing = [&] {
    return base::Retryable("SecretMissing", "Secret " + ToString(name) + " has no key " + key + "; add it");
  };
  if (!object) return missing();
  const auto data = object->find("data");
  if (data == object->end() || !data->contains(key)) return missing();
  auto value = base::DecodeBase64(data->at(key).get<std::string>());
  if (!value) return missing();
  return std::move(*value);
}

Result<Access> Reconciler::AccessTo(const api::KafkaConnectSpec& spec) const {
  Access access{.url = spec.url};
  if (spec.auth_secret) {
    auto username = Entry(*spec.auth_secret, "username");
    if (!username) return std::unexpected(std::move(username.error()));
    auto password = Entry(*spec.auth_secret, "password");
    if (!password) return std::unexpected(std::move(password.error()));
    access.username = std::move(*username);
    access.password = base::Sensitive(std::move(*password));
  }
  if (spec.ca_secret) {
    auto authorities = Entry(spec.ca_secret->name, spec.ca_secret->key);
    if (!authorities) return std::unexpected(std::move(authorities.error()));
    access.authorities = std::move(*authorities);
  }
  return access;
}

Result<std::shared_ptr<http::Transport>> Reconciler::Transport(const std::string& bus, const Access& access) {
  {
    std::lock_guard lock(mutex_);
    const auto known = transports_.find(bus);
    if (known != transports_.end() && known->second.first == access) return known->second.second;
  }
  auto transport = parts_.transport(access);
  if (!transport) return transport;
  std::lock_guard lock(mutex_);
  transports_[bus] = {access, *transport};
  return transport;
}

}  // namespace freehold::connect
