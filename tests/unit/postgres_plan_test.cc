// Planning without a server: from what was seen to what is to be done.
#include <gmock/gmock.h>

#include "reconcilers/engines/postgres/blank.h"
#include "reconcilers/engines/postgres/engine.h"
#include "reconcilers/engines/postgres/grant_guard.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/plan_spares.h"
#include "reconcilers/engines/postgres/plan_store.h"
#include "reconcilers/engines/postgres/projection_sql.h"
#include "reconcilers/engines/postgres/server_view.h"
#include "reconcilers/engines/postgres/spares.h"
#include "reconcilers/engines/postgres/store_view.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const Marker kMarker{"uid-1", "shop/orders"};

Store Wanted(Isolation isolation) {
  Store store{.layout = LayoutOf(isolation, "orders_db", "orders", "apps"), .marker = kMarker};
  store.logins[0] = {.can_login = true, .new_verifier = "SCRAM-SHA-256$4096:salt$stored:server"};
  return store;
}

std::vector<std::string> Verbs(const std::vector<Step>& steps) {
  std::vector<std::string> verbs;
  for (const auto& step : steps) verbs.push_back(step.verb);
  return verbs;
}

std::string Text(const std::vector<Step>& steps) {
  std::string text;
  for (const auto& step : steps) {
    for (const auto& statement : step.statements) text += statement + "\n";
  }
  return text;
}

/// The store as it is after its plan was carried out, in Database mode.
StoreRows MadeDatabase() {
  const auto layout = Wanted(Isolation::kDatabase).layout;
  StoreRows rows;
  auto& shared = rows.shared;
  shared.major = 18;
  shared.admin = {.name = "admin", .superuser = true};
  shared.admin_signals = shared.verifiers_readable = true;
  shared.databases = {{.name = "orders_db",
                       .owner = "admin",
                       .comment = PrintMarker(kMarker),
                       .reachable = true,
                       .grants = {{"orders_db_owner", "admin", "CONNECT"}, {"orders_db_owner", "admin", "TEMPORARY"}}}};
  for (const auto& name : {layout.owner, layout.logins[0], layout.logins[1]}) {
    shared.roles.push_back({.name = name, .comment = PrintMarker(kMarker)});
  }
  shared.roles[1].can_login = true;
  shared.roles[1].verifier = Wanted(Isolation::kDatabase).logins[0].new_verifier;
  for (const auto& login : layout.logins) {
    shared.memberships.push_back({.role = layout.owner, .member = login, .grantor = "admin"});
    shared.settings.push_back(
        {.role = login, .database = "", .values = {"role=orders_db_owner", "search_path=orders"}});
  }
  LocalRows local;
  local.grant_guard = GrantGuardVersion();
  local.schemas = {
      {"orders", layout.owner, "", 0, {{layout.owner, layout.owner, "USAGE"}, {layout.owner, layout.owner, "CREATE"}}}};
  for (const auto& role : {layout.owner, layout.logins[0], layout.logins[1]}) {
    const bool login = role != layout.owner;
    for (const auto& [kind, rights] : std::map<std::string, std::vector<std::string>>{
             {"FUNCTIONS", {"EXECUTE"}},
             {"TYPES", {"USAGE"}},
             {"TABLES", {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}},
             {"SEQUENCES", {"USAGE", "SELECT", "UPDATE"}}}) {
      DefaultAcl row{.role = role, .schema = "", .kind = kind, .grants = {}};
      for (const auto& right : rights) {
        if (login) row.grants.push_back({layout.owner, role, right});
      }
      local.defaults.push_back(row);
    }
  }
  rows.local = local;
  return rows;
}

testing::Matcher<ForeignAccess> Listed(const std::string& principal, const std::string& right,
                                       const std::string& path) {
  return testing::AllOf(testing::Field(&ForeignAccess::principal, principal),
                        testing::Field(&ForeignAccess::right, right), testing::Field(&ForeignAccess::path, path));
}

std::vector<Step> PlanFor(StoreRows rows, const Store& wanted) {
  return PlanStore(wanted, ViewOf(std::move(rows), wanted.layout, {.shared_database = "apps"}));
}

std::vector<std::string> HindrancesIn(const StoreRows& rows, const Store& wanted) {
  return PostgresEngine().Hindrances(wanted, ViewOf(rows, wanted.layout, {.shared_database = "apps"}));
}

TEST(Hindrances, AreToldOfEachThingThatTheServiceNeeds) {
  const auto wanted = Wanted(Isolation::kDatabase);
  using Change = std::function<void(SharedRows&, LocalRows&)>;
  const std::vector<std::pair<const char*, Change>> changes = {
      {"database orders_db has a connection limit of 0", [](auto& s, auto&) { s.databases[0].connections = 0; }},
      {"login orders_db_a may not connect to database orders_db",
       [](auto& s, auto&) { s.databases[0].grants.clear(); }},
      {"login orders_db_a has a connection limit of 0", [](auto& s, auto&) { s.roles[1].connections = 0; }},
      {"login orders_db_a is closed", [](auto& s, auto&) { s.roles[1].can_login = false; }},
      {"login orders_db_a is no member of orders_db_owner", [](auto& s, auto&) { s.memberships.clear(); }},
      {"login orders_db_a may not connect to database orders_db",
       [](auto& s, auto&) { s.memberships[0].inherits = false; }},
      {"login orders_db_a does not work as orders_db_owner",
       [](auto& s, auto&) {
         s.settings.push_back({"orders_db_a", "orders_db", {"role=none"}});
       }},
      {"schema orders is not on the search_path of login orders_db_a",
       [](auto& s, auto&) { s.settings[0].values[1] = "search_path=public"; }},
      {"schema orders does not exist", [](auto&, auto& l) { l.schemas.clear(); }},
      {"role orders_db_owner has no CREATE on schema orders", [](auto&, auto& l) { l.schemas[0].grants.pop_back(); }},
  };
  for (const auto& [hindrance, change] : changes) {
    auto rows = MadeDatabase();
    change(rows.shared, *rows.local);
    EXPECT_THAT(HindrancesIn(rows, wanted), ElementsAre(hindrance));
  }
}

TEST(Hindrances, AreToldOfADatabaseThatIsGoneOrShut) {
  const auto wanted = Wanted(Isolation::kDatabase);
  auto rows = MadeDatabase();
  rows.local.reset();
  EXPECT_THAT(HindrancesIn(rows, wanted), ElementsAre("database orders_db could not be looked into"));
  rows.shared.databases[0].allows_connections = false;
  EXPECT_THAT(HindrancesIn(rows, wanted), ElementsAre("database orders_db accepts no connections"));
  rows.shared.databases.clear();
  EXPECT_THAT(HindrancesIn(rows, wanted), ElementsAre("database orders_db does not exist"));
}

TEST(Hindrances, AreNoneWhereOthersHaveMoreThanTheyShould) {
  const auto wanted = Wanted(Isolation::kDatabase);
  auto rows = MadeDatabase();
  EXPECT_THAT(HindrancesIn(rows, wanted), IsEmpty());
  rows.shared.databases[0].grants.push_back({"", "admin", "CONNECT"});
  rows.shared.databases[0].owner = "somebody";
  rows.shared.roles[1].superuser = true;
  rows.shared.roles[2].comment = "";
  rows.local->grant_guard = "";
  rows.local->defaults.clear();
  EXPECT_THAT(PlanFor(rows, wanted), Not(IsEmpty()));
  EXPECT_THAT(HindrancesIn(rows, wanted), IsEmpty());
}

TEST(Hindrances, AreToldOfAnOutboxThatTakesNoEvents) {
  auto wanted = Wanted(Isolation::kDatabase);
  wanted.outbox = OutboxWanted{{"OrderConfirmed"}, std::chrono::hours(168), {}};
  wanted.inbox = Rolling{std::chrono::hours(168), {}};
  auto rows = MadeDatabase();
  EXPECT_THAT(HindrancesIn(rows, wanted),
              ElementsAre("table orders.outbox does not exist", "view orders.inbox is not whole"));
  wanted.inbox.reset();
  rows.local->outbox.emplace();
  EXPECT_THAT(HindrancesIn(rows, wanted), ElementsAre("table orders.outbox is not the operator's"));
  rows.local->outbox->partitioned = true;
  rows.local->outbox->owner = "admin";
  EXPECT_THAT(HindrancesIn(rows, wanted), ElementsAre("role orders_db_owner has no INSERT on table orders.outbox"));
  rows.local->outbox->grants = {{"orders_db_owner", "admin", "INSERT"}};
  EXPECT_THAT(HindrancesIn(rows, wanted), IsEmpty());
}

TEST(BlankServer, GetsADatabaseInThreeSteps) {
  const PostgresEngine engine;
  const auto wanted = Wanted(Isolation::kDatabase);
  const auto steps = engine.Plan(wanted, engine.BlankStore(wanted.layout));
  EXPECT_THAT(Verbs(steps), ElementsAre("prepare-roles", "create-database", "make-schema"));
  EXPECT_EQ(steps[1].statements[0], "CREATE DATABASE \"orders_db\" TEMPLATE template0 ALLOW_CONNECTIONS false");
  EXPECT_FALSE(steps[1].transaction);
  EXPECT_EQ(steps[2].database, "orders_db");
  EXPECT_THAT(Masked(Text(steps)), Not(HasSubstr("stored")));
}

TEST(BlankServer, GetsASchemaInOneStep) {
  const PostgresEngine engine;
  for (const auto isolation : {Isolation::kSchema, Isolation::kTables}) {
    auto wanted = Wanted(isolation);
    wanted.outbox = OutboxWanted{{"OrderConfirmed"}, std::chrono::hours(168), {}};
    const auto steps = engine.Plan(wanted, engine.BlankStore(wanted.layout));
    EXPECT_THAT(Verbs(steps), ElementsAre("make-schema"));
    EXPECT_EQ(steps[0].database, "apps");
    EXPECT_TRUE(steps[0].transaction);
  }
}

ProjectionWanted Products() {
  return {.table = "products",
          .key = 0,
          .columns = {{"id", "uuid"}, {"name", "text"}},
          .events = {{.source = "shop/catalog", .type = "ProductUpdated", .paths = {"$.id", "$.name"}}}};
}

TEST(BlankServer, GetsCopiesWithTheInboxThatTheyAreKeptFrom) {
  const PostgresEngine engine;
  auto wanted = Wanted(Isolation::kSchema);
  wanted.inbox = Rolling{std::chrono::hours(168), {}};
  wanted.projections = {Products()};
  const auto steps = engine.Plan(wanted, engine.BlankStore(wanted.layout));
  EXPECT_THAT(Verbs(steps), ElementsAre("make-schema", "make-projection", "fill-projection", "show-projection"));
  EXPECT_EQ(steps[1].target, "orders.products");
}

/// The table's name changes with everything that is kept otherwise, and with nothing else.
TEST(Projection, HasATableOfItsOwnForEveryWish) {
  const auto layout = Wanted(Isolation::kSchema).layout;
  const auto name = [&](const std::function<void(ProjectionWanted&)>& change) {
    auto wanted = Products();
    change(wanted);
    return ProjectionSql(layout, wanted).name();
  };
  const auto same = name([](auto&) {});
  EXPECT_THAT(same, StartsWith("orders_db/products@"));
  EXPECT_EQ(same, name([](auto&) {}));
  std::set<std::string> names = {same};
  for (const auto& change : std::vector<std::function<void(ProjectionWanted&)>>{
           [](auto& w) { w.columns[1].type = "jsonb"; }, [](auto& w) { w.columns[1].name = "title"; },
           [](auto& w) { w.key = 1; }, [](auto& w) { w.events[0].paths[1] = "$.title"; },
           [](auto& w) { w.events[0].deletes = true; }, [](auto& w) { w.events[0].settles = true; },
           [](auto& w) { w.events[0].source = "shop/other"; }, [](auto& w) { w.events[0].type = "ProductAdded"; }}) {
    EXPECT_TRUE(names.insert(name(change)).second);
  }
}

TEST(Projection, HasANameThatFitsAndIsNoOtherStores) {
  std::set<std::string> names;
  for (const auto& store : std::vector<std::string>{"a", "a_b", std::string(57, 's'), std::string(56, 's') + "t"}) {
    const auto layout = LayoutOf(Isolation::kDatabase, store, "orders", "apps");
    for (const auto& table :
         std::vector<std::string>{"b", "b_c", "c", std::string(63, 't'), std::string(62, 't') + "u"}) {
      auto wanted = Products();
      wanted.table = table;
      const auto name = ProjectionSql(layout, wanted).name();
      EXPECT_LE(name.size(), 63u);
      EXPECT_THAT(name, StartsWith(ProjectionPrefix(layout)));
      EXPECT_TRUE(names.insert(name).second) << name;
    }
  }
}

TEST(BlankServer, IsClosedAndGivenASharedDatabase) {
  const PostgresEngine engine;
  const auto steps = engine.PlanServer(*engine.BlankServer(), {.shared_database = "apps"}, true);
  EXPECT_THAT(Verbs(steps), ElementsAre("close-server", "create-database", "make-shared-schemas"));
  EXPECT_THAT(Text(steps), HasSubstr("REVOKE ALL ON DATABASE \"template1\" FROM PUBLIC"));
}

const ServerAccess kStocked{.name = "main", .uid = "uid-main", .takes_spares = true};
const std::string kFirstSpare = SpareNamesOf(kStocked).prefix + "1";

Database NewSpare(const std::string& name = kFirstSpare) {
  return {.name = name,
          .owner = "postgres",
          .allows_connections = false,
          .comment = SpareNamesOf(kStocked).comment,
          .grants = {{"postgres", "postgres", "CONNECT"}}};
}

PostgresSnapshot WithDatabase(const Database& database) {
  auto rows = BlankRows();
  rows.databases.push_back(database);
  return {ServerRows{.shared = std::move(rows), .local = {}}, kStocked};
}

TEST(Spares, AreMadeAndDroppedUntilThereAreAsManyAsShouldBe) {
  const auto snapshot = WithDatabase(NewSpare());
  EXPECT_EQ(snapshot.spares, 1);
  EXPECT_THAT(snapshot.findings, Not(Contains(HasSubstr("spare"))));
  EXPECT_THAT(PlanSpares(snapshot, kStocked, 1), IsEmpty());
  EXPECT_THAT(Verbs(PlanSpares(snapshot, kStocked, 3)), ElementsAre("make-spare", "make-spare"));
  EXPECT_THAT(Verbs(PlanSpares(snapshot, kStocked, 0)), ElementsAre("drop-spare"));
  EXPECT_THAT(PlanSpares(snapshot, {.name = "main", .uid = "uid-other"}, 0), IsEmpty());
  auto unmarked = NewSpare();
  unmarked.comment = "";
  unmarked.grants = {{"", "postgres", "CONNECT"}};
  EXPECT_THAT(Verbs(PlanSpares(WithDatabase(unmarked), kStocked, 1)), ElementsAre("finish-spare"));
  EXPECT_LE(SpareNamesOf({.uid = std::string(300, 'u')}).prefix.size() + 3, 63u);
}

TEST(Spares, ThatSomebodyElseMadeOpenedOrUsedAreNone) {
  const std::map<std::string, std::function<void(Database&)>> changes = {
      {"not made", [](auto& d) { d.comment = "mine"; }},
      {"not made and open", [](auto& d) { d.comment = "", d.allows_connections = true; }},
      {"another's", [](auto& d) { d.owner = "somebody"; }},
      {"accepts connections", [](auto& d) { d.allows_connections = true; }},
      {"a template", [](auto& d) { d.is_template = true; }},
      {"limited", [](auto& d) { d.connections = 0; }},
      {"entered", [](auto& d) { d.was_entered = true; }},
      {"open to PUBLIC",
       [](auto& d) {
         d.grants.push_back({"", "postgres", "CONNECT"});
       }},
      {"open to a role", [](auto& d) {
         d.grants.push_back({"somebody", "postgres", "CREATE"});
       }}};
  for (const auto& [name, change] : changes) {
    auto database = NewSpare();
    change(database);
    const auto snapshot = WithDatabase(database);
    EXPECT_EQ(snapshot.spares, 0) << name;
    EXPECT_THAT(snapshot.findings, Contains(HasSubstr("database " + kFirstSpare))) << name;
    EXPECT_THAT(PlanSpares(snapshot, kStocked, 0), IsEmpty()) << name;
    const auto steps = PlanSpares(snapshot, kStocked, 1);
    ASSERT_THAT(Verbs(steps), ElementsAre("make-spare")) << name;
    EXPECT_EQ(steps[0].target, SpareNamesOf(kStocked).prefix + "2") << name;
  }
  auto rows = BlankRows();
  rows.databases = {NewSpare(), NewSpare(SpareNamesOf(kStocked).prefix + "2"),
                    NewSpare(SpareNamesOf(kStocked).prefix + "3")};
  rows.holdings = {
      {"template0", "cloud", "7", {}}, {kFirstSpare, "cloud", "7", {}}, {rows.databases[1].name, "x", "8", {}}};
  rows.settings = {{"", rows.databases[2].name, {"search_path=mine"}}};
  EXPECT_THAT(SparesIn(rows, SpareNamesOf(kStocked)).ready, ElementsAre(kFirstSpare));
}

TEST(Spares, AreWhatANewStoreTriesFirst) {
  const auto plan = [](const ServerAccess& access) {
    return PlanStore(Wanted(Isolation::kDatabase),
                     ViewOf({.shared = BlankRows().WithoutStores()}, Wanted(Isolation::kDatabase).layout, access));
  };
  const auto steps = plan(kStocked);
  ASSERT_THAT(Verbs(steps), ElementsAre("prepare-roles", "create-database", "make-schema"));
  EXPECT_THAT(steps[1].shortcut, HasSubstr("RENAME TO"));
  EXPECT_THAT(steps[1].shortcut, testing::EndsWith(steps[1].statements[1]));
  EXPECT_EQ(plan({.name = "main", .uid = "uid-main"})[1].shortcut, "");
}

TEST(MadeStore, NeedsNothing) {
  const auto wanted = Wanted(Isolation::kDatabase);
  EXPECT_EQ(Text(PlanFor(MadeDatabase(), wanted)), "");
  EXPECT_THAT(ViewOf(MadeDatabase(), wanted.layout, {}).foreign, IsEmpty());
}

struct DriftCase {
  std::string name;
  std::function<void(StoreRows&)> happens;
  std::string answer;
};

class DriftOf : public testing::TestWithParam<DriftCase> {};

TEST_P(DriftOf, IsAnsweredByOneStatement) {
  auto rows = MadeDatabase();
  GetParam().happens(rows);
  const auto steps = PlanFor(rows, Wanted(Isolation::kDatabase));
  EXPECT_EQ(Text(steps), GetParam().answer + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    , DriftOf,
    testing::Values(
        DriftCase{"PublicConnect",
                  [](auto& r) {
                    r.shared.databases[0].grants.push_back({"", "admin", "CONNECT"});
                  },
                  "REVOKE ALL ON DATABASE \"orders_db\" FROM PUBLIC CASCADE"},
        DriftCase{"GrantOption", [](auto& r) { r.shared.databases[0].grants[0].grantable = true; },
                  "REVOKE GRANT OPTION FOR ALL ON DATABASE \"orders_db\" FROM \"orders_db_owner\", \"orders_db_a\", "
                  "\"orders_db_b\" CASCADE"},
        DriftCase{"Owner", [](auto& r) { r.shared.databases[0].owner = "eve"; },
                  "ALTER DATABASE \"orders_db\" OWNER TO \"admin\""},
        DriftCase{"Limit", [](auto& r) { r.shared.databases[0].connections = 0; },
                  "ALTER DATABASE \"orders_db\" WITH CONNECTION LIMIT -1"},
        DriftCase{"Template", [](auto& r) { r.shared.databases[0].is_template = true; },
                  "ALTER DATABASE \"orders_db\" WITH IS_TEMPLATE false"},
        DriftCase{"Parameter",
                  [](auto& r) {
                    r.shared.parameters = {{"orders_db_a", "SET", "session_replication_role"}};
                  },
                  "REVOKE ALL ON PARAMETER \"session_replication_role\" FROM \"orders_db_a\" CASCADE"},
        DriftCase{"LargeObject",
                  [](auto& r) {
                    r.local->strays = {
                        {{"LARGE OBJECT", "4711", "", "orders_db_owner"}, "", {"eve", "orders_db_owner", "SELECT"}}};
                  },
                  "REVOKE ALL ON LARGE OBJECT 4711 FROM \"eve\" CASCADE"},
        DriftCase{"OwnerLogsIn", [](auto& r) { r.shared.roles[0].can_login = true; },
                  "ALTER ROLE \"orders_db_owner\" NOLOGIN"},
        DriftCase{"Superuser", [](auto& r) { r.shared.roles[1].superuser = true; },
                  "ALTER ROLE \"orders_db_a\" NOSUPERUSER"},
        DriftCase{"IdleLogin", [](auto& r) { r.shared.roles[2].can_login = true; },
                  "ALTER ROLE \"orders_db_b\" NOLOGIN"},
        DriftCase{"IdlePassword", [](auto& r) { r.shared.roles[2].verifier = "SCRAM"; },
                  "ALTER ROLE \"orders_db_b\" PASSWORD NULL"},
        DriftCase{"Comment", [](auto& r) { r.shared.roles[2].comment = ""; },
                  "COMMENT ON ROLE \"orders_db_b\" IS 'freehold: owned by shop/orders, uid uid-1'"},
        DriftCase{"Member",
                  [](auto& r) {
                    r.shared.memberships.push_back({"orders_db_owner", "eve", "mallory"});
                  },
                  "REVOKE \"orders_db_owner\" FROM \"eve\" GRANTED BY \"mallory\" CASCADE"},
        DriftCase{"Inherit", [](auto& r) { r.shared.memberships[0].inherits = false; },
                  "GRANT \"orders_db_owner\" TO \"orders_db_a\" WITH INHERIT TRUE, SET TRUE"},
        DriftCase{"SearchPath", [](auto& r) { r.shared.settings[0].values[1] = "search_path=public"; },
                  "ALTER ROLE \"orders_db_a\" SET search_path = \"orders\""},
        DriftCase{"InDatabase",
                  [](auto& r) {
                    r.shared.settings.push_back({"orders_db_a", "orders_db", {"search_path=public", "work_mem=1GB"}});
                  },
                  "ALTER ROLE \"orders_db_a\" IN DATABASE \"orders_db\" RESET search_path"},
        DriftCase{"Stranger",
                  [](auto& r) {
                    r.local->strays = {
                        {{"TABLE", "orders.t", "orders", "orders_db_owner"}, "", {"eve", "orders_db_owner", "SELECT"}}};
                  },
                  "REVOKE ALL ON TABLE orders.t FROM \"eve\" CASCADE"},
        DriftCase{"OwnedByLogin",
                  [](auto& r) {
                    r.local->misowned = {{"TABLE", "orders.t", "orders", "orders_db_a", false, true}};
                  },
                  "ALTER TABLE orders.t OWNER TO \"orders_db_owner\""},
        DriftCase{"Default",
                  [](auto& r) {
                    r.local->defaults[2].grants.push_back({"eve", "x", "SELECT"});
                  },
                  "ALTER DEFAULT PRIVILEGES FOR ROLE \"orders_db_owner\" REVOKE ALL ON TABLES FROM \"eve\""},
        DriftCase{"Session", [](auto& r) { r.sessions["eve"] = 1; },
                  "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                  "usename IN ('eve') AND datname = 'orders_db'"}),
    [](const auto& info) { return info.param.name; });

TEST(AnothersStore, IsLeftAlone) {
  auto wanted = Wanted(Isolation::kDatabase);
  wanted.marker = {"uid-2", "shop/thief"};
  wanted.adopt = true;
  EXPECT_THAT(PlanFor(MadeDatabase(), wanted), IsEmpty());
  auto rows = MadeDatabase();
  rows.shared.roles[2].comment = PrintMarker({"uid-3", "x/y"});
  EXPECT_THAT(PlanFor(rows, Wanted(Isolation::kDatabase)), IsEmpty());
}

TEST(UnmarkedDatabase, IsTakenOnlyWhenAsked) {
  auto rows = MadeDatabase();
  rows.shared.databases[0].comment = "";
  auto wanted = Wanted(Isolation::kDatabase);
  const auto seen = ViewOf(rows, wanted.layout, {});
  EXPECT_TRUE(seen.exists && seen.occupied);
  EXPECT_FALSE(seen.marker);
  EXPECT_THAT(PlanStore(wanted, seen), IsEmpty());
  wanted.adopt = true;
  EXPECT_THAT(Text(PlanStore(wanted, seen)), HasSubstr("COMMENT ON DATABASE"));
}

TEST(ReleasedStore, IsTakenOnlyWhenAsked) {
  auto rows = MadeDatabase();
  const auto released = PrintMarker({"", "shop/orders"});
  rows.shared.databases[0].comment = released;
  for (auto& role : rows.shared.roles) role.comment = released;
  auto wanted = Wanted(Isolation::kDatabase);
  EXPECT_THAT(PlanFor(rows, wanted), IsEmpty());
  wanted.adopt = true;
  EXPECT_THAT(Text(PlanFor(rows, wanted)), HasSubstr("uid-1"));
}

TEST(ManagedAdmin, DoesOnlyWhatItMay) {
  auto rows = MadeDatabase();
  rows.shared.admin.superuser = rows.shared.admin_signals = false;
  for (const auto& role : rows.shared.roles) rows.shared.memberships.push_back({role.name, "admin", "admin"});
  rows.shared.memberships.push_back({"orders_db_owner", "eve", "postgres"});
  rows.shared.roles[0].replication = true;
  rows.sessions["eve"] = 1;
  EXPECT_EQ(Text(PlanFor(rows, Wanted(Isolation::kDatabase))), "");
  EXPECT_THAT(ViewOf(rows, Wanted(Isolation::kDatabase).layout, {}).foreign,
              ElementsAre(Listed("orders_db_owner", "REPLICATION", "attribute of orders_db_owner"),
                          Listed("eve", "MEMBER", "member of orders_db_owner"),
                          Listed("eve", "SESSION", "open session in database orders_db")));
}

TEST(FingerprintOfAStore, DependsOnWhatIsThereAndNotOnItsOrder) {
  const auto layout = Wanted(Isolation::kDatabase).layout;
  auto rows = MadeDatabase();
  const auto before = ViewOf(rows, layout, {}).fingerprint;
  std::ranges::reverse(rows.shared.roles);
  std::ranges::reverse(rows.shared.databases[0].grants);
  EXPECT_EQ(ViewOf(rows, layout, {}).fingerprint, before);
  rows.shared.roles[0].connections = 3;
  EXPECT_NE(ViewOf(rows, layout, {}).fingerprint, before);
}

TEST(Removal, EndsAccessBeforeItDropsAnything) {
  const PostgresEngine engine;
  const auto layout = Wanted(Isolation::kDatabase).layout;
  const auto plan = [&](api::DeletionPolicy policy) {
    return engine.PlanRemoval(layout, "uid-1", policy, ViewOf(MadeDatabase(), layout, {}));
  };
  EXPECT_THAT(Verbs(plan(api::DeletionPolicy::kDelete)),
              ElementsAre("close-logins", "end-sessions", "drop-database", "drop-roles"));
  EXPECT_THAT(Verbs(plan(api::DeletionPolicy::kRetain)), ElementsAre("close-logins", "end-sessions", "release-store"));
  const auto orphan = plan(api::DeletionPolicy::kOrphan);
  EXPECT_THAT(Verbs(orphan), ElementsAre("release-store"));
  EXPECT_THAT(orphan[0].statements, Each(StartsWith("COMMENT ON ")));
}

}  // namespace
}  // namespace freehold::engines::postgres
