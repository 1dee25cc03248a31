#include "tests/worlds/beginnings.h"

#include <stdexcept>

#include "reconcilers/engines/postgres/quote.h"
#include "tests/worlds/statements.h"

namespace freehold::worlds {
namespace {

using engines::postgres::QuoteName;

enum class Mark { kOurs, kNone, kAnothers, kReleased };
constexpr Mark kMarks[] = {Mark::kOurs, Mark::kNone, Mark::kAnothers, Mark::kReleased};

std::string TextOf(Mark mark, const std::string& ours) {
  switch (mark) {
    case Mark::kOurs:
      return ours;
    case Mark::kNone:
      return "";
    case Mark::kAnothers:
      return "freehold: owned by old/orders, uid uid-9";
    case Mark::kReleased:
      return "freehold: released, was old/orders";
  }
  return {};
}

/// A part of the world, and how many of its parts are not as they should be.
struct Part {
  Id id = 0;
  int amiss = 0;
};

/// With or without its roles and its database, whoever's they are.
class Grounds {
 public:
  Grounds(Planner& planner, const Server& whole) : planner_(planner), layout_(planner.layout()), whole_(whole) {}

  std::vector<Part> All() {
    std::vector<Part> all;
    // The first of each is as it should be.
    const auto roles = WithRoles();
    for (std::size_t r = 0; r < roles.size(); ++r) {
      const auto databases = WithDatabase(roles[r]);
      for (std::size_t d = 0; d < databases.size(); ++d) {
        const auto opened = Opened(databases[d]);
        for (std::size_t o = 0; o < opened.size(); ++o)
          all.push_back({planner_.Add(opened[o]), (r > 0) + (d > 0) + (o > 0)});
      }
    }
    return all;
  }

 private:
  std::vector<Server> WithRoles() const {
    std::vector<Server> all;
    for (const auto mark : kMarks) {
      Server server = whole_;
      for (auto& [name, role] : server.roles) role.comment = TextOf(mark, role.comment);
      all.push_back(std::move(server));
    }
    Server none = whole_;
    none.roles.clear();
    none.members.clear();
    none.settings.clear();
    all.push_back(std::move(none));
    return all;
  }

  std::vector<Server> WithDatabase(const Server& server) const {
    std::vector<Server> all;
    const bool roles = !server.roles.empty();
    for (const auto mark : kMarks) {
      Server with = server;
      auto& place = with.databases.at(layout_.database);
      place.row.comment = TextOf(mark, place.row.comment);
      // What isn't ours has its own rows, and nothing of roles that aren't there.
      if (mark != Mark::kOurs) place.inside.rows = {"old"};
      if (!roles) Forget(place);
      all.push_back(std::move(with));
    }
    Server half = server;
    half.databases[layout_.database] = NewDatabase(layout_.database);
    half.databases[layout_.database].row.allows_connections = false;
    all.push_back(std::move(half));
    Server none = server;
    none.databases.erase(layout_.database);
    all.push_back(std::move(none));
    return all;
  }

  void Forget(Place& place) const {
    std::erase_if(place.inside.schemas, [&](const auto& schema) { return schema.second.owner == layout_.owner; });
    place.inside.defaults.clear();
    std::erase_if(place.row.grants, [&](const auto& grant) { return grant.grantee == layout_.owner; });
  }

  std::vector<Server> Opened(const Server& server) const {
    std::vector<Server> all = {server};
    const auto with = [&](const std::string& statement) {
      if (auto opened = Run(server, "", {statement})) all.push_back(std::move(*opened));
    };
    with("GRANT CONNECT, TEMPORARY ON DATABASE " + QuoteName(layout_.database) + " TO PUBLIC");
    with("GRANT " + QuoteName(layout_.owner) + " TO " + QuoteName(kStranger) + " WITH INHERIT TRUE, SET TRUE");
    with("ALTER ROLE " + QuoteName(layout_.logins[0]) + " NOLOGIN");
    return all;
  }

  Planner& planner_;
  const engines::Layout& layout_;
  const Server& whole_;
};

std::vector<Id> Secrets(Planner& planner, Id settled) {
  auto spoilt = planner.secrets[settled];
  spoilt["data"]["password"] = "c2NyaWJibGU=";
  base::Json foreign{{"apiVersion", "v1"}, {"kind", "Secret"}, {"type", "Opaque"}};
  foreign["metadata"] = {{"name", "orders.freehold"}, {"namespace", "shop"}};
  return {settled, 0, planner.AddSecret(std::move(spoilt)), planner.AddSecret(std::move(foreign))};
}

std::vector<Part> Objects(Planner& planner, const api::ServiceDatabase& settled) {
  std::vector<std::pair<api::ServiceDatabase, int>> all = {{settled, 0}};
  const auto vary = [&](const std::function<void(api::ServiceDatabase&)>& change) {
    const auto known = all;
    for (auto [object, amiss] : known) {
      change(object);
      all.emplace_back(std::move(object), amiss + 1);
    }
  };
  vary([](auto& object) { object.status = {}; });
  vary([](auto& object) { ++object.meta.generation; });
  vary([](auto& object) { object.spec.adopt = true; });
  std::vector<Part> parts;
  for (const auto& [object, amiss] : all) {
    for (const bool finalized : {true, false}) {
      auto one = object;
      if (!finalized) one.meta.finalizers.clear();
      parts.push_back({planner.Add(one), amiss + (finalized ? 0 : 1)});
      if (!finalized) continue;
      for (const auto policy :
           {api::DeletionPolicy::kRetain, api::DeletionPolicy::kDelete, api::DeletionPolicy::kOrphan}) {
        one.spec.deletion_policy = policy;
        one.meta.deleted = Planner::kBegin;
        parts.push_back({planner.Add(one), amiss + 1});
      }
    }
  }
  return parts;
}

}  // namespace

World Nothing(Planner& planner) {
  World world;
  world.server = world.board = planner.Add(NewServer(Planner::kSharedDatabase));
  world.object[0] = world.cached[0] = planner.Add(Moves::NewObject(0, "uid-1", planner.scenario()));
  return world;
}

World Settled(Planner& planner, Moves& moves) {
  World world = planner.Normal(Nothing(planner));
  Moves::Choice choice;
  for (int i = 0; i < 1000; ++i) {
    moves.Of(world, choice);
    if (!choice.fair) return world;
    world = choice.moves.front().next;
  }
  throw std::logic_error("a new store is never settled");
}

void ForEachBeginning(Planner& planner, const World& settled, int at_most,
                      const std::function<void(const World&)>& visit) {
  const auto secrets = Secrets(planner, settled.secret[0]);
  const auto objects = Objects(planner, *planner.objects[settled.object[0]]);
  for (const auto& server : Grounds(planner, planner.servers[settled.server]).All()) {
    for (const auto& object : objects) {
      for (const Id secret : secrets) {
        if (server.amiss + object.amiss + (secret != settled.secret[0]) > at_most) continue;
        World world = settled;
        world.server = world.board = server.id;
        world.secret[0] = secret;
        world.object[0] = world.cached[0] = object.id;
        visit(planner.Normal(world));
      }
    }
  }
}

}  // namespace freehold::worlds
