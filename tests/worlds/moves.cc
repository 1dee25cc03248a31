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

constexpr const char* kUids[kClaims] = {"uid-1", "uid-8"};
/// A ServiceDatabase that nobody here knows of.
constexpr const char* kAnother = "freehold: owned by old/orders, uid uid-9";

bool IsReady(const api::ServiceDatabaseStatus& status) {
  return std::ranges::any_of(status.conditions, [](const auto& condition) {
    return condition.type == "Ready" && condition.status == kube::Condition::Status::kTrue;
  });
}

}  // namespace

api::ServiceDatabase Moves::NewObject(int claim, const std::string& uid, const Scenario& scenario) {
  api::ServiceDatabase object;
  object.meta.name = "orders";
  object.meta.ns = claim == 0 ? "shop" : "rival";
  object.meta.uid = uid;
  object.meta.generation = 1;
  object.meta.created = Planner::kBegin + std::chrono::seconds(claim);
  object.spec.name = "orders_db";
  object.spec.isolation = scenario.isolation;
  object.spec.credentials.rotate_every = std::chrono::hours(10);
  object.spec.credentials.overlap = std::chrono::hours(4);
  return object;
}

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
  if (planner_.Normal(looks) != world) Add(to, Move::Kind::kSeeServer, 0, looks);
  to.fair = !to.moves.empty();
  if (world.pass) {
    Take(world, to);
    to.fair = true;
  } else {
    for (int claim = 0; claim < kClaims; ++claim) Begin(world, claim, to, false);
  }
  for (int slot = 0; slot < kLate; ++slot) {
    if (world.late[slot]) Land(world, slot, to);
  }
  if (world.pass && world.crashes) {
    World next = world;
    next.pass = 0;
    --next.crashes;
    Add(to, Move::Kind::kCrash, 0, next);
    const Id action = planner_.NextAction(world);
    const auto slot = std::ranges::find(next.late, 0U);
    const bool reads = action && std::holds_alternative<stores::VerifyLogin>(planner_.actions[action].deed);
    if (action && !reads && slot != next.late.end()) {
      *slot = action;
      std::ranges::sort(next.late, std::greater());
      Add(to, Move::Kind::kCrash, 1, next, action);
    }
  }
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
    if (next->server != world.server || next->secret != world.secret) next->harmed = kSinceLook | kSinceCrash;
    Add(to, Move::Kind::kHurt, hurt, *next);
  }
}

void Moves::Begin(const World& world, int claim, Choice& to, bool) {
  World next = world;
  next.pass = planner_.Begin(world, claim);
  if (!next.pass) return;
  if (planner_.scenario().fenced) {
    for (auto& late : next.late) {
      if (late && IsSql(planner_.actions[late])) late = 0;
    }
    std::ranges::sort(next.late, std::greater());
  }
  next.harmed &= next.late[0] ? kSinceCrash : 0;
  // A pass that will find nothing to do is no progress.
  const bool looks = planner_.passes[next.pass].phase == Pass::Phase::kLooked;
  const bool idle = looks && planner_.Step(next).pass == 0;
  Add(to, Move::Kind::kBegin, claim, next);
  if (idle || to.fair) return;
  std::swap(to.moves.front(), to.moves.back());
  to.fair = true;
}

/// When Freehold says that it is ready, the service begins to write.
World Moves::ServiceWrites(World world, Id action) {
  const auto* status = std::get_if<ApplyStatus>(&planner_.actions[action].deed);
  if (!status || !IsReady(status->status)) return world;
  const auto& secret = laws_.OfSecret(world.secret[0]);
  if (planner_.actions[action].claim == 0 && secret.whole) world.torn = 0;
  const auto& uid = planner_.actions[action].uid;
  const auto key = std::uint64_t{world.server} << 32 | action;
  const auto known = written_.find(key);
  if (known != written_.end()) {
    world.server = known->second;
    return world;
  }
  const auto& facts = laws_.Of(world.server);
  if (facts.Owns(uid) && (facts.opens[0] | facts.opens[1])) {
    Server server = planner_.servers[world.server];
    server.databases.at(planner_.layout().database).inside.rows.insert(uid);
    world.server = planner_.Add(std::move(server));
  }
  written_[key] = world.server;
  return world;
}

void Moves::Take(const World& world, Choice& to) {
  const Id action = planner_.NextAction(world);
  World next = planner_.Step(world);
  std::string broken;
  if (action) {
    broken = laws_.BrokenBy(world, next, action, false);
    next = ServiceWrites(next, action);
  }
  // It looked again at the end of a round.
  const auto& pass = planner_.passes[next.pass];
  const bool looked = action && next.pass && (pass.phase == Pass::Phase::kLooked || pass.next == 0);
  if (looked) next.harmed &= static_cast<std::uint8_t>(~kSinceLook);
  Add(to, Move::Kind::kStep, 0, next, action, std::move(broken));
}

void Moves::Land(const World& world, int slot, Choice& to) {
  const Id action = world.late[slot];
  auto [next, failure] = planner_.Happen(world, action);
  if (failure) return;
  auto broken = laws_.BrokenBy(world, next, action, true);
  next.late[slot] = 0;
  std::ranges::sort(next.late, std::greater());
  // What is told so late, a pass that looked before can't know of.
  if (std::holds_alternative<ApplyStatus>(planner_.actions[action].deed)) next.harmed |= kSinceLook;
  Add(to, Move::Kind::kLand, slot, next, action, std::move(broken));
}

std::optional<World> Moves::OnServer(const World& world, const std::string& database,
                                     std::vector<std::string> statements) {
  auto server = Run(planner_.servers[world.server], database, statements);
  if (!server) return std::nullopt;
  World next = world;
  next.server = planner_.Add(std::move(*server));
  if (next.server == world.server) return std::nullopt;
  return next;
}

template <class Change>
World Moves::OnObject(const World& world, int claim, Change change) {
  auto object = *planner_.objects[world.object[claim]];
  change(object);
  World next = world;
  const bool gone = object.meta.deleted && object.meta.finalizers.empty();
  next.object[claim] = gone ? 0 : planner_.Add(std::move(object));
  return next;
}

std::optional<World> Moves::Deleted(const World& world, int claim, DeletionPolicy policy) {
  const auto& object = planner_.objects[world.object[claim]];
  if (!object || object->meta.deleted) return std::nullopt;
  return OnObject(world, claim, [&](api::ServiceDatabase& changed) {
    if (changed.spec.deletion_policy != policy) ++changed.meta.generation;
    changed.spec.deletion_policy = policy;
    changed.meta.deleted = Planner::TimeOf(world);
  });
}

std::optional<World> Moves::After(const World& world, Hurt hurt) {
  const auto& layout = planner_.layout();
  const auto& server = planner_.servers[world.server];
  const auto& object = planner_.objects[world.object[0]];
  const auto name = engines::postgres::QuoteName(layout.database);
  const bool own = layout.isolation == api::Isolation::kDatabase;
  const bool made = server.databases.contains(layout.database) && own;
  const auto login = [&](int which) { return engines::postgres::QuoteName(layout.logins[which]); };
  const auto has = [&](const std::string& role) { return server.roles.contains(role); };
  switch (hurt) {
    case Hurt::kDeleteSecret: {
      if (!world.secret[0]) return std::nullopt;
      World next = world;
      next.secret[0] = 0;
      next.torn = 1;
      return next;
    }
    case Hurt::kScribbleSecret: {
      if (!laws_.OfSecret(world.secret[0]).whole) return std::nullopt;
      World next = world;
      auto secret = planner_.secrets[world.secret[0]];
      secret["data"]["password"] = "c2NyaWJibGU=";
      next.secret[0] = planner_.AddSecret(std::move(secret));
      next.torn = 1;
      return next;
    }
    case Hurt::kForeignSecret: {
      if (world.secret[0]) return std::nullopt;
      World next = world;
      next.secret[0] = planner_.AddSecret({{"apiVersion", "v1"},
                                           {"kind", "Secret"},
                                           {"type", "Opaque"},
                                           {"metadata", {{"name", "orders.freehold"}, {"namespace", "shop"}}}});
      return next;
    }
    case Hurt::kDropLogin0:
    case Hurt::kDropLogin1: {
      const int which = hurt == Hurt::kDropLogin1;
      if (!has(layout.logins[which])) return std::nullopt;
      const auto there = server.databases.find(layout.database);
      const bool inside = there != server.databases.end() && there->second.row.allows_connections;
      return OnServer(world, inside ? layout.database : "",
                      {"DROP OWNED BY " + login(which), "DROP ROLE " + login(which)});
    }
    case Hurt::kCloseLogin0:
    case Hurt::kCloseLogin1: {
      const int which = hurt == Hurt::kCloseLogin1;
      if (!has(layout.logins[which])) return std::nullopt;
      return OnServer(world, "", {"ALTER ROLE " + login(which) + " NOLOGIN"});
    }
    case Hurt::kChangePassword0:
    case Hurt::kChangePassword1: {
      const int which = hurt == Hurt::kChangePassword1;
      if (!has(layout.logins[which])) return std::nullopt;
      return OnServer(world, "", {"ALTER ROLE " + login(which) + " PASSWORD 'SCRAM-SHA-256$by$a:stranger'"});
    }
    case Hurt::kOpenToPublic:
    case Hurt::kOpenToStranger:
      if (!made) return std::nullopt;
      return OnServer(world, "",
                      {"GRANT CONNECT, TEMPORARY ON DATABASE " + name + " TO " +
                       (hurt == Hurt::kOpenToPublic ? "PUBLIC" : engines::postgres::QuoteName(kStranger))});
    case Hurt::kLetStrangerIn:
      if (!has(layout.owner)) return std::nullopt;
      return OnServer(world, "",
                      {"GRANT " + engines::postgres::QuoteName(layout.owner) + " TO " +
                       engines::postgres::QuoteName(kStranger) + " WITH INHERIT TRUE, SET TRUE"});
    case Hurt::kClearMarker:
    case Hurt::kMarkForAnother:
      if (!made) return std::nullopt;
      return OnServer(world, "",
                      {"COMMENT ON DATABASE " + name + " IS '" + (hurt == Hurt::kClearMarker ? "" : kAnother) + "'"});
    case Hurt::kClearRoleMarker:
      if (!has(layout.owner)) return std::nullopt;
      return OnServer(world, "", {"COMMENT ON ROLE " + engines::postgres::QuoteName(layout.owner) + " IS ''"});
    case Hurt::kDropDatabase:
      if (!made) return std::nullopt;
      return OnServer(world, "", {"DROP DATABASE " + name + " WITH (FORCE)"});
    case Hurt::kChangeLimit:
      if (!object || object->meta.deleted || object->spec.limits.connections) return std::nullopt;
      return OnObject(world, 0, [](api::ServiceDatabase& changed) {
        ++changed.meta.generation;
        changed.spec.limits.connections = 5;
      });
    case Hurt::kPublish:
      return std::nullopt;
    case Hurt::kAskForRotation:
      if (!object || object->meta.deleted || object->meta.annotations.contains(api::kRotateAnnotation))
        return std::nullopt;
      return OnObject(world, 0,
                      [](api::ServiceDatabase& changed) { changed.meta.annotations[api::kRotateAnnotation] = "now"; });
    case Hurt::kDeleteRetain:
      return Deleted(world, 0, DeletionPolicy::kRetain);
    case Hurt::kDeleteDelete:
      return Deleted(world, 0, DeletionPolicy::kDelete);
    case Hurt::kDeleteOrphan:
      return Deleted(world, 0, DeletionPolicy::kOrphan);
    case Hurt::kCreate: {
      if (object) return std::nullopt;
      World next = world;
      next.object[0] = planner_.Add(NewObject(0, "uid-2", planner_.scenario()));
      return next;
    }
    case Hurt::kCreateRival: {
      if (world.object[1]) return std::nullopt;
      World next = world;
      next.object[1] = planner_.Add(NewObject(1, kUids[1], planner_.scenario()));
      return next;
    }
    case Hurt::kDeleteRival:
      return Deleted(world, 1, DeletionPolicy::kDelete);
  }
  return std::nullopt;
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
      "somebody lets everybody connect to the database",
      "somebody lets a stranger connect to the database",
      "somebody makes a stranger a member of the owner role",
      "somebody clears the marker of the database",
      "somebody clears the marker of the owner role",
      "somebody marks the database for another ServiceDatabase",
      "somebody drops the database",
      "the user changes the connection limit",
      "the user publishes an event",
      "the user asks for a rotation",
      "the user deletes the object, to retain its store",
      "the user deletes the object and its store",
      "the user deletes the object, to orphan its store",
      "the user creates the object anew",
      "a rival claims the same store",
      "the rival is deleted, with its store",
  };
  const auto who = [](int claim) { return claim == 0 ? std::string("shop/orders") : std::string("rival/orders"); };
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
      if (!move.action) return "the controller reads the Secret and decides";
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
