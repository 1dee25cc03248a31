#include "random_kills.h"

#include <signal.h>

#include <cstdlib>
#include <iostream>

namespace freehold::test {
namespace {

using std::chrono::seconds;

constexpr int kWriters = 2, kEventsBetween = 12;

unsigned Seed() {
  const char* given = std::getenv("FREEHOLD_TEST_SEED");
  return given ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
}

}  // namespace

RandomKills::RandomKills()
    : door({PostgresOf(15).port}),
      shop(15, R"({"port": )" + std::to_string(door.port()) + "}"),
      bank(18),
      seed_(Seed()),
      random_(seed_) {}

void RandomKills::SetUp() {
  Keep("SET synchronous_commit = on");
  std::cout << "FREEHOLD_TEST_SEED=" << seed_ << std::endl;
  controller = std::make_unique<ControllerProgram>();
  ASSERT_TRUE(controller->AwaitReady(seconds(60))) << controller->log();
}

void RandomKills::TearDown() { Keep("RESET synchronous_commit"); }

void RandomKills::Keep(const std::string& confirmed) {
  for (auto* world : {&shop, &bank}) world->Sql("ALTER ROLE ALL " + confirmed);
}

void RandomKills::MakeServices(const std::string& more) {
  const auto consumes = R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + shop.ns + "/" + shop.ns +
                        R"(-orders", "startFrom": "Earliest", "into": {"table": "orders_seen", "key": "id", "columns":
        [{"name": "id", "path": "$.id", "type": "integer"}, {"name": "total", "path": "$.total", "type": "integer"}]}}]})";
  shop.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed", "to": [")" + shop.ns + R"(-stock", ")" + bank.ns +
                           "/" + bank.ns + R"(-payments"]}], )" + more + "}");
  shop.Apply("stock", consumes);
  bank.Apply("payments", consumes);
  ASSERT_TRUE(Await(seconds(60), [&] { return Holds(shop, "orders", "Ready"); })) << Told();
  Query(shop.LoginOf("orders.freehold"),
        "CREATE TABLE orders (id int PRIMARY KEY, total int); CREATE TABLE noted (id uuid PRIMARY KEY)");
}

bool RandomKills::Holds(OperatorWorld& world, const std::string& name, const std::string& condition) {
  return StatusOf(world.Get(name), condition) == "True";
}

bool RandomKills::AllHolds() { return Holds(shop, "stock", "EventsReady") && Holds(bank, "payments", "EventsReady"); }

std::string RandomKills::Told() {
  std::string told;
  for (const auto& service : {shop.Get("orders"), shop.Get("stock"), bank.Get("payments")}) {
    for (const auto& condition : service.status.conditions) {
      told += service.meta.name + " " + condition.type + " " + condition.reason + ": " + condition.message + "\n";
    }
  }
  return told + controller->log();
}

void RandomKills::KillOneOf(OperatorWorld& world) {
  try {
    const auto processes =
        world.Sql("SELECT pid::text FROM pg_stat_activity WHERE pid <> pg_backend_pid() ORDER BY pid");
    kill(std::stoi(processes.at(static_cast<std::size_t>(Below(static_cast<int>(processes.size()))))), SIGKILL);
  } catch (const std::exception&) {
    // It is recovering from the one before.
  }
}

std::vector<RandomKills::Fault> RandomKills::Faults() {
  return {{"a process of the publishers' server dies", [this] { KillOneOf(shop); }},
          {"a process of the consumer's server dies", [this] { KillOneOf(bank); }},
          {"the controller dies",
           [this] {
             controller->Signal(SIGKILL);
             controller = std::make_unique<ControllerProgram>();
           }},
          {is_shut_ ? "the network is back" : "the network is cut",
           [this] {
             is_shut_ = !is_shut_;
             door.Shut(is_shut_);
           }},
          {"both servers crash", [this] {
             KillOneOf(shop);
             KillOneOf(bank);
           }}};
}

void RandomKills::Live(int faults) {
  ASSERT_TRUE(Eventually(seconds(180), [&] { return AllHolds(); })) << Told();
  std::list<OrdersWriter> writers;
  for (int number = 0; number < kWriters; ++number) writers.emplace_back(shop.LoginOf("orders.freehold"), number);
  const auto written = [&] {
    int sum = 0;
    for (const auto& writer : writers) sum += writer.written();
    return sum;
  };
  for (int fault = 0; fault < faults; ++fault) {
    const int before = written();
    const auto all = Faults();
    const auto& [told, strike] = all.at(static_cast<std::size_t>(Below(static_cast<int>(all.size()))));
    std::cout << before << " events: " << told << std::endl;
    strike();
    if (is_shut_) continue;
    ASSERT_TRUE(Eventually(seconds(90), [&] { return written() >= before + kEventsBetween; })) << Told();
  }
  door.Shut(false);
  const int before_end = written();
  EXPECT_TRUE(Eventually(seconds(90), [&] { return written() >= before_end + kEventsBetween; }));
  for (auto& writer : writers) writer.Join();
  sent_ = written();
  std::cout << sent_ << " events were sent" << std::endl;
}

void RandomKills::ExpectAllArrived(OperatorWorld& consumer, const std::string& service) {
  SCOPED_TRACE(service);
  const auto login = consumer.LoginOf(service + ".freehold");
  const auto all = std::to_string(sent_) + " " + std::to_string(sent_);
  std::string arrived;
  const auto arrive = [&] {
    try {
      arrived = Query(login, "SELECT count(*) || ' ' || count(DISTINCT id) FROM inbox").front();
    } catch (const std::exception& error) {
      arrived = error.what();
    }
    return arrived == all;
  };
  EXPECT_TRUE(Eventually(seconds(180), arrive)) << arrived << " of " << sent_ << "\n" << Told();
  EXPECT_EQ(Query(login,
                  "SELECT count(*) FROM (SELECT (payload->>'total')::int < lag((payload->>'total')::int) OVER "
                  "(PARTITION BY aggregateid ORDER BY position) AS late FROM inbox) i WHERE late")
                .front(),
            "0")
      << "in order per aggregate";
  EXPECT_EQ(HashOf(Session(login), "SELECT id, total FROM orders_seen"),
            HashOf(shop.SessionIn(shop.ns + "_orders_db"),
                   "SELECT DISTINCT ON (1) (payload->>'id')::int AS id, (payload->>'total')::int AS total FROM " +
                       shop.ns + "_orders.outbox ORDER BY 1, 2 DESC"))
      << "the copy is what the last events say";
}

void RandomKills::ExpectAllWell() {
  EXPECT_TRUE(Eventually(seconds(180), [&] { return AllHolds(); })) << Told();
  for (const char* name : {"orders", "stock"}) EXPECT_TRUE(Holds(shop, name, "Isolated")) << name;
  EXPECT_TRUE(Holds(bank, "payments", "Isolated"));
}

std::string RandomKills::HashOf(Session session, const std::string& rows) {
  return session.Query("SELECT coalesce(md5(string_agg(r::text, ',' ORDER BY r.id)), '') FROM (" + rows + ") r")
      .front();
}

}  // namespace freehold::test
