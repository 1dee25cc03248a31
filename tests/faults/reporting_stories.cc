#include "platform.h"
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

std::function<bool()> Reporting(OperatorWorld& world, const std::string& status) {
  return [&world, status] { return StatusOf(world.Get("orders"), "ReportingReady") == status; };
}

/// All flows, and this is true of a table in the warehouse.
std::function<bool()> Flows(OperatorWorld& world, const std::string& table, const std::string& expression) {
  const auto sql = "SELECT " + expression + " FROM " + world.ns + "_orders." + table;
  return [&world, sql, flows = Reporting(world, "True")] {
    return flows() && world.Sql(sql, world.ns + "_warehouse").front() == "t";
  };
}

Chapter FeedMade(OperatorWorld& world, const std::string& warehouse) {
  return {"FeedMade",
          [&world, warehouse, report = Report(world, R"([{"name": "kept", "exclude": ["note"]}])")] {
            world.ApplyWarehouse(warehouse);
            report();
          },
          Flows(world, "kept", "count(*) = 2")};
}

/// By a table, and by a column that was left out before, both with rows that are there.
Chapter FeedChanged(OperatorWorld& world) {
  return {.name = "FeedChanged",
          .change = Report(world, R"([{"name": "kept"}, {"name": "more"}])"),
          .until = Flows(world, "kept", "count(note) = 2 AND (SELECT count(*) = 1 FROM " + world.ns + "_orders.more)"),
          .aside = true};
}

Plot Warehouse(OperatorWorld& world) {
  MakeOrders(world);
  return {.chapters = {FeedMade(world, R"({"deletionPolicy": "Delete"})"),
                       FeedChanged(world),
                       {"FeedRemoved", ReportNothing(world), Reporting(world, "")},
                       {"WarehouseRemoved", [&world] { world.DeleteWarehouse(); }}}};
}

/// A change that needs another slot, and one that goes on with the same, by which rows come that change meanwhile.
Plot OverKafkaConnect(OperatorWorld& world) {
  const auto platform = std::make_shared<Platform>(world);
  world.connect = [platform](const connect::Access&) { return platform->workers; };
  world.meanwhile = [platform] { platform->workers->Work(); };
  platform->bus.Put(R"({"type": "KafkaConnect", "kafkaConnect": {"url": "http://connect", "topicPrefix": ")" +
                    world.ns + "\"}}");
  MakeOrders(world);
  const auto write = [&world](const char* sql) { Query(world.LoginOf("orders.freehold"), sql); };
  return {.chapters = {FeedMade(world, R"({"deletionPolicy": "Delete", "bus": ")" + world.ns + "\"}"),
                       FeedChanged(world),
                       {.name = "FeedNarrowed",
                        .change =
                            [write, report = Report(world, R"([{"name": "kept"}])")] {
                              write(
                                  "DELETE FROM kept WHERE id = 1; UPDATE kept SET note = 'B' WHERE id = 2; "
                                  "INSERT INTO kept VALUES (3, 'c')");
                              report();
                            },
                        .until = Flows(world, "kept", "string_agg(id || note, ' ' ORDER BY id) = '2B 3c'"),
                        .aside = true},
                       {"FeedRemoved", ReportNothing(world),
                        [platform, none = Reporting(world, "")] {
                          return none() && platform->workers->connectors.empty();
                        }},
                       {"WarehouseRemoved",
                        [&world, write] {
                          world.DeleteWarehouse();
                          write("DELETE FROM kept; INSERT INTO kept VALUES (1, 'a'), (2, 'b')");
                        }}},
          .also = [platform] { return platform->Connectors(); }};
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
  return {{.name = "Warehouse", .begin = Warehouse},
          {.name = "WarehouseOverKafkaConnect", .begin = OverKafkaConnect},
          {.name = "ToolOutside", .begin = ToolOutside}};
}

}  // namespace freehold::test
