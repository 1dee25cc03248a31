#include "tests/worlds/moves.h"

#include <algorithm>

#include "reconcilers/credentials/password.h"
#include "reconcilers/engines/postgres/quote.h"
#include "tests/worlds/api_server.h"
#include "tests/worlds/passwords.h"
#include "tests/worlds/statements.h"

namespace freehold::worlds {
namespace {

using api::DeletionPolicy;
using engines::postgres::QuoteValue;

/// A ServiceDatabase that nobody here knows of.
constexpr const char* kAnother = "freehold: owned by old/orders, uid uid-9";

bool IsReady(const api::ServiceDatabaseStatus& status) {
  return std::ranges::any_of(status.conditions, [](const auto& condition) {
    return condition.type == "Ready" && condition.status == kube::Condition::Status::kTrue;
  });
}

}  // namespace

void Moves::Add(Choice& to, Move::Kind kind, int which, World next, Id action, std::string broken) {
  to.moves.push_back({kind, which, action, planner_.Normal(next), std::move(broken)});
}

void Moves::Of(const World& world, Choice& to) {
  to.moves.clear();
  for (int slot = 0; slot < kLate; ++slot) {
    if (!world.late[slot]) continue;
    World next = world;
    next.late[slot] = 0;
    Add(to, Move::Kind::kVanish, slot, next, world.late[slot]);
  }
  for (int claim = 0; claim < kClaims; ++claim) {
    const auto& owner = laws_.OfSecret(world.secret[claim]).owner;
    const auto& object = planner_.objects[world.object[claim]];
    if (!world.secret[claim] || owner.empty() || owner == "somebody" || (object && object->meta.uid == owner)) continue;
    World next = world;
    next.secret[claim] = 0;
    Add(to, Move::Kind::kCollect, claim, next);
  }
  for (int claim = 0; claim < kClaims; ++claim) {
    if (world.cached[claim] == world.object[claim]) continue;
    World next = world;
    next.cached[claim] = world.object[claim];
    Add(to, Move::Kind::kDeliver, claim, next);
  }
  World looks = world;
  looks.board = world.server;
  Connect(looks);
  if (planner_.Normal(looks) != world) Add(to, Move::Kind::kSeeServer, 0, looks);
  to.fair = !to.moves.empty();
  int busy = 0;
  for (int claim = 0; claim < kClaims; ++claim) {
    if (!world.pass[claim]) continue;
    ++busy;
    Take(world, claim, to);
    to.fair = true;
  }
  if (busy < planner_.scenario().workers) {
    for (int claim = 0; claim < kClaims; ++claim) {
      if (!world.pass[claim]) Begin(world, claim, to);
    }
  }
  for (int slot = 0; slot < kLate; ++slot) {
    if (world.late[slot]) Land(world, slot, to);
  }
  if (busy && world.crashes) Crash(world, to);
  if (world.ticks) {
    World next = world;
    ++next.time;
    --next.ticks;
    Add(to, Move::Kind::kTick, 0, next);
  }
  if (!world.hurts) return;
  for (int hurt = 0; hurt < kHurts; ++hurt) {
    auto next = After(world, static_cast<Hurt>(hurt));
    if (!next) continue;
    --next->hurts;
    if (next->server != world.server || next->secret != world.secret) next->harmed = kSinceAnyLook | kSinceCrash;
    Add(to, Move::Kind::kHurt, hurt, *next);
  }
}

/// The controller is gone; one thing of what it was about may be under way.
void Moves::Crash(const World& world, Choice& to) {
  World dead = world;
  dead.pass = {};
  --dead.crashes;
  Add(to, Move::Kind::kCrash, 0, dead);
  if (dead.late.back()) return;
  for (int claim = 0; claim < kClaims; ++claim) {
    const Id action = planner_.NextAction(world, claim);
    if (!action || std::holds_alternative<stores::VerifyLogin>(planner_.actions[action].deed)) continue;
    World next = dead;
    next.late.back() = action;
    std::ranges::sort(next.late, std::greater());
    Add(to, Move::Kind::kCrash, 1, next, action);
  }
}

/// Who comes to the server first ends what others have under way there.
void Moves::Connect(World& world) const {
  if (!planner_.scenario().fenced) return;
  for (auto& late : world.late) {
    if (late && IsSql(planner_.actions[late])) late = 0;
  }
  std::ranges::sort(world.late, std::greater());
}

void Moves::Begin(const World& world, int claim, Choice& to) {
  World next = world;
  next.pass[claim] = planner_.Begin(world, claim);
  if (!next.pass[claim]) return;
  const auto& begun = planner_.passes[next.pass[claim]];
  if (begun.phase == Pass::Phase::kLooked || planner_.objects[begun.object]->meta.deleted) Connect(next);
  next.harmed &= static_cast<std::uint8_t>(~SinceLook(claim));
  if (!next.late[0]) next.harmed &= static_cast<std::uint8_t>(~kSinceCrash);
  // A pass that will find nothing to do is no progress.
  const bool looks = planner_.passes[next.pass[claim]].phase == Pass::Phase::kLooked;
  const bool idle = looks && planner_.Step(next, claim).pass[claim] == 0;
  Add(to, Move::Kind::kBegin, claim, next);
  if (idle || to.fair) return;
  std::swap(to.moves.front(), to.moves.back());
  to.fair = true;
}

/// When Freehold says that it is ready, the service begins to write.
World Moves::ServiceWrites(World world, Id action) {
  const int claim = planner_.actions[action].claim;
  const auto* status = std::get_if<ApplyStatus>(&planner_.actions[action].deed);
  if (!status || !IsReady(status->status)) return world;
  if (claim == 0 && laws_.OfSecret(world.secret[0]).whole) world.torn = 0;
  world.server = Recall(written_, world.server, action, [&]() -> Id {
    const auto& uid = planner_.actions[action].uid;
    const auto& layout = planner_.layout(StoreOf(claim));
    const auto& facts = laws_.Of(world.server, StoreOf(claim));
    if (!facts.Owns(uid) || !facts.serves || !(facts.opens[0] | facts.opens[1])) return world.server;
    Server server = planner_.servers[world.server];
    server.databases.at(layout.database).inside.rows[layout.schema].insert(uid);
    return planner_.Add(std::move(server));
  });
  return world;
}

void Moves::Take(const World& world, int claim, Choice& to) {
  const Id action = planner_.NextAction(world, claim);
  World next = planner_.Step(world, claim);
  std::string broken;
  if (action) {
    broken = laws_.BrokenBy(world, next, action, false);
    next = ServiceWrites(next, action);
  }
  // It looked again at the end of a round.
  const auto& pass = planner_.passes[next.pass[claim]];
  const bool looked = action && next.pass[claim] && (pass.phase == Pass::Phase::kLooked || pass.next == 0);
  if (looked) next.harmed &= static_cast<std::uint8_t>(~SinceLook(claim));
  Add(to, Move::Kind::kStep, claim, next, action, std::move(broken));
}

void Moves::Land(const World& world, int slot, Choice& to) {
  const Id action = world.late[slot];
  auto [next, failure] = planner_.Happen(world, action);
  if (failure) return;
  auto broken = laws_.BrokenBy(world, next, action, true);
  next.late[slot] = 0;
  std::ranges::sort(next.late, std::greater());
  // What is told so late, a pass that looked before can't know of.
  if (std::holds_alternative<ApplyStatus>(planner_.actions[action].deed)) next.harmed |= kSinceAnyLook;
  Add(to, Move::Kind::kLand, slot, next, action, std::move(broken));
}

template <class Find>
Id Moves::Recall(Memo& memo, Id first, Id second, Find find) {
  const auto key = std::uint64_t{first} << 32 | second;
  const auto known = memo.find(key);
  if (known != memo.end()) return known->second;
  const Id found = find();
  return memo[key] = found;
}

template <class Change>
Id Moves::Changed(Id id, Change change) {
  auto object = *planner_.objects[id];
  change(object);
  const bool gone = object.meta.deleted && object.meta.finalizers.empty();
  return gone ? 0 : planner_.Add(std::move(object));
}

std::optional<std::pair<std::string, std::vector<std::string>>> Moves::ByHand(const Server& server, Hurt hurt) const {
  using engines::postgres::QuoteName;
  const auto& layout = planner_.layout(0);
  const bool own = layout.isolation == api::Isolation::kDatabase;
  const auto place = server.databases.find(layout.database);
  const bool there = place != server.databases.end();
  const bool enters = there && place->second.row.allows_connections;
  const bool has_schema = there && place->second.inside.schemas.contains(layout.schema);
  const bool made = own ? there : has_schema;
  const auto has = [&](const std::string& role) { return server.roles.contains(role); };
  const auto in = own ? "" : layout.database;
  const auto container = own ? "DATABASE " + QuoteName(layout.database) : "SCHEMA " + QuoteName(layout.schema);
  const auto right = own ? std::string("CONNECT, TEMPORARY") : std::string("USAGE");
  const auto outbox = QuoteName(layout.schema, "outbox");
  const auto on = [](std::string database, std::vector<std::string> statements) {
    return std::optional(std::pair(std::move(database), std::move(statements)));
  };
  const auto login = [&](int which) { return QuoteName(layout.logins[which]); };
  switch (hurt) {
    case Hurt::kDropLogin0:
    case Hurt::kDropLogin1: {
      const int which = hurt == Hurt::kDropLogin1;
      if (!has(layout.logins[which])) return {};
      return on(enters ? layout.database : "", {"DROP OWNED BY " + login(which), "DROP ROLE " + login(which)});
    }
    case Hurt::kCloseLogin0:
    case Hurt::kCloseLogin1: {
      const int which = hurt == Hurt::kCloseLogin1;
      if (!has(layout.logins[which])) return {};
      return on("", {"ALTER ROLE " + login(which) + " NOLOGIN"});
    }
    case Hurt::kChangePassword0:
    case Hurt::kChangePassword1: {
      const int which = hurt == Hurt::kChangePassword1;
      if (!has(layout.logins[which])) return {};
      return on("", {"ALTER ROLE " + login(which) + " PASSWORD " + QuoteValue(StrangersVerifier())});
    }
    case Hurt::kResetRole:
      if (!has(layout.logins[0])) return {};
      return on("", {"ALTER ROLE " + login(0) + " RESET role"});
    case Hurt::kOpenToPublic:
    case Hurt::kOpenToStranger: {
      if (!made) return {};
      const auto to = hurt == Hurt::kOpenToPublic ? "PUBLIC" : QuoteName(kStranger);
      return on(in, {"GRANT " + right + " ON " + container + " TO " + to});
    }
    case Hurt::kCloseToOwner:
      if (!made || !has(layout.owner)) return {};
      return on(in, {"REVOKE ALL ON " + container + " FROM " + QuoteName(layout.owner)});
    case Hurt::kLetStrangerIn:
      if (!has(layout.owner)) return {};
      return on("", {"GRANT " + QuoteName(layout.owner) + " TO " + QuoteName(kStranger) +
                     (server.major >= 16 ? " WITH INHERIT TRUE, SET TRUE" : "")});
    case Hurt::kClearMarker:
    case Hurt::kMarkForAnother:
      if (!made) return {};
      return on(in, {"COMMENT ON " + container + " IS '" + (hurt == Hurt::kClearMarker ? "" : kAnother) + "'"});
    case Hurt::kClearRoleMarker:
      if (!has(layout.owner)) return {};
      return on("", {"COMMENT ON ROLE " + QuoteName(layout.owner) + " IS ''"});
    case Hurt::kDropStore:
      if (!made) return {};
      return own ? on("", {"DROP DATABASE " + QuoteName(layout.database) + " WITH (FORCE)"})
                 : on(in, {"DROP SCHEMA " + QuoteName(layout.schema) + " CASCADE"});
    case Hurt::kShutDatabase:
      if (!own || !enters) return {};
      return on("", {"ALTER DATABASE " + QuoteName(layout.database) + " WITH ALLOW_CONNECTIONS false"});
    case Hurt::kDropSchema:
      if (!own || !enters || !has_schema) return {};
      return on(layout.database, {"DROP SCHEMA " + QuoteName(layout.schema) + " CASCADE"});
    case Hurt::kDropOutbox:
      if (!enters || !place->second.inside.outboxes.contains(layout.schema)) return {};
      return on(layout.database, {"DROP TABLE " + outbox + " CASCADE"});
    case Hurt::kCloseOutbox:
      if (!enters || !place->second.inside.outboxes.contains(layout.schema) || !has(layout.owner)) return {};
      return on(layout.database, {"REVOKE ALL ON " + outbox + " FROM " + QuoteName(layout.owner)});
    default:
      return {};
  }
}

std::optional<World> Moves::After(const World& world, Hurt hurt) {
  const auto& allowed = planner_.scenario().hurts;
  if (!allowed.empty() && std::ranges::count(allowed, hurt) == 0) return std::nullopt;
  const Id kind = static_cast<Id>(hurt);
  World next = world;
  if (IsOnServer(hurt)) {
    next.server = Recall(hurt_servers_, world.server, kind, [&]() -> Id {
      const auto deed = ByHand(planner_.servers[world.server], hurt);
      if (!deed) return world.server;
      auto server = Run(planner_.servers[world.server], deed->first, deed->second);
      return server ? planner_.Add(std::move(*server)) : world.server;
    });
    return next.server == world.server ? std::nullopt : std::optional(next);
  }
  if (hurt == Hurt::kDeleteSecret || hurt == Hurt::kScribbleSecret || hurt == Hurt::kForeignSecret) {
    next.secret[0] = Recall(hurt_secrets_, world.secret[0], kind, [&] { return HurtSecret(world.secret[0], hurt); });
    next.torn = hurt == Hurt::kForeignSecret ? world.torn : 1;
    return next.secret[0] == world.secret[0] ? std::nullopt : std::optional(next);
  }
  const int claim = hurt == Hurt::kCreateRival || hurt == Hurt::kDeleteRival ? 1
                    : hurt == Hurt::kDeleteNeighbour                         ? kNeighbour
                                                                             : 0;
  const Id object = world.object[claim];
  next.object[claim] = Recall(hurt_objects_, object * kClaims + claim, kind * 256 + world.time,
                              [&] { return HurtObject(object, claim, hurt, Planner::TimeOf(world)); });
  return next.object[claim] == object ? std::nullopt : std::optional(next);
}

Id Moves::HurtSecret(Id id, Hurt hurt) {
  if (hurt == Hurt::kDeleteSecret) return 0;
  if (hurt == Hurt::kForeignSecret) {
    if (id) return id;
    return planner_.AddSecret({{"apiVersion", "v1"},
                               {"kind", "Secret"},
                               {"type", "Opaque"},
                               {"metadata", {{"name", "orders.freehold"}, {"namespace", planner_.scenario().ns}}}});
  }
  if (!laws_.OfSecret(id).whole) return id;
  auto secret = planner_.secrets[id];
  secret["data"]["password"] = "c2NyaWJibGU=";
  return planner_.AddSecret(std::move(secret));
}

Id Moves::HurtObject(Id id, int claim, Hurt hurt, base::Timestamp now) {
  const auto& object = planner_.objects[id];
  const auto& uids = planner_.scenario().uids;
  if (hurt == Hurt::kCreateRival) return object ? id : planner_.Add(planner_.NewObject(claim, uids[claim]));
  if (hurt == Hurt::kCreate) return object ? id : planner_.Add(planner_.NewObject(claim, "uid-2"));
  if (!object || object->meta.deleted) return id;
  const auto respecified = [&](auto change) {
    return Changed(id, [&](api::ServiceDatabase& changed) {
      ++changed.meta.generation;
      change(changed.spec);
    });
  };
  const auto deleted = [&](DeletionPolicy policy) {
    return Changed(id, [&](api::ServiceDatabase& changed) {
      if (changed.spec.deletion_policy != policy) ++changed.meta.generation;
      changed.spec.deletion_policy = policy;
      ++changed.meta.generation;  // as the API server counts it when an object with finalizers is deleted
      changed.meta.deleted = now;
    });
  };
  switch (hurt) {
    case Hurt::kChangeLimit:
      if (object->spec.limits.connections) return id;
      return respecified([](api::ServiceDatabaseSpec& spec) { spec.limits.connections = 5; });
    case Hurt::kPublish:
      if (!object->spec.publishes.empty()) return id;
      return respecified([](api::ServiceDatabaseSpec& spec) { spec.publishes.push_back({.event = "OrderConfirmed"}); });
    case Hurt::kAskForRotation:
      if (object->meta.annotations.contains(api::kRotateAnnotation)) return id;
      return Changed(id, [](auto& changed) { changed.meta.annotations[api::kRotateAnnotation] = "now"; });
    case Hurt::kDeleteRetain:
      return deleted(DeletionPolicy::kRetain);
    case Hurt::kDeleteDelete:
    case Hurt::kDeleteRival:
    case Hurt::kDeleteNeighbour:
      return deleted(DeletionPolicy::kDelete);
    case Hurt::kDeleteOrphan:
      return deleted(DeletionPolicy::kOrphan);
    default:
      return id;
  }
}

std::string Moves::Tell(const World& before, const Move& move) const {
  static const std::array<const char*, kHurts> kTold = {
      "somebody deletes the Secret",
      "somebody writes a password of their own into the Secret",
      "somebody makes a Secret of that name",
      "somebody drops the first login",
      "somebody drops the second login",
      "somebody closes the first login",
      "somebody closes the second login",
      "somebody changes the first login's password",
      "somebody changes the second login's password",
      "somebody lets the first login work as itself",
      "somebody lets everybody into the store",
      "somebody lets a stranger into the store",
      "somebody takes the owner role's right to enter",
      "somebody makes a stranger a member of the owner role",
      "somebody clears the marker of the store",
      "somebody clears the marker of the owner role",
      "somebody marks the store for another ServiceDatabase",
      "somebody drops the store",
      "somebody shuts the database",
      "somebody drops the schema",
      "somebody drops the outbox",
      "somebody takes the right to publish",
      "the user changes the connection limit",
      "the user publishes an event",
      "the user asks for a rotation",
      "the user deletes the object, to retain its store",
      "the user deletes the object and its store",
      "the user deletes the object, to orphan its store",
      "the user creates the object anew",
      "a rival claims the same store",
      "the rival is deleted, with its store",
      "the neighbour is deleted, with its store",
  };
  const auto who = [](int claim) {
    static const std::array<const char*, kClaims> kWho = {"shop/orders", "rival/orders", "shop/billing"};
    return std::string(kWho[claim]);
  };
  const auto effect = [&] {
    return NameOf(planner_.actions[move.action]) + "\n     (of " + who(planner_.actions[move.action].claim) + ", " +
           planner_.actions[move.action].uid + ")";
  };
  switch (move.kind) {
    case Move::Kind::kVanish:
      return "what an earlier leader had under way is lost: " + effect();
    case Move::Kind::kCollect:
      return "the garbage collector takes the Secret of " + who(move.which);
    case Move::Kind::kDeliver:
      return "the controller hears of the change of " + who(move.which);
    case Move::Kind::kSeeServer:
      return "the controller looks at the whole server";
    case Move::Kind::kStep: {
      if (!move.action) return "the controller reads the Secret of " + who(move.which) + " and decides";
      return "the controller does " + effect();
    }
    case Move::Kind::kBegin:
      return "the controller begins with " + who(move.which) + " and looks at its store";
    case Move::Kind::kLand:
      return "what an earlier leader had under way arrives: " + effect();
    case Move::Kind::kCrash:
      return move.which ? "the controller dies or loses its lease, with this under way: " + effect()
                        : "the controller dies or loses its lease";
    case Move::Kind::kTick:
      return "six hours pass";
    case Move::Kind::kHurt:
      return kTold[move.which];
  }
  (void)before;
  return {};
}

}  // namespace freehold::worlds
