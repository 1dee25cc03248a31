#include "tests/worlds/planner.h"

#include <algorithm>

#include "operator/base/match.h"
#include "reconcilers/api/finalizer.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/engines/postgres/store_view.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/stores/carry.h"
#include "tests/worlds/api_server.h"
#include "tests/worlds/facts.h"
#include "tests/worlds/passwords.h"
#include "tests/worlds/statements.h"

namespace freehold::worlds {
namespace {

using base::Match;
using stores::Act;
using stores::Drifted;
using stores::Refusal;
using stores::Settled;

std::string KeyOf(const Pass& pass) {
  std::string key = std::to_string(static_cast<int>(pass.phase)) + std::to_string(pass.claim) +
                    (pass.presumed ? "p" : "s") + (pass.again ? "a" : "e") + std::to_string(pass.object) + "/" +
                    std::to_string(pass.seen) + "/" + std::to_string(pass.next) + ":";
  for (const Id action : pass.actions) key += std::to_string(action) + ",";
  return key;
}

std::string KeyOf(const api::ServiceDatabase& object) {
  const auto& meta = object.meta;
  std::string key = meta.ns + meta.uid + "#" + std::to_string(meta.generation) + (meta.deleted ? "deleted" : "");
  for (const auto& finalizer : meta.finalizers) key += "," + finalizer;
  for (const auto& [name, value] : meta.annotations) key += ";" + name + "=" + value;
  key += "|" + ToString(object.spec.deletion_policy) + (object.spec.adopt ? "adopt" : "") +
         std::to_string(object.spec.limits.connections.value_or(-1));
  for (const auto& published : object.spec.publishes) key += "+" + published.event;
  return key + api::StatusObject(meta, object.status)["status"].dump();
}

}  // namespace

struct Planner::Caches {
  kube::Store<api::DatabaseServer> servers;
  kube::Store<api::DataPolicy> policies;
  kube::Store<stores::Namespace> namespaces;
  kube::Store<api::CredentialIndex> indexes;
};

std::size_t Planner::HashKey::operator()(const Key& key) const {
  std::uint64_t hash = 0x9e3779b97f4a7c15;
  for (const Id word : key) {
    hash = (hash ^ word) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
  }
  return hash;
}

Planner::~Planner() = default;

Planner::Planner(Scenario scenario) : scenario_(std::move(scenario)), caches_(std::make_unique<Caches>()) {
  access_.name = "main";
  access_.host = "pg.example";
  access_.username = kAdmin;
  access_.shared_database = scenario_.prefix + "apps";
  auto server = std::make_shared<api::DatabaseServer>();
  server->meta.name = access_.name;
  server->spec.host = access_.host;
  server->spec.is_default = true;
  server->spec.shared_database = access_.shared_database;
  database_server_ = server;
  caches_->servers.Put(server);
  if (scenario_.drift == api::DriftPolicy::kReport) {
    auto policy = std::make_shared<api::DataPolicy>();
    policy->meta.name = "reports";
    policy->spec.drift = api::DriftPolicy::kReport;
    caches_->policies.Put(policy);
  }
  server->status.capabilities.emplace();
  for (int claim : {0, kNeighbour}) layouts_[StoreOf(claim)] = ownership::LayoutFor(NewObject(claim, ""), *server);
}

api::ServiceDatabase Planner::NewObject(int claim, const std::string& uid) const {
  const std::string service = claim == kNeighbour ? "billing" : "orders";
  api::ServiceDatabase object;
  object.meta.name = service;
  object.meta.ns = claim == 1 ? "rival" : scenario_.ns;
  object.meta.uid = uid;
  object.meta.generation = 1;
  object.status.observed_generation = -1;
  object.meta.created = kBegin + std::chrono::seconds(claim);
  object.spec.name = scenario_.prefix + service + "_db";
  object.spec.isolation = scenario_.isolation;
  if (scenario_.publishes) object.spec.publishes.push_back({.event = "OrderConfirmed"});
  object.spec.credentials.rotate_every = std::chrono::hours(10);
  object.spec.credentials.overlap = std::chrono::hours(4);
  return object;
}

Id Planner::Add(Server server) {
  const auto text = TextOf(server);
  return servers.Of(text, [&] {
    server_passwords_.push_back(MentionedIn(text));
    return std::move(server);
  });
}

Id Planner::Add(api::ServiceDatabase object) {
  const auto key = KeyOf(object);
  return objects.Of(key, [&] { return std::make_shared<const api::ServiceDatabase>(std::move(object)); });
}

Id Planner::AddSecret(base::Json secret) {
  if (secret.is_null()) return 0;
  secret["metadata"].erase("resourceVersion");
  return secrets.Of(secret.dump(), [&] {
    const auto read = credentials::ReadSecret(secret, OwnerOf(secret), {});
    secret_passwords_.push_back(read && read->issued ? MentionedIn(read->issued->password.Reveal()) : 0);
    return std::move(secret);
  });
}

Id Planner::Add(Action action) {
  const auto text = TextOf(action);
  return actions.Of(text, [&] {
    action.passwords = MentionedIn(text);
    return std::move(action);
  });
}

Id Planner::AddFailure(const base::Failure& failure) {
  return failures_.Of(std::to_string(static_cast<int>(failure.kind)) + failure.reason + ":" + failure.message,
                      [&] { return failure; });
}

const postgres::PostgresSnapshot& Planner::SnapshotOf(Id server) {
  auto& snapshot = snapshots_[server];
  if (!snapshot) {
    snapshot = std::make_shared<postgres::PostgresSnapshot>(LookAt(servers[server], access_.shared_database), access_);
  }
  return *snapshot;
}

int Planner::FreshPassword(const World& world, int store) const {
  std::uint32_t used = server_passwords_[world.server];
  for (const Id secret : world.secret) used |= secret_passwords_[secret];
  for (const Id pass : world.pass) used |= pass_passwords_[pass];
  for (const Id late : world.late) used |= actions[late].passwords;
  constexpr int kHalf = kPasswords / kStores;
  for (int i = store * kHalf; i < (store + 1) * kHalf; ++i) {
    if (!(used & (1U << i))) return i;
  }
  throw std::logic_error("more passwords are in use than the pool has");
}

std::expected<stores::Desired, Refusal> Planner::Want(Id object, Id rival, base::Timestamp now) const {
  kube::Store<api::ServiceDatabase> databases;
  ownership::Registry registry;
  for (const Id id : {object, rival}) {
    const auto& one = objects[id];
    if (!one) continue;
    databases.Put(one);
    registry.Put(ownership::ClaimantOf(*one), ownership::ClaimsOf(*one, database_server_.get()));
  }
  const stores::World world{databases,           caches_->servers, caches_->policies,
                            caches_->namespaces, registry,         caches_->indexes};
  return stores::Want(objects[object], world, now);
}

Action Planner::ActionOf(const Pass& pass, Deed deed) const {
  const auto& object = *objects[pass.object];
  Action action{
      .claim = pass.claim, .uid = object.meta.uid, .removal = {}, .adopts = object.spec.adopt, .deed = std::move(deed)};
  if (object.meta.deleted) action.removal = object.spec.deletion_policy;
  return action;
}

void Planner::Append(const Pass& pass, const stores::Step& step, std::vector<Action>& to) const {
  const auto add = [&](Deed deed) { to.push_back(ActionOf(pass, std::move(deed))); };
  std::visit(Match{[&](const engines::Step& s) {
                     if (s.transaction) return add(Sql{s.verb, s.database, s.statements});
                     for (const auto& statement : s.statements) add(Sql{s.verb, s.database, {statement}});
                   },
                   [&](const auto& s) { add(s); }},
             step);
}

std::vector<Action> Planner::StatusOf(const Pass& pass, api::ServiceDatabaseStatus status) const {
  const auto& object = *objects[pass.object];
  if (status == object.status) return {};
  kube::ObjectMeta meta;
  meta.name = object.meta.name;
  meta.ns = object.meta.ns;
  meta.uid = object.meta.uid;
  return {ActionOf(pass, ApplyStatus{std::move(meta), std::move(status)})};
}

Id Planner::AddPass(Pass pass) {
  const auto key = KeyOf(pass);
  return passes.Of(key, [&] {
    std::uint32_t told = 0;
    for (const Id action : pass.actions) told |= actions[action].passwords;
    pass_passwords_.push_back(told);
    return std::move(pass);
  });
}

Id Planner::Carrying(Pass pass, std::vector<Action> planned, bool again) {
  if (scenario_.bug) scenario_.bug(planned);
  if (planned.empty()) return 0;
  pass.phase = Pass::Phase::kCarrying;
  pass.seen = 0;
  pass.presumed = pass.presumed && again;
  pass.next = 0;
  pass.again = again;
  pass.actions.clear();
  for (auto& action : planned) pass.actions.push_back(Add(std::move(action)));
  return AddPass(std::move(pass));
}

World Planner::Normal(World world) const {
  const bool matters = std::ranges::any_of(world.cached, [&](Id id) {
    const auto& object = objects[id];
    return object && !object->status.store && !object->meta.deleted;
  });
  if (!matters) world.board = 0;
  return world;
}

Id Planner::Begin(const World& world, int claim) {
  const Id object = world.cached[claim];
  if (!object) return 0;
  const Id rival = RivalOf(claim) == claim ? 0 : world.cached[RivalOf(claim)];
  const Key key{static_cast<Id>(claim), object, rival, world.board, world.server, world.time};
  const auto known = begun_.find(key);
  if (known != begun_.end()) return known->second;
  const Id pass = BeginNew(claim, object, rival, world.board, world.server, TimeOf(world));
  return begun_[key] = pass;
}

Id Planner::BeginNew(int claim, Id id, Id rival, Id board, Id server, base::Timestamp now) {
  Pass pass{.claim = claim, .object = id};
  const auto object = objects[id];
  if (object->meta.deleted) return api::HasFinalizer(object->meta) ? LookAgain(pass, server) : 0;
  const auto desired = Want(id, rival, now);
  if (!desired) return Carrying(pass, StatusOf(pass, stores::RefusedStatus(*object, desired.error(), now)), false);
  pass.seen = server;
  if (!object->status.store) {
    if (!board) return 0;  // Once the server was looked at, its stores are.
    pass.presumed = engine_.PresumeAbsent(SnapshotOf(board), desired->store).has_value();
    if (pass.presumed) pass.seen = board;
  }
  return AddPass(std::move(pass));
}

Id Planner::LookAgain(const Pass& before, Id server) {
  Pass pass{.claim = before.claim, .object = before.object, .seen = server};
  return objects[pass.object]->meta.deleted ? DecideRemoval(pass, server) : AddPass(std::move(pass));
}

Id Planner::DecideRemoval(const Pass& pass, Id server) {
  const auto& object = *objects[pass.object];
  const auto layout = ownership::AsMade(ownership::LayoutFor(object, *database_server_), object);
  const auto seen = postgres::ViewOf(LookAt(servers[server], layout), layout, access_);
  std::vector<Action> planned;
  for (const auto& step : engine_.PlanRemoval(layout, object.meta.uid, object.spec.deletion_policy, seen)) {
    Append(pass, step, planned);
  }
  if (!planned.empty()) return Carrying(pass, std::move(planned), true);
  if (object.spec.deletion_policy != api::DeletionPolicy::kOrphan) {
    return Carrying(pass, {ActionOf(pass, stores::RemoveFinalizer{object.meta})}, false);
  }
  Pass leaving{.phase = Pass::Phase::kLeaving, .claim = pass.claim, .object = pass.object};
  return AddPass(std::move(leaving));
}

std::optional<credentials::SecretSeen> Planner::ReadSecret(Id secret, const std::string& uid,
                                                           const credentials::Endpoint& endpoint) const {
  if (!secret) return std::nullopt;
  auto object = secrets[secret];
  object["metadata"]["resourceVersion"] = std::to_string(secret);
  return *credentials::ReadSecret(object, uid, endpoint);
}

Id Planner::LeaveNew(const Pass& pass, Id secret) {
  const auto& object = *objects[pass.object];
  std::vector<Action> planned;
  const auto read = ReadSecret(secret, object.meta.uid, {});
  if (read && read->ours) {
    planned.push_back(
        ActionOf(pass, stores::DisownSecret{{object.meta.ns, api::SecretNameOf(object)}, read->meta.resource_version}));
  }
  planned.push_back(ActionOf(pass, stores::RemoveFinalizer{object.meta}));
  return Carrying(pass, std::move(planned), false);
}

/// Does the API server's status tell of the same login as that of the cache?
bool Planner::IsConfirmed(Id cached, Id now) const {
  const auto login = [&](Id id) {
    const auto& object = objects[id];
    return object && object->status.credentials ? object->status.credentials->login : "";
  };
  return now && login(cached) == login(now);
}

Id Planner::DecideNew(const Pass& pass, Id secret, Id fresh_object, base::Timestamp now, int fresh) {
  const auto& object = objects[pass.object];
  const auto desired = Want(pass.object, 0, now);
  if (!desired) throw std::logic_error("what was wanted when the pass began is refused: " + desired.error().message);
  const auto endpoint = stores::EndpointOf(*desired, access_);
  const auto digest = stores::DigestOf(*desired, access_);
  const auto& layout = desired->store.layout;

  stores::Observed seen;
  seen.store = pass.presumed ? *engine_.PresumeAbsent(SnapshotOf(pass.seen), desired->store)
                             : postgres::ViewOf(LookAt(servers[pass.seen], layout), layout, access_);
  seen.secret = ReadSecret(secret, object->meta.uid, endpoint);
  if (seen.secret && seen.secret->issued) {
    const auto named = std::ranges::find(layout.logins, seen.secret->issued->login);
    if (named != layout.logins.end()) {
      const auto& login = seen.store.logins[named - layout.logins.begin()];
      const auto password = PasswordOf(seen.secret->issued->password.Reveal());
      seen.works = login.exists && login.verifier && password && *login.verifier == Pool()[*password].verifier;
    }
  }
  if (stores::RestsOnStatus(seen) && !IsConfirmed(pass.object, fresh_object)) return 0;
  stores::Fresh with{.now = now, .minted = {}, .cdc_verifier = {}, .upstreams = {}};
  const auto turn = stores::TurnOf(*desired, seen, now);
  if (turn.action != credentials::Turn::Action::kKeep) {
    const bool restores = turn.action == credentials::Turn::Action::kRestore;
    const int which = restores ? *PasswordOf(seen.secret->issued->password.Reveal()) : fresh;
    with.minted = stores::Minted{Pool()[which].password, Pool()[which].verifier};
  }
  const auto decision = stores::Decide(*desired, seen, endpoint, digest, with, engine_);
  return std::visit(
      Match{[&](const Refusal& refusal) {
              return Carrying(pass, StatusOf(pass, stores::RefusedStatus(*object, refusal, now)), false);
            },
            [&](const Settled& settled) {
              return Carrying(pass, StatusOf(pass, stores::SettledStatus(*desired, seen, settled.turn, digest, now)),
                              false);
            },
            [&](const Drifted& drifted) {
              return Carrying(pass, StatusOf(pass, stores::DriftedStatus(*desired, seen, drifted, digest, now)), false);
            },
            [&](const Act& act) {
              std::vector<Action> planned;
              for (const auto& step : act.steps) Append(pass, step, planned);
              return Carrying(pass, std::move(planned), true);
            }},
      decision);
}

Id Planner::FailedNew(const Pass& pass, Id id, Id server, base::Timestamp now) {
  const auto& failure = failures_[id];
  if (pass.presumed && failure.kind == base::FailureClass::kTerminal) return LookAgain(pass, server);
  const auto& object = *objects[pass.object];
  const auto refusal = stores::RefusalOf(failure);
  const bool terminal = failure.kind == base::FailureClass::kTerminal;
  return Carrying(pass,
                  StatusOf(pass, terminal ? stores::RefusedStatus(object, refusal, now)
                                          : stores::WaitingStatus(object, refusal.reason, refusal.message, now)),
                  false);
}

Id Planner::NextAction(const World& world, int claim) const {
  const auto& pass = passes[world.pass[claim]];
  return world.pass[claim] && pass.phase == Pass::Phase::kCarrying ? pass.actions[pass.next] : 0;
}

void Planner::AfterHold(Id secret, Pass& rest) {
  for (Id& id : rest.actions) {
    Action action = actions[id];
    auto* write = std::get_if<stores::WriteSecret>(&action.deed);
    if (!write) continue;
    stores::AfterHold(std::to_string(secret), *write);
    id = Add(std::move(action));
  }
}

World Planner::Step(const World& before, int claim) {
  World world = before;
  const Id id = before.pass[claim];
  const Pass& pass = passes[id];
  const Id secret = before.secret[claim];
  const auto recall = [](Memo<Id>& memo, const Key& key, auto find) {
    const auto known = memo.find(key);
    if (known != memo.end()) return known->second;
    const Id found = find();
    return memo[key] = found;
  };
  if (pass.phase == Pass::Phase::kLooked) {
    const int fresh = FreshPassword(before, StoreOf(claim));
    const Id object = before.object[claim];
    world.pass[claim] = recall(decided_, {id, secret, before.time, static_cast<Id>(fresh), object},
                               [&] { return DecideNew(pass, secret, object, TimeOf(before), fresh); });
    return world;
  }
  if (pass.phase == Pass::Phase::kLeaving) {
    world.pass[claim] = recall(left_, {id, secret}, [&] { return LeaveNew(pass, secret); });
    return world;
  }
  const Id action = pass.actions[pass.next];
  const bool is_status = std::holds_alternative<ApplyStatus>(actions[action].deed);
  Id failure = 0;
  std::tie(world, failure) = Happen(before, action);
  if (failure && is_status) {
    world.pass[claim] = 0;
  } else if (failure) {
    world.pass[claim] = recall(failed_, {id, failure, world.server, before.time},
                               [&] { return FailedNew(pass, failure, world.server, TimeOf(before)); });
  } else if (pass.next + 1 < pass.actions.size()) {
    const bool held = std::holds_alternative<stores::HoldSecret>(actions[action].deed);
    world.pass[claim] = recall(went_on_, {id, held ? world.secret[claim] : 0}, [&] {
      Pass rest = pass;
      ++rest.next;
      if (held) AfterHold(world.secret[claim], rest);
      return AddPass(std::move(rest));
    });
  } else {
    world.pass[claim] =
        pass.again ? recall(looked_, {id, world.server}, [&] { return LookAgain(pass, world.server); }) : 0;
  }
  return world;
}

std::pair<World, Id> Planner::Happen(const World& before, Id id) {
  const auto& action = actions[id];
  World world = before;
  const Id object = IsSql(action) ? 0 : before.object[action.claim];
  const Id secret = IsSql(action) ? 0 : before.secret[action.claim];
  const Key key{id, before.server, object, secret};
  const auto known = happened_.find(key);
  const auto happened =
      known != happened_.end() ? known->second : happened_[key] = HappenNew(action, before.server, object, secret);
  world.server = happened.server;
  if (!IsSql(action)) {
    world.object[action.claim] = happened.object;
    world.secret[action.claim] = happened.secret;
  }
  return {world, happened.failure};
}

Planner::Happened Planner::HappenNew(const Action& action, Id server, Id object_id, Id secret_id) {
  Happened happened{server, object_id, secret_id, 0};
  const auto fail = [&](const base::Result<void>& result) { happened.failure = AddFailure(result.error()); };
  const auto object = objects[object_id];
  ApiServer api(object, secret_id ? secrets[secret_id] : base::Json(), std::to_string(secret_id));
  const auto on_secret = [&](const base::Result<void>& written) {
    if (!written) return fail(written);
    happened.secret = AddSecret(api.secret());
  };
  const auto on_object = [&](const base::Result<void>& written) {
    if (!written) return fail(written);
    happened.object = api.object() ? Add(*api.object()) : 0;
  };
  std::visit(Match{[&](const Sql& s) {
                     auto after = Run(servers[server], s.database, s.statements);
                     if (!after) return fail(base::Terminal("StatementFailed", after.error()));
                     happened.server = Add(std::move(*after));
                   },
                   [&](const stores::VerifyLogin& s) {
                     const auto password = PasswordOf(s.password.Reveal());
                     if (!Opens(servers[server], layouts_[StoreOf(action.claim)], s.login, *password)) {
                       fail(base::Terminal("LoginRefused", "login " + s.login + " is refused"));
                     }
                   },
                   [&](const stores::WriteSecret& s) { on_secret(kube::Dropping(stores::Write(api, s))); },
                   [&](const stores::HoldSecret& s) {
                     const auto held = stores::Hold(api, s);
                     on_secret(held ? base::Result<void>() : std::unexpected(held.error()));
                   },
                   [&](const stores::DisownSecret& s) { on_secret(stores::Disown(api, s)); },
                   [&](const stores::AddFinalizer& s) {
                     on_object(api::PatchFinalizer(api, api::ServiceDatabaseType(), s.meta, true));
                   },
                   [&](const stores::RemoveFinalizer& s) {
                     on_object(api::PatchFinalizer(api, api::ServiceDatabaseType(), s.meta, false));
                   },
                   [&](const ApplyStatus& s) { on_object(api.Put(s)); }},
             action.deed);
  return happened;
}

bool Planner::IsQuiet(const World& world, int claim) {
  const Id id = world.cached[claim];
  if (!id) return true;
  const Id rival = RivalOf(claim) == claim ? 0 : world.cached[RivalOf(claim)];
  const Key key{id, rival, world.server, world.secret[claim], world.time};
  const auto known = quiet_.find(key);
  if (known != quiet_.end()) return known->second;
  const auto desired = Want(id, rival, TimeOf(world));
  bool quiet = !desired;
  if (desired) {
    const auto secret = ReadSecret(world.secret[claim], objects[id]->meta.uid, stores::EndpointOf(*desired, access_));
    quiet = stores::StoreInSync(*desired, SnapshotOf(world.server), stores::DigestOf(*desired, access_), engine_) &&
            stores::SecretInSync(*desired, secret, TimeOf(world));
  }
  return quiet_[key] = quiet;
}

}  // namespace freehold::worlds
