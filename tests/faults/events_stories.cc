#include "platform.h"
#include "story.h"
#include "strimzi.h"
#include "strimzi_users.h"

namespace freehold::test {
namespace {

/// A consumer of what orders publish.
std::string Consumer(OperatorWorld& world, const std::string& more) {
  return R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns +
         R"(-orders", "startFrom": "Earliest", "into": {"table": "orders_seen", "key": "id", "columns":
         [{"name": "id", "path": "aggregateid"}]}}], )" +
         more + "}";
}

/// With three events in its outbox.
void Publish(OperatorWorld& world, const std::string& more) {
  world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}], )" + more + "}");
  world.Start()->Settle();
  Query(world.LoginOf("orders.freehold"),
        "INSERT INTO outbox (aggregatetype, aggregateid, type) SELECT 'Order', n::text, 'OrderConfirmed' "
        "FROM generate_series(1, 3) n");
}

std::function<bool()> Arrive(OperatorWorld& world) {
  return [&world] {
    if (StatusOf(world.Get("payments"), "EventsReady") != "True") return false;
    return Query(world.LoginOf("payments.freehold"), "SELECT id FROM inbox").size() == 3;
  };
}

Plot InOneDatabase(OperatorWorld& world) {
  Publish(world, R"("isolation": "Schema")");
  const auto spec = Consumer(world, R"("isolation": "Schema", "adopt": true)");
  return {.chapters = {{"Consume",
                        [&world, spec] {
                          world.CollectGarbage();
                          world.Apply("payments", spec);
                        }},
                       {"ConsumeNoMore", [&world] { world.Apply("payments", R"({"isolation": "Schema"})"); }},
                       {"StopConsuming", [&world] { world.Delete("payments"); }}}};
}

/// Into another database: the flow is made, and goes with its consumer.
std::vector<Chapter> MadeAndRemoved(OperatorWorld& world, const std::string& way, std::function<bool()> gone = {}) {
  const auto spec = Consumer(world, R"("deletionPolicy": "Delete")");
  return {{"ConsumeBy" + way,
           [&world, spec] {
             world.CollectGarbage();
             world.Apply("payments", spec);
           },
           Arrive(world)},
          {"StopConsumingBy" + way, [&world] { world.Delete("payments"); }, std::move(gone)}};
}

Plot ByPolling(OperatorWorld& world) {
  Publish(world, R"("deletionPolicy": "Retain")");
  auto chapters = MadeAndRemoved(world, "Polling");
  chapters.front().until = {};
  return {.chapters = std::move(chapters)};
}

Plot ByReplication(OperatorWorld& world) {
  Publish(world, R"("deletionPolicy": "Retain")");
  return {.chapters = MadeAndRemoved(world, "Replication")};
}

/// Reads the topic itself.
std::string Reader(const OperatorWorld& world) {
  return R"({"consumes": [{"event": "OrderConfirmed", "deliver": "Topic", "from": ")" + world.ns +
         R"(-orders"}], "deletionPolicy": "Delete"})";
}

bool Reads(OperatorWorld& world) {
  return StatusOf(world.Get("payments"), "EventsReady") == "True" &&
         world.Secret("payments.kafka.freehold").contains("password");
}

/// And in between its service reads the topic itself, for which it has a user for that while.
std::vector<Chapter> WithTopicBetween(OperatorWorld& world, std::vector<Chapter> chapters,
                                      std::function<int()> connectors, std::function<int()> users) {
  const Chapter instead{.name = "ReadTopicInstead",
                        .change = [&world] { world.Apply("payments", Reader(world)); },
                        .until = [&world, connectors] { return Reads(world) && connectors() == 1; },
                        .aside = true};
  const Chapter again{.name = "TakeInboxAgain",
                      .change = chapters.front().change,
                      .until = [arrive = Arrive(world), users] { return arrive() && users() == 0; },
                      .aside = true};
  chapters.insert(chapters.begin() + 1, {instead, again});
  return chapters;
}

Plot OverKafkaConnect(OperatorWorld& world) {
  const auto platform = std::make_shared<Platform>(world);
  world.connect = [platform](const connect::Access&) { return platform->workers; };
  world.kafka = [platform](const kafka::Access& access) { return platform->kafka.Connect(access); };
  world.meanwhile = [platform] { platform->workers->Work(); };
  platform->bus.Put(R"({"type": "KafkaConnect", "kafkaConnect": {"url": "http://connect", "topicPrefix": ")" +
                    world.ns + R"(", "brokers": {"bootstrapServers": ["kafka:9093"], "adminSecret": ")" +
                    platform->administrator.name() + R"("}}})");
  Publish(world, R"("bus": ")" + world.ns + "\"");
  const auto connectors = [platform] { return static_cast<int>(platform->workers->connectors.size()); };
  auto chapters =
      WithTopicBetween(world, MadeAndRemoved(world, "KafkaConnect", [connectors] { return connectors() == 0; }),
                       connectors, [platform] { return static_cast<int>(platform->kafka.users.size()) - 1; });
  return {.chapters = std::move(chapters), .also = [platform] {
            auto lines = platform->Connectors();
            for (const auto& [user, password] : platform->kafka.users) lines.push_back("user " + user);
            for (const auto& acl : platform->kafka.acls)
              lines.push_back(acl.principal + " may " + ToString(acl.operation));
            return lines;
          }};
}

Plot OverStrimzi(OperatorWorld& world) {
  const auto platform = std::make_shared<Platform>(world);
  const auto strimzi = std::make_shared<Strimzi>(world.ns, "events", platform->client);
  const auto users = std::make_shared<StrimziUsers>(world.ns, "kafka");
  world.meanwhile = [platform, strimzi, users] {
    platform->workers->Work();
    strimzi->Keep();
    users->Keep();
  };
  platform->bus.Put(R"({"type": "Strimzi", "strimzi": {"cluster": "events", "namespace": ")" + world.ns +
                    R"(", "topicPrefix": ")" + world.ns + R"(", "kafka": {"cluster": "kafka", "listener": "apps"}}})");
  Publish(world, R"("bus": ")" + world.ns + "\"");
  auto chapters = WithTopicBetween(
      world,
      MadeAndRemoved(
          world, "Strimzi",
          [platform, strimzi] { return platform->workers->connectors.empty() && strimzi->connectors() == 0; }),
      [platform] { return static_cast<int>(platform->workers->connectors.size()); },
      [users] { return static_cast<int>(users->users().size()); });
  return {.chapters = std::move(chapters), .also = [platform, users] {
            auto lines = platform->Connectors();
            for (const auto& user : users->users()) lines.push_back("user " + user);
            return lines;
          }};
}

}  // namespace

std::vector<Story> EventsStories() {
  return {{.name = "EventsInOneDatabase", .begin = InOneDatabase},
          {.name = "EventsByPolling", .begin = ByPolling, .admin = OperatorWorld::Admin::kManaged},
          {.name = "EventsByReplication", .begin = ByReplication},
          {.name = "EventsOverKafkaConnect", .begin = OverKafkaConnect},
          {.name = "EventsOverStrimzi", .begin = OverStrimzi}};
}

}  // namespace freehold::test
