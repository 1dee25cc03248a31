#include "story.h"

namespace freehold::test {
namespace {

/// With something to report.
void MakeOrders(OperatorWorld& world) {
  world.Apply("orders", "{}");
  world.Start()->Settle();
  Query(world.LoginOf("orders.freehold"),
        "CREATE TABLE kept (id int PRIMARY KEY, note text); INSERT INTO kept VALUES (1, 'a'), (2, 'b'); "
        "CREATE TABLE more (id int PRIMARY KEY); INSERT INTO more VALUES (1)");
}

std::function<void()> Report(OperatorWorld& world, const std::string& tables) {
  return [&world, tables] {
    world.Apply("orders", R"({"reporting": {"warehouse": ")" + world.server + R"(", "tables": )" + tables + "}}");
  };
}

std::function<void()> ReportNothing(OperatorWorld& world) {
  return [&world] { world.Apply("orders", "{}"); };
}

Plot Warehouse(OperatorWorld& world) {
  MakeOrders(world);
  const auto is = [&world](const std::string& status) {
    return [&world, status] { return StatusOf(world.Get("orders"), "ReportingReady") == status; };
  };
  const auto has = [&world, is](const std::string& sql) {
    return [&world, is, sql] { return is("True")() && world.Sql(sql, world.ns + "_warehouse").front() == "t"; };
  };
  const auto table = [&world](const char* name) { return world.ns + "_orders." + name; };
  return {.chapters = {{"FeedMade",
                        [&world, report = Report(world, R"([{"name": "kept", "exclude": ["note"]}])")] {
                          world.ApplyWarehouse(R"({"deletionPolicy": "Delete"})");
                          report();
                        },
                        has("SELECT count(*) = 2 FROM " + table("kept"))},
                       {"FeedChanged", Report(world, R"([{"name": "kept"}, {"name": "more"}])"),
                        has("SELECT count(*) = 1 FROM " + table("more"))},
                       {"FeedRemoved", ReportNothing(world), is("")},
                       {"WarehouseRemoved", [&world] { world.DeleteWarehouse(); }}}};
}

/// It is there already.
Plot ToolOutside(OperatorWorld& world) {
  MakeOrders(world);
  const auto report = Report(world, R"([{"name": "kept"}])");
  return {.chapters = {
              {"ReportToATool",
               [&world, report] {
                 world.ApplyWarehouse(
                     R"({"loader": {"type": "Airbyte"}, "credentials": {"rotateEvery": "720h", "overlap": "24h"}})");
                 report();
               }},
              {"RotateForATool", [&world] { world.clock.Advance(std::chrono::hours(721)); }},
              {"EndOfAToolsOverlap", [&world] { world.clock.Advance(std::chrono::hours(25)); }},
              {"ReportNoMoreToATool", ReportNothing(world)}}};
}

}  // namespace

std::vector<Story> ReportingStories() {
  return {{.name = "Warehouse", .begin = Warehouse}, {.name = "ToolOutside", .begin = ToolOutside}};
}

}  // namespace freehold::test
