// For every scenario: run it once undisturbed and count its effects. Then let the process die before the first and after
// every one (which leaves what dying before the next leaves: only effects outlive a process), start a new one, let it
// come to rest, and compare: the same end, no effect lost, nothing done twice that makes or removes something.
#include <gtest/gtest.h>
#include <unistd.h>

#include <iostream>

#include "operator_world.h"

namespace freehold::test {
namespace {

/// Dies once so many effects are done.
class Dying final : public runtime::GateObserver {
 public:
  explicit Dying(int effects) : effects_(effects) {}

  void Before(const runtime::Effect& effect) override {
    if (effects_ == 0) Die("before " + effect.verb);
    ++count_;
  }
  void After(const runtime::Effect& effect, std::chrono::steady_clock::duration, const base::Failure*) override {
    if (count_ == effects_) Die("after " + effect.verb);
  }
  const std::string& place() const { return place_; }

 private:
  void Die(const std::string& place) {
    place_ = place;
    throw Crash{};
  }

  const int effects_;
  int count_ = 0;
  std::string place_;
};

/// What counts as the same end: everything but names, times and passwords.
struct End {
  bool exists = false;
  std::string ready, isolated, phase;
  bool secret_works = false;
  bool outbox = false;
  std::vector<std::string> roles;
  std::vector<std::string> databases;
  std::vector<std::string> kept_rows;
  std::string events_ready;           ///< of a consumer
  std::vector<std::string> feeds;     ///< triggers on its outbox
  std::vector<std::string> arrived;   ///< in the inbox of a consumer in another database
  std::vector<std::string> reported;  ///< what a tool outside has: publications, slots, a Secret that works
  bool operator==(const End&) const = default;
};

std::ostream& operator<<(std::ostream& out, const End& end) {
  out << "{exists " << end.exists << " ready " << end.ready << " isolated " << end.isolated << " phase " << end.phase
      << " works " << end.secret_works << " outbox " << end.outbox << " roles";
  for (const auto& role : end.roles) out << " " << role;
  out << " databases";
  for (const auto& database : end.databases) out << " " << database;
  out << " rows " << end.kept_rows.size() << " events " << end.events_ready << " feeds " << end.feeds.size() << "}";
  return out;
}

std::string PhaseOf(const api::ServiceDatabase& object) {
  if (!object.status.credentials) return "";
  return object.status.credentials->phase == api::CredentialPhase::kDraining ? "Draining" : "Stable";
}

struct Scenario {
  std::string name;
  int major;
  std::string spec;
  /// Brings the world to where the disturbed part begins. The operator has come to rest before.
  std::function<void(OperatorWorld&)> change;
  bool has_store_after = true;
  OperatorWorld::Admin admin = OperatorWorld::Admin::kSuperuser;
};

std::ostream& operator<<(std::ostream& out, const Scenario& scenario) { return out << scenario.name; }

bool InSchema(const Scenario& scenario) { return scenario.spec.find("Schema") != std::string::npos; }

std::string DatabaseOf(OperatorWorld& world) { return world.ns + "_orders_db"; }

End EndOf(OperatorWorld& world, const Scenario& scenario) {
  End end;
  end.exists = world.Exists("orders");
  if (end.exists) {
    const auto object = world.Get("orders");
    end.ready = StatusOf(object, "Ready");
    end.isolated = StatusOf(object, "Isolated");
    end.phase = PhaseOf(object);
    end.secret_works = Opens(world.LoginOf("orders.freehold"));
  }
  const auto strip = [&](std::vector<std::string> names) {
    for (auto& name : names) name.erase(0, world.ns.size());
    return names;
  };
  auto server = world.SessionIn("postgres");
  end.roles = strip(
      server.Query("SELECT rolname || CASE WHEN rolcanlogin THEN '+' ELSE '' END FROM pg_roles WHERE rolname LIKE '" +
                   world.ns + "%' ORDER BY 1"));
  end.databases =
      strip(server.Query("SELECT datname FROM pg_database WHERE datname LIKE '" + world.ns + "%' ORDER BY 1"));
  const std::string database = InSchema(scenario) ? world.ns + "_apps" : DatabaseOf(world);
  const bool there = std::ranges::find(end.databases, database.substr(world.ns.size())) != end.databases.end();
  if (!there) return end;
  auto store = world.SessionIn(database);
  end.outbox = !store
                    .Query(
                        "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = 'outbox' "
                        "AND nspname LIKE '" +
                        world.ns + "%'")
                    .empty();
  if (world.Exists("payments")) end.events_ready = StatusOf(world.Get("payments"), "EventsReady");
  const bool distant = std::ranges::count(end.databases, "_payments_db") > 0;
  if (distant && world.Exists("payments")) {
    end.arrived = Query(world.LoginOf("payments.freehold"), "SELECT aggregateid FROM inbox ORDER BY position");
  }
  end.feeds = strip(
      store.Query("SELECT c.relnamespace::regnamespace || ' ' || encode(t.tgargs, 'escape') FROM pg_trigger t JOIN "
                  "pg_class c ON c.oid = t.tgrelid WHERE t.tgparentid = 0 AND t.tgname LIKE 'freehold_%' AND "
                  "c.relnamespace::regnamespace::text LIKE '" +
                  world.ns + "%'"));
  for (auto& feed : end.feeds) feed.erase(std::min(feed.size(), feed.find(' ')));
  end.reported = store.Query(
      "SELECT pubname || ' ' || coalesce((SELECT string_agg(tablename, ' ') FROM pg_publication_tables t "
      "WHERE t.pubname = p.pubname), '') FROM pg_publication p UNION ALL SELECT slot_name FROM pg_replication_slots "
      "WHERE database = current_database() ORDER BY 1");
  const auto tool = world.Secret(world.server + "." + world.ns + ".orders.freehold", Cluster::kNamespace);
  if (!tool.empty()) end.reported.push_back(Opens(world.LoginIn(tool)) ? "a login that works" : "a login that doesn't");
  if (!store.Query("SELECT 1 FROM pg_class WHERE relname = 'kept'").empty())
    end.kept_rows = store.Query("SELECT id FROM " + world.ns + "_orders.kept");
  return end;
}

/// The world just before the disturbed part.
std::unique_ptr<OperatorWorld> Prepare(const Scenario& scenario) {
  auto world =
      std::make_unique<OperatorWorld>("t" + std::to_string(::getpid()), scenario.major,
                                      InSchema(scenario) ? "{}" : R"({"isolation": ["Database"]})", scenario.admin);
  world->Start()->Settle();
  if (!scenario.change) {
    world->Apply("orders", scenario.spec);
    return world;
  }
  world->Apply("orders", scenario.spec);
  world->Start()->Settle();
  Query(world->LoginOf("orders.freehold"), "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)");
  world->Start()->Settle();
  scenario.change(*world);
  return world;
}

class CrashSweep : public testing::TestWithParam<Scenario> {};

TEST_P(CrashSweep, EndsAsTheUndisturbedRunDoes) {
  const Scenario& scenario = GetParam();
  auto undisturbed = Prepare(scenario);
  auto reference = undisturbed->Start();
  reference->Settle();
  const End expected = EndOf(*undisturbed, scenario);
  const int effects = reference->effects();
  reference.reset();
  undisturbed.reset();
  ASSERT_GT(effects, 0);
  EXPECT_EQ(expected.exists, scenario.has_store_after);
  if (scenario.has_store_after) {
    ASSERT_EQ(expected.ready, "True") << expected;
    EXPECT_TRUE(expected.secret_works);
  }

  int runs = 0;
  for (int done = 0; done <= effects; ++done) {
    auto world = Prepare(scenario);
    Dying dying(done);
    EXPECT_THROW(world->Start(&dying)->Settle(), Crash);
    SCOPED_TRACE(scenario.name + ", crashed " + dying.place() + " (effect " + std::to_string(done) + " of " +
                 std::to_string(effects) + ")");
    ASSERT_NO_THROW(world->Start()->Settle());
    EXPECT_EQ(EndOf(*world, scenario), expected);
    auto quiet = world->Start();
    quiet->Settle();
    EXPECT_EQ(quiet->effects(), 0) << "work is left after the world came to rest";
    ++runs;
  }
  std::cout << "    " << scenario.name << ": " << effects << " effects, " << runs << " crashes survived\n";
}

constexpr const char* kDatabase = R"({"publishes": [{"event": "OrderConfirmed"}], "deletionPolicy": "Retain"})";
constexpr const char* kSchema = R"({"isolation": "Schema", "publishes": [{"event": "OrderConfirmed"}]})";
constexpr const char* kDelete = R"({"deletionPolicy": "Delete"})";

void Consume(OperatorWorld& world) {
  world.Apply("payments", R"({"isolation": "Schema", "consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns +
                              R"(-orders", "startFrom": "Earliest"}]})");
}

/// What is in the outbox already is to come, too.
void ConsumeFromAfar(OperatorWorld& world) {
  Query(world.LoginOf("orders.freehold"),
        "INSERT INTO outbox (aggregatetype, aggregateid, type) SELECT 'Order', n::text, 'OrderConfirmed' "
        "FROM generate_series(1, 3) n");
  world.Apply("payments", R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns +
                              R"(-orders", "startFrom": "Earliest"}]})");
}

void StopConsuming(OperatorWorld& world) {
  Consume(world);
  world.Start()->Settle();
  world.Delete("payments");
}

constexpr const char* kReports = R"({"reporting": {"warehouse": ")";

/// To a tool outside, which is there already.
void ReportToATool(OperatorWorld& world) {
  Query(world.LoginOf("orders.freehold"), "ALTER TABLE kept ADD PRIMARY KEY (id)");
  world.ApplyWarehouse(R"({"loader": {"type": "Airbyte"}, "credentials": {"rotateEvery": "720h", "overlap": "24h"}})");
  world.Apply("orders", kReports + world.server + R"(", "tables": [{"name": "kept"}]}})");
}

void Rest(OperatorWorld& world) { world.Start()->Settle(); }

void ChangeSpec(OperatorWorld& world) {
  world.Apply(
      "orders",
      R"({"publishes": [{"event": "OrderConfirmed"}, {"event": "OrderCancelled"}], "limits": {"connections": 7}})");
}

INSTANTIATE_TEST_SUITE_P(
    Scenarios, CrashSweep,
    testing::Values(
        Scenario{"CreateInItsOwnDatabase", 15, kDatabase, nullptr}, Scenario{"CreateInASchema", 15, kSchema, nullptr},
        Scenario{"Update", 15, kDatabase, ChangeSpec}, Scenario{"Consume", 15, kSchema, Consume},
        Scenario{"StopConsuming", 15, kSchema, StopConsuming},
        Scenario{"ConsumeFromAfar", 15, kDatabase, ConsumeFromAfar, true, OperatorWorld::Admin::kManaged},
        Scenario{"ReportToATool", 15, "{}", ReportToATool},
        Scenario{"RotateForATool", 15, "{}",
                 [](OperatorWorld& world) {
                   ReportToATool(world);
                   Rest(world);
                   world.clock.Advance(std::chrono::hours(721));
                 }},
        Scenario{"ReportNoMoreToATool", 15, "{}",
                 [](OperatorWorld& world) {
                   ReportToATool(world);
                   Rest(world);
                   world.Apply("orders", "{}");
                 }},
        Scenario{"Rotate", 15, kDatabase,
                 [](OperatorWorld& world) { world.Annotate("orders", api::kRotateAnnotation, "1"); }},
        Scenario{"EndOfTheOverlap", 15, R"({"credentials": {"rotateEvery": "720h", "overlap": "24h"}})",
                 [](OperatorWorld& world) {
                   world.Annotate("orders", api::kRotateAnnotation, "1");
                   world.Start()->Settle();
                   world.clock.Advance(std::chrono::hours(25));
                 }},
        Scenario{"SecretRemoved", 15, kDatabase, [](OperatorWorld& world) { world.DeleteSecret("orders.freehold"); }},
        Scenario{"DeleteAndRetain", 15, kDatabase, [](OperatorWorld& world) { world.Delete("orders"); }, false},
        Scenario{"DeleteAndDrop", 15, kDelete, [](OperatorWorld& world) { world.Delete("orders"); }, false},
        Scenario{"DeleteASchema", 15, R"({"isolation": "Schema", "deletionPolicy": "Delete"})",
                 [](OperatorWorld& world) { world.Delete("orders"); }, false},
        Scenario{"DeleteAndOrphan", 15, R"({"deletionPolicy": "Orphan"})",
                 [](OperatorWorld& world) { world.Delete("orders"); }, false}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace freehold::test
