// Projections: copies that are kept from events, how they are made, mended and told of, and who may do what with them.
#include <random>
#include <thread>

#include "reconcilers/engines/postgres/names.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using namespace std::chrono_literals;

class Projections : public ServerTest {
 protected:
  Projections() : now_(PartitionStart(168h, base::SystemClock().Now())) {}

  static ProjectionWanted Products() {
    return {.table = "product_copies",
            .key = 0,
            .columns = {{"id", "uuid"}, {"name", "text"}, {"price", "numeric"}},
            .events = {{.source = "shop/catalog",
                        .type = "ProductDeleted",
                        .deletes = true,
                        .settles = true,
                        .paths = {"aggregateid", "", ""}},
                       {.source = "shop/catalog",
                        .type = "ProductUpdated",
                        .settles = true,
                        .paths = {"$.id", "$.name", "$.price.amount"}}}};
  }
  Store Consumer(Isolation isolation = Isolation::kSchema, const std::string& name = "cart") {
    auto store = NewStore(isolation, name);
    store.marker.uid = "uid-of-" + name;
    store.inbox = Rolling{168h, now_};
    store.projections = {Products()};
    Converge(store, 1);
    for (auto& login : store.logins) login.new_verifier.reset();
    return store;
  }
  static std::string Rows(const Store& store) { return "freehold." + InboxTable(store.layout); }
  static std::string View(const Store& store) { return "\"" + store.layout.schema + "\".product_copies"; }
  /// What keeps the copy, quoted; there is one.
  std::string Kept(const Store& store) {
    return Root(store.layout.database)
        .Ask("SELECT min(oid::regclass::text) FROM pg_class WHERE relkind = 'r' AND starts_with(relname::text, '" +
             ProjectionPrefix(store.layout) + "')");
  }
  static std::string Id(int number) { return "00000000-0000-0000-0000-" + std::to_string(100000000000 + number); }

  /// As a transport does: into the operator's table.
  static std::string Arrival(const Store& store, const std::string& type, const std::string& aggregate,
                             const std::string& payload, const std::string& position = "DEFAULT") {
    return "INSERT INTO " + Rows(store) +
           " (id, source, aggregatetype, aggregateid, type, payload, created_at, position) VALUES (gen_random_uuid(), "
           "'shop/catalog', 'Product', '" +
           aggregate + "', '" + type + "', '" + payload + "', now(), " + position + ")";
  }
  static std::string Product(int number, const std::string& name, const std::string& price) {
    return R"({"id": ")" + Id(number) + R"(", "name": ")" + name + R"(", "price": {"amount": )" + price + "}}";
  }
  void Update(const Store& store, int number, const std::string& name, const std::string& price = "1",
              const std::string& position = "DEFAULT") {
    Root(store.layout.database)
        .Ask(Arrival(store, "ProductUpdated", Id(number), Product(number, name, price), position));
  }
  void Delete(const Store& store, int number, const std::string& position = "DEFAULT") {
    Root(store.layout.database).Ask(Arrival(store, "ProductDeleted", Id(number), "{}", position));
  }
  std::string Copy(const Store& store) {
    return Service(store).Ask("SELECT coalesce(string_agg(name || ' ' || price, ', ' ORDER BY id), '') FROM " +
                              View(store));
  }
  std::vector<ProjectionGap> Gaps(const Store& store) {
    const auto seen = Observe(store.layout).projections;
    return seen.size() == 1 ? seen.front().gaps : std::vector<ProjectionGap>(99);
  }

  base::Timestamp now_;
};

INSTANTIATE_TEST_SUITE_P(, Projections, testing::ValuesIn(SitesByTurns()), PrintSite);

TEST_P(Projections, KeepARowPerKeyAsTheEventsSay) {
  for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema}) {
    const auto store = Consumer(isolation, "cart" + std::to_string(static_cast<int>(isolation)));
    Update(store, 1, "Chair", "9.50");
    Update(store, 2, "Table", "\"120\"");
    EXPECT_EQ(Copy(store), "Chair 9.50, Table 120");
    Update(store, 1, "Stool", "8");
    Delete(store, 2);
    EXPECT_EQ(Copy(store), "Stool 8");
    EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM " + View(store) + " v JOIN \"" + store.layout.schema +
                                 "\".inbox i ON i.id = v._event_id AND i.created_at = v._event_at"),
              "1");
    Update(store, 2, "Table", "130");
    EXPECT_EQ(Copy(store), "Stool 8, Table 130") << "what was deleted may come again";
    EXPECT_THAT(Observe(store.layout).projections, ElementsAre(ProjectionSeen{"product_copies", true, false, "", {}}));
    EXPECT_EQ(Observe(store.layout).user_tables, 0);
    EXPECT_THAT(Plan(store), IsEmpty());
  }
}

TEST_P(Projections, LetNoOlderEventOverwriteANewerOne) {
  const auto store = Consumer();
  Update(store, 1, "New", "2", "1000");
  Update(store, 1, "Old", "1", "999");
  EXPECT_EQ(Copy(store), "New 2");
  Delete(store, 1, "1010");
  Update(store, 1, "Older than its end", "3", "1005");
  EXPECT_EQ(Copy(store), "");
  Update(store, 1, "Again", "4", "1011");
  EXPECT_EQ(Copy(store), "Again 4");
}

TEST_P(Projections, AreKeptFromTheOutboxInThePublishersTransaction) {
  auto producer = NewStore(Isolation::kSchema, "catalog");
  producer.outbox = OutboxWanted{{"ProductDeleted", "ProductUpdated"}, 168h, now_};
  Converge(producer, 1);
  auto store = Consumer();
  store.feeds = {{.source = "shop/catalog",
                  .publisher = producer.layout,
                  .types = {"ProductDeleted", "ProductUpdated"},
                  .early = {"ProductDeleted", "ProductUpdated"}}};
  const auto outbox = "\"" + producer.layout.schema + "\".outbox (aggregatetype, aggregateid, type, payload)";
  const auto source = "\"" + producer.layout.schema + "\".products";
  auto publisher = Service(producer);
  publisher.Ask("CREATE TABLE " + source + " (id uuid PRIMARY KEY, name text, price numeric)");
  std::mt19937 random(7);
  const auto load = [&](int events) {
    for (int at = 0; at < events; ++at) {
      const auto id = "'" + Id(static_cast<int>(random() % 40)) + "'";
      publisher.Ask("BEGIN");
      if (random() % 4 == 0) {
        publisher.Ask("DELETE FROM " + source + " WHERE id = " + id);
        publisher.Ask("INSERT INTO " + outbox + " VALUES ('Product', " + id + ", 'ProductDeleted', NULL)");
      } else {
        publisher.Ask("WITH p AS (INSERT INTO " + source + " VALUES (" + id + ", md5('" + std::to_string(random()) +
                      "'), " + std::to_string(random() % 100000) +
                      " / 100.0) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, price = EXCLUDED.price RETURNING "
                      "*) INSERT INTO " +
                      outbox +
                      " SELECT 'Product', id, 'ProductUpdated', jsonb_build_object('id', id, 'name', name, "
                      "'price', jsonb_build_object('amount', price)) FROM p");
      }
      publisher.Ask(random() % 5 == 0 ? "ROLLBACK" : "COMMIT");
    }
  };
  const auto hash = [](const std::string& table) {
    return "SELECT count(*) || ' ' || md5(coalesce(string_agg(id || name || price, ',' ORDER BY id), '')) FROM " +
           table;
  };
  load(150);
  Converge(store, 2);
  load(150);
  EXPECT_EQ(Service(store).Ask(hash(View(store))), publisher.Ask(hash(source)));
  EXPECT_THAT(publisher.Ask(hash(source)), Not(HasSubstr("0 ")));
  EXPECT_THAT(Gaps(store), IsEmpty());

  store.projections[0].columns.push_back({"initial", "text"});
  for (auto& event : store.projections[0].events) event.paths.push_back(event.deletes ? "" : "$.name");
  Converge(store, 2);
  load(50);
  EXPECT_EQ(Service(store).Ask(hash(View(store))), publisher.Ask(hash(source)));
  EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM " + View(store) + " WHERE name IS DISTINCT FROM initial"), "0");
}

TEST_P(Projections, HoldUpNobodyForAnEventThatDoesNotFit) {
  const auto store = Consumer();
  auto root = Root(store.layout.database);
  root.Ask(Arrival(store, "ProductUpdated", "1", R"({"name": "no key"})"));
  root.Ask(Arrival(store, "ProductUpdated", "1", Product(1, "dear", "\"top secret\"")));
  root.Ask(Arrival(store, "ProductUpdated", "1", "[]"));
  root.Ask(Arrival(store, "ProductDeleted", "no uuid", "{}"));
  Update(store, 2, "fits");
  EXPECT_EQ(Copy(store), "fits 1");
  const auto gaps = Gaps(store);
  ASSERT_THAT(gaps, SizeIs(2));
  EXPECT_EQ(gaps[0].type, "ProductDeleted");
  EXPECT_EQ(gaps[0].last_error, "the value for id does not fit its type (SQLSTATE 22P02)");
  EXPECT_EQ(gaps[1].events, 3);
  EXPECT_EQ(gaps[1].last_error, "the key id is missing (SQLSTATE 23502)");
  EXPECT_LE(gaps[1].since, base::SystemClock().Now());
  EXPECT_GE(gaps[1].since, base::SystemClock().Now() - 1h);
  auto service = Service(store);
  const auto inbox = "\"" + store.layout.schema + "\".inbox";
  EXPECT_EQ(service.Ask("SELECT count(*) FROM " + inbox +
                        " WHERE processed_at IS NULL AND attempts = 1 AND last_error "
                        "IS NOT NULL"),
            "4");
  EXPECT_EQ(service.Ask("SELECT count(*) FROM " + inbox + " WHERE processed_at IS NOT NULL"), "1");
  service.Ask("UPDATE " + inbox + " SET processed_at = now()");
  EXPECT_THAT(Gaps(store), IsEmpty()) << "somebody looked, and let them go";
  EXPECT_THAT(Plan(store), IsEmpty());
}

TEST_P(Projections, LeaveTheProcessingToTheServiceUnlessTheyAreAllOfIt) {
  auto store = NewStore(Isolation::kSchema, "cart");
  store.inbox = Rolling{168h, now_};
  auto shared = Products();
  for (auto& event : shared.events) event.settles = false;
  store.projections = {shared};
  Converge(store, 1);
  for (auto& login : store.logins) login.new_verifier.reset();
  Update(store, 1, "Chair");
  Root(store.layout.database).Ask(Arrival(store, "ProductUpdated", "1", "{}"));
  const auto open = "SELECT count(*) FROM \"" + store.layout.schema +
                    "\".inbox WHERE processed_at IS NULL AND attempts = 0 AND last_error IS NULL";
  EXPECT_EQ(Service(store).Ask(open), "2");
  EXPECT_THAT(Gaps(store), SizeIs(1));
  store.projections = {Products()};
  Converge(store, 2);
  EXPECT_EQ(Service(store).Ask(open), "1") << "what is in the copy is processed, what is not stays";
  Update(store, 2, "Table");
  EXPECT_EQ(Service(store).Ask(open), "1");
}

TEST_P(Projections, AreBuiltAgainWhenTheyAreWantedOtherwise) {
  auto store = Consumer();
  Update(store, 1, "Chair", "9.50");
  Update(store, 2, "Table", "1.25");
  Delete(store, 2);
  const auto before = Kept(store);
  auto& wanted = store.projections[0];
  wanted.columns[2].type = "text";
  wanted.columns.push_back({"unit price", "jsonb"});
  wanted.columns[3].name = "unit_price";
  for (auto& event : wanted.events) event.paths.push_back(event.deletes ? "" : "$.price");
  const auto steps = Plan(store);
  ASSERT_THAT(steps, SizeIs(1));
  Run(steps);
  Update(store, 3, "Lamp", "7");
  EXPECT_EQ(Copy(store), "Chair 9.50, Lamp 7") << "the old one is kept until the new one is filled";
  Converge(store, 1);
  EXPECT_EQ(Copy(store), "Chair 9.50, Lamp 7");
  EXPECT_EQ(Service(store).Ask("SELECT string_agg(unit_price::text, ' ' ORDER BY id) FROM " + View(store)),
            R"({"amount": 9.50} {"amount": 7})");
  EXPECT_NE(Kept(store), before);

  wanted.table = "articles";
  Converge(store, 2);
  EXPECT_ANY_THROW(Copy(store));
  EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM \"" + store.layout.schema + "\".articles"), "2");

  store.projections.clear();
  Converge(store, 1);
  EXPECT_ANY_THROW(Service(store).Ask("SELECT count(*) FROM \"" + store.layout.schema + "\".articles"));
  EXPECT_EQ(Kept(store), "");
  EXPECT_THAT(Observe(store.layout).projections, IsEmpty());
  Update(store, 4, "unheard of");
  EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM \"" + store.layout.schema + "\".inbox WHERE processed_at IS NULL"),
            "1");
}

TEST_P(Projections, CarryOverWhatTheInboxHasForgotten) {
  auto store = Consumer();
  Update(store, 1, "Chair", "9.50");
  Update(store, 2, "Table", "3");
  Root(store.layout.database).Ask("DELETE FROM " + Rows(store) + " WHERE aggregateid = '" + Id(1) + "'");
  store.projections[0].columns.push_back({"initial", "text"});
  for (auto& event : store.projections[0].events) event.paths.push_back(event.deletes ? "" : "$.name");
  store.projections[0].events[1].paths[2] = "$.price";
  Converge(store, 2);
  EXPECT_EQ(
      Service(store).Ask("SELECT string_agg(concat_ws(' ', name, coalesce(price::text, 'unknown'), initial), ', ' "
                         "ORDER BY id) FROM " +
                         View(store)),
      "Chair unknown, Table unknown")
      << "an event whose price is no number does not fit; of the one that is gone, what means the same is known";
  EXPECT_THAT(Gaps(store), SizeIs(1));
  store.projections[0].events[1].paths[2] = "$.price.amount";
  Converge(store, 2);
  EXPECT_EQ(Copy(store), "Table 3");
  EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM " + View(store)), "2");
  EXPECT_THAT(Gaps(store), IsEmpty());
}

TEST_P(Projections, ThatWereTamperedWithAreMendedAndMissNothing) {
  auto store = Consumer(Isolation::kDatabase);
  Update(store, 1, "Chair");
  auto root = Root(store.layout.database);
  const auto name = Kept(store), bare = name.substr(name.find('.') + 1);
  const auto take = name + "()";
  const auto signature = name + "(uuid, text, text, text, jsonb, timestamptz, timestamptz, bigint, boolean)";
  int number = 10;
  for (const auto& deed :
       {"ALTER TABLE " + Rows(store) + " DISABLE TRIGGER " + bare,
        "ALTER TABLE " + Rows(store) + " ENABLE TRIGGER " + bare, "DROP TRIGGER " + bare + " ON " + Rows(store),
        "ALTER TABLE " + Rows(store) + "_default DISABLE TRIGGER " + bare,
        "CREATE OR REPLACE FUNCTION " + take +
            " RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN "
            "NEW; END'",
        "ALTER FUNCTION " + take + " SECURITY INVOKER", "ALTER FUNCTION " + take + " RESET search_path",
        "ALTER FUNCTION " + signature + " RESET ALL", "GRANT EXECUTE ON FUNCTION " + take + " TO PUBLIC",
        "DROP VIEW " + View(store),
        "CREATE OR REPLACE VIEW " + View(store) + " AS SELECT id, name, price, _event_id, _event_at FROM " + name +
            " WHERE price > 100",
        "GRANT INSERT, DELETE ON " + View(store) + " TO " + store.layout.owner,
        "REVOKE SELECT ON " + View(store) + " FROM " + store.layout.owner, "DROP TABLE " + name + " CASCADE",
        "COMMENT ON TABLE " + name + " IS NULL"}) {
    root.Ask(deed);
    Update(store, number++, "Next");
    EXPECT_THAT(Plan(store), Not(IsEmpty())) << deed;
    Converge(store, 2);
    EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM " + View(store)), std::to_string(number - 9)) << deed;
    Update(store, number++, "After");
    EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM " + View(store)), std::to_string(number - 9)) << deed;
    EXPECT_THAT(Observe(store.layout).foreign, IsEmpty()) << deed;
  }
  Service(store).Ask("DROP VIEW " + View(store) + "; CREATE VIEW " + View(store) + " AS SELECT 1 AS one");
  Converge(store, 2);
  EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM " + View(store)), std::to_string(number - 9));
  root.Ask("DROP VIEW " + View(store) + "; CREATE VIEW " + View(store) + " AS SELECT 2 AS two");
  EXPECT_EQ(Converge(store, 2).projections[0].name_taken, IsManaged()) << "what a superuser made it can't put aside";
  root.Ask("DROP VIEW " + View(store));
  Converge(store, 2);
  root.Ask("DROP FUNCTION " + signature);
  EXPECT_ANY_THROW(Update(store, number, "Held up")) << "which takes a superuser, as it does to drop an inbox";
  Converge(store, 2);
  Update(store, number++, "Not any more");
  EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM " + View(store)), std::to_string(number - 9));
}

TEST_P(Projections, FireAlsoWhereALogicalReplicaApplies) {
  const auto store = Consumer();
  auto root = Root(store.layout.database);
  root.Ask("SET session_replication_role = replica");
  root.Ask(Arrival(store, "ProductUpdated", "1", Product(1, "Chair", "2")));
  EXPECT_EQ(Copy(store), "Chair 2");
}

TEST_P(Projections, AreReadByTheirServiceAndWrittenByNobody) {
  const auto store = Consumer();
  auto other = NewStore(Isolation::kSchema, "other");
  other.marker.uid = "uid-2";
  Converge(other, 1);
  Update(store, 1, "Chair");
  const auto kept = Kept(store);
  for (const auto& forbidden :
       {"INSERT INTO " + View(store) + " (id) VALUES (gen_random_uuid())", "UPDATE " + View(store) + " SET price = 0",
        "DELETE FROM " + View(store), "TRUNCATE " + View(store), "SELECT * FROM " + kept, "DELETE FROM " + kept,
        "SELECT * FROM " + Rows(store) + "_failed", "DROP TABLE " + kept + " CASCADE",
        "CREATE TEMP TABLE mine (LIKE \"" + store.layout.schema +
            "\".inbox); CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION " + kept + "()"}) {
    EXPECT_ANY_THROW(Service(store).Ask(forbidden)) << forbidden;
    EXPECT_ANY_THROW(Service(other).Ask(forbidden)) << forbidden;
  }
  EXPECT_ANY_THROW(Service(other).Ask("SELECT * FROM " + View(store)));
  EXPECT_EQ(Copy(store), "Chair 1");
  EXPECT_THAT(Observe(store.layout).foreign, IsEmpty());
  EXPECT_FALSE(IsSuspect(store.layout));
  const auto peeper = Stranger("peeper");
  for (const auto& grant :
       {"GRANT SELECT ON " + View(store) + " TO " + peeper, "GRANT SELECT ON " + kept + " TO " + peeper,
        "GRANT SELECT (price) ON " + kept + " TO " + peeper, "GRANT UPDATE ON " + kept + " TO PUBLIC",
        "GRANT SELECT ON " + Rows(store) + "_failed TO " + peeper,
        "GRANT EXECUTE ON FUNCTION " + kept + "() TO " + peeper}) {
    EXPECT_FALSE(IsSuspect(store.layout)) << grant;
    Root(store.layout.database).Ask(grant);
    EXPECT_TRUE(IsSuspect(store.layout)) << grant;
    EXPECT_THAT(Observe(store.layout).foreign, SizeIs(1)) << grant;
    EXPECT_THAT(Observe(other.layout).foreign, IsEmpty()) << grant;
    EXPECT_THAT(Converge(store, 2).foreign, IsEmpty()) << grant;
  }
}

TEST_P(Projections, TouchNothingThatTheServiceCallsTheSame) {
  auto store = NewStore(Isolation::kSchema, "cart");
  store.inbox = Rolling{168h, now_};
  Converge(store, 1);
  for (auto& login : store.logins) login.new_verifier.reset();
  Service(store).Ask("CREATE TABLE " + View(store) + " (mine int); INSERT INTO " + View(store) + " VALUES (7)");
  store.projections = {Products()};
  Converge(store, 2);
  EXPECT_EQ(Service(store).Ask("SELECT mine FROM " + View(store)), "7");
  EXPECT_THAT(Observe(store.layout).projections, ElementsAre(ProjectionSeen{"product_copies", false, true, "", {}}));
  Update(store, 1, "Chair");
  Service(store).Ask("ALTER TABLE " + View(store) + " RENAME TO mine");
  Converge(store, 1);
  EXPECT_EQ(Copy(store), "Chair 1");
}

TEST_P(Projections, StayAsTheyAreWhileSomethingOfTheServiceReadsThem) {
  auto store = Consumer();
  Update(store, 1, "Chair");
  const auto cheap = "\"" + store.layout.schema + "\".cheap";
  Service(store).Ask("CREATE VIEW " + cheap + " AS SELECT name FROM " + View(store) + " WHERE price < 2");
  EXPECT_TRUE(Observe(store.layout).projections[0].current);
  EXPECT_THAT(Plan(store), IsEmpty());
  store.projections[0].columns[2].type = "text";
  Converge(store, 2);
  Update(store, 2, "Table");
  EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM " + cheap), "2") << "it is read, and kept";
  EXPECT_FALSE(Observe(store.layout).projections[0].current);
  EXPECT_THAT(Observe(store.layout).projections[0].used_by, HasSubstr("cheap"));
  store.projections.clear();
  Converge(store, 2);
  EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM " + cheap), "2");
  Service(store).Ask("DROP VIEW " + cheap);
  EXPECT_THAT(Converge(store, 1).projections, IsEmpty());
}

TEST_P(Projections, ReadTimesAlikeWhateverThePublishersSessionSays) {
  auto store = NewStore(Isolation::kSchema, "cart");
  store.inbox = Rolling{168h, now_};
  store.projections = {{.table = "product_copies",
                        .key = 0,
                        .columns = {{"id", "text"}, {"at", "timestamptz"}, {"day", "date"}, {"seen", "timestamptz"}},
                        .events = {{.source = "shop/catalog",
                                    .type = "ProductUpdated",
                                    .paths = {"aggregateid", "$.at", "$.day", "created_at"}}}}};
  Converge(store, 1);
  auto root = Root(store.layout.database);
  root.Ask("SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'SQL, DMY'");
  root.Ask(Arrival(store, "ProductUpdated", "1", R"({"at": "2026-03-01 12:00:00", "day": "03/04/2026"})"));
  EXPECT_EQ(Service(store).Ask("SELECT (at AT TIME ZONE 'UTC')::text || ' ' || day::text FROM " + View(store)),
            "2026-03-01 12:00:00 2026-03-04");
  EXPECT_EQ(Service(store).Ask("SELECT seen = _event_at FROM " + View(store)), "t");
}

TEST_P(Projections, TakeEveryPathThatTheGrammarHasAsItIsMeant) {
  auto store = NewStore(Isolation::kSchema, "cart");
  store.inbox = Rolling{168h, now_};
  const std::vector<std::pair<std::string, std::string>> paths = {
      {"$.type", "1"},           {"$.size.last.to", "2"},  {"$.lines[0].is", "3"},
      {"$.\"unit-price\"", "4"}, {"$.\"a b.c[0]\"", "5"},  {"$.lines[1].\"@id\".x", "6"},
      {"$.strict", "7"},         {"$.missing.member", ""}, {"$.lines[9999]", ""},
      {"$.null_one", ""},        {"aggregateid", "41"},    {"source", "shop/catalog"}};
  ProjectionWanted wanted{.table = "product_copies", .key = 0, .columns = {{"id", "text"}}, .events = {}};
  ProjectedEvent event{.source = "shop/catalog", .type = "ProductUpdated", .paths = {"aggregateid"}};
  std::string expected, columns;
  for (std::size_t at = 0; at < paths.size(); ++at) {
    wanted.columns.push_back({"c" + std::to_string(at), at % 2 ? "text" : "text"});
    event.paths.push_back(paths[at].first);
    columns += (at ? ", coalesce(c" : "coalesce(c") + std::to_string(at) + ", '')";
    expected += (at ? "|" : "") + paths[at].second;
  }
  wanted.columns.push_back({"whole", "jsonb"});
  event.paths.emplace_back("$");
  wanted.columns.push_back({"nothing", "jsonb"});
  event.paths.emplace_back("$.null_one");
  wanted.events = {event};
  store.projections = {wanted};
  Converge(store, 1);
  const std::string payload =
      R"({"type": 1, "size": {"last": {"to": 2}}, "lines": [{"is": 3}, {"@id": {"x": 6}}], "unit-price": 4, )"
      R"("a b.c[0]": 5, "strict": 7, "null_one": null})";
  Root(store.layout.database).Ask(Arrival(store, "ProductUpdated", "41", payload));
  EXPECT_EQ(Service(store).Ask("SELECT concat_ws('|', " + columns + ") FROM " + View(store)), expected);
  EXPECT_EQ(Service(store).Ask("SELECT whole = '" + payload + "' AND nothing IS NULL FROM " + View(store)), "t");
}

TEST_P(Projections, AreNotStoppedByPublishersThatBlockEachOther) {
  const auto store = Consumer();
  auto one = Root(store.layout.database), two = Root(store.layout.database);
  for (auto* session : {&one, &two}) session->Ask("SET deadlock_timeout = '50ms'; BEGIN");
  one.Ask(Arrival(store, "ProductUpdated", "1", Product(1, "one", "1")));
  two.Ask(Arrival(store, "ProductUpdated", "2", Product(2, "two", "2")));
  std::thread waits([&] { one.Ask(Arrival(store, "ProductUpdated", "2", Product(2, "one", "1")) + "; COMMIT"); });
  two.Ask(Arrival(store, "ProductUpdated", "1", Product(1, "two", "2")) + "; COMMIT");
  waits.join();
  EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM \"" + store.layout.schema + "\".inbox"), "4");
  ASSERT_THAT(Gaps(store), SizeIs(1));
  EXPECT_EQ(Gaps(store)[0].last_error, "another transaction was in the way (SQLSTATE 40P01)");
  Converge(store, 1);
  EXPECT_THAT(Gaps(store), IsEmpty());
  EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM \"" + store.layout.schema + "\".inbox WHERE processed_at IS NULL"),
            "0");
  EXPECT_EQ(
      Service(store).Ask("SELECT bool_and(v._event_id = i.id) FROM " + View(store) +
                         " v JOIN (SELECT DISTINCT ON (aggregateid) * FROM \"" + store.layout.schema +
                         "\".inbox ORDER BY aggregateid, position DESC) i ON i.aggregateid = right(v.id::text, 1)"),
      "t")
      << "each row is as the last event says";
}

TEST_P(Projections, ForgetWhatWasDeletedWithTheInbox) {
  auto store = Consumer();
  Update(store, 1, "Chair");
  Update(store, 2, "Table");
  Delete(store, 2);
  const auto rows = "SELECT count(*) FROM " + Kept(store);
  EXPECT_EQ(Root(store.layout.database).Ask(rows), "2");
  for (int day = 1; day <= 10; ++day) {
    store.inbox->now += 24h;
    Converge(store, 1);
  }
  EXPECT_EQ(Root(store.layout.database).Ask(rows), "1");
  EXPECT_EQ(Copy(store), "Chair 1");
  EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM \"" + store.layout.schema + "\".inbox"), "0")
      << "what a copy has processed goes";
  Update(store, 3, "in a new partition");
  EXPECT_EQ(Copy(store), "Chair 1, in a new partition 1");
}

TEST_P(Projections, GoWithTheirStoreOrStayWithIt) {
  auto store = Consumer();
  Update(store, 1, "Chair");
  ConvergeRemoval(store.layout, api::DeletionPolicy::kRetain, store.marker.uid);
  store.adopt = true;
  store.logins[0].new_verifier = engine_.MakeVerifier(kPassword);
  Converge(store, 2);
  EXPECT_EQ(Copy(store), "Chair 1");
  ConvergeRemoval(store.layout, api::DeletionPolicy::kDelete, store.marker.uid);
  EXPECT_EQ(Root(store.layout.database)
                .Ask("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = "
                     "'freehold' AND relname LIKE '" +
                     store.layout.owner.substr(0, store.layout.owner.rfind('_')) + "%'"),
            "0");
  EXPECT_EQ(Root(store.layout.database)
                .Ask("SELECT count(*) FROM pg_proc WHERE starts_with(proname::text, '" +
                     ProjectionPrefix(store.layout) + "')"),
            "0");
}

}  // namespace
}  // namespace freehold::engines::postgres
