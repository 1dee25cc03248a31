#include "reconcilers/api/kinds.h"
#include "story.h"

namespace freehold::test {
namespace {

constexpr const char* kOwnDatabases = R"({"isolation": ["Database"]})";
constexpr const char* kInItsOwn =
    R"({"publishes": [{"event": "OrderConfirmed"}], "credentials": {"rotateEvery": "720h", "overlap": "24h"}, )"
    R"("deletionPolicy": "Delete"})";
constexpr const char* kUpdated =
    R"({"publishes": [{"event": "OrderConfirmed"}, {"event": "OrderCancelled"}], "limits": {"connections": 7}, )"
    R"("credentials": {"rotateEvery": "720h", "overlap": "24h"}, "deletionPolicy": "Delete"})";

void Fill(OperatorWorld& world) {
  Query(world.LoginOf("orders.freehold"), "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)");
}

/// By a name that nobody has any more.
void Make(OperatorWorld& world, const std::string& spec) {
  world.CollectGarbage();
  world.Apply("orders", spec);
}

Plot InItsOwnDatabase(OperatorWorld& world) {
  return {.chapters = {{"CreateInItsOwnDatabase", [&] { Make(world, kInItsOwn); }},
                       {"Update",
                        [&] {
                          Fill(world);
                          world.Apply("orders", kUpdated);
                        }},
                       {"Rotate", [&] { world.Annotate("orders", api::kRotateAnnotation, "1"); }},
                       {"EndOfTheOverlap", [&] { world.clock.Advance(std::chrono::hours(25)); }},
                       {"SecretRemoved", [&] { world.DeleteSecret("orders.freehold"); }},
                       {"DeleteAndDrop", [&] { world.Delete("orders"); }}}};
}

Plot OfASpareDatabase(OperatorWorld& world) {
  return {.chapters = {{"TakeASpare", [&] { Make(world, R"({"deletionPolicy": "Delete"})"); }},
                       {"NoMoreSpares",
                        [&] {
                          world.Delete("orders");
                          world.SetSpares(0);
                        }},
                       {"ASpareAgain", [&] { world.SetSpares(1); }}},
          .also = [&] { return std::vector{std::to_string(world.Spares().size()) + " spares"}; }};
}

Plot InASchema(OperatorWorld& world) {
  return {.chapters = {{"CreateInASchema",
                        [&] {
                          Make(world, R"({"isolation": "Schema", "deletionPolicy": "Delete", )"
                                      R"("publishes": [{"event": "OrderConfirmed"}]})");
                        }},
                       {"DeleteASchema", [&] { world.Delete("orders"); }}}};
}

/// Removed so that it can be taken over, and taken over.
Plot TakenOver(OperatorWorld& world, const std::string& policy) {
  const auto spec =
      R"({"adopt": true, "publishes": [{"event": "OrderConfirmed"}], "deletionPolicy": ")" + policy + "\"}";
  world.Apply("orders", spec);
  world.Start()->Settle();
  Fill(world);
  return {.chapters = {{"DeleteAnd" + policy, [&world] { world.Delete("orders"); }},
                       {"AdoptAfter" + policy, [&world, spec] {
                          world.CollectGarbage();
                          if (!world.Secret("orders.freehold").empty()) world.DeleteSecret("orders.freehold");
                          world.Apply("orders", spec);
                        }}}};
}

Plot Conflict(OperatorWorld& world) {
  const auto claim = [&world](const std::string& name) {
    world.Apply(name, R"({"deletionPolicy": "Delete", "service": ")" + world.ns + R"(-sales"})");
  };
  return {.chapters = {{"TwoClaimOneStore",
                        [&world, claim] {
                          if (world.Exists("second")) {
                            world.Delete("second");
                            world.Start()->Settle();
                          }
                          world.CollectGarbage();
                          claim("first");
                          world.Start()->Settle();
                          claim("second");
                        }},
                       {"TheFirstGivesIt", [&world] { world.Delete("first"); }}}};
}

/// There and back. Both were closed to PUBLIC before.
Plot ServerReplaced(OperatorWorld& world) {
  for (const int major : {18, 15}) {
    world.RemoveStores();
    world.ReplaceServer(major);
    world.Start()->Settle();
  }
  world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}]})");
  world.Start()->Settle();
  const auto to = [&world](int major) {
    return [&world, major] {
      world.RemoveStores();
      world.ReplaceServer(major);
    };
  };
  return {.chapters = {{"ServerReplacedByANewerOne", to(18)}, {"ServerReplacedByAnOlderOne", to(15)}}};
}

}  // namespace

std::vector<Story> StoresStories() {
  return {{.name = "InItsOwnDatabase", .begin = InItsOwnDatabase, .server_spec = kOwnDatabases},
          {.name = "OfASpareDatabase",
           .begin = OfASpareDatabase,
           .server_spec = R"({"isolation": ["Database"], "spares": 1})"},
          {.name = "InASchema", .begin = InASchema},
          {.name = "Retained",
           .begin = [](OperatorWorld& world) { return TakenOver(world, "Retain"); },
           .server_spec = kOwnDatabases},
          {.name = "Orphaned",
           .begin = [](OperatorWorld& world) { return TakenOver(world, "Orphan"); },
           .server_spec = kOwnDatabases},
          {.name = "Conflict", .begin = Conflict, .server_spec = kOwnDatabases},
          {.name = "ServerReplaced", .begin = ServerReplaced}};
}

}  // namespace freehold::test
