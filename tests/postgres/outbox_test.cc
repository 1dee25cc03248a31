// The outbox over time: made, closed, kept up, changed.
#include "reconcilers/api/schema/scope.h"
#include "reconcilers/engines/postgres/payload_check.h"
#include "reconcilers/engines/postgres/quote.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::IsEmpty;
using namespace std::chrono_literals;

class Outbox : public ServerTest {
 protected:
  Outbox() : now_(PartitionStart(168h, base::SystemClock().Now())) {}

  Store MakeStore(Isolation isolation = Isolation::kDatabase) {
    auto store = NewStore(isolation, "o" + std::to_string(static_cast<int>(isolation)));
    store.outbox = OutboxWanted{{"OrderCancelled", "OrderConfirmed"}, 168h, now_};
    Converge(store, 1);
    return store;
  }
  static std::string Table(const Store& store) {
    return store.layout.isolation == Isolation::kTables
               ? "shared." + store.layout.owner.substr(0, store.layout.owner.size() - 6) + "_outbox"
               : "\"" + store.layout.schema + "\".outbox";
  }
  static std::string Insert(const Store& store, const std::string& type, const std::string& at = "now()") {
    return "INSERT INTO " + Table(store) +
           " (aggregatetype, aggregateid, type, payload, created_at) VALUES ('Order', '1', '" + type + "', '{}', " +
           at + ")";
  }

  base::Timestamp now_;
};

INSTANTIATE_TEST_SUITE_P(, Outbox, testing::ValuesIn(SitesByTurns()), PrintSite);

TEST_P(Outbox, TakesInsertsOfDeclaredTypesAndNothingElse) {
  for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema, Isolation::kTables}) {
    const auto store = MakeStore(isolation);
    auto service = Service(store);
    service.Ask(Insert(store, "OrderConfirmed"));
    EXPECT_ANY_THROW(service.Ask(Insert(store, "OrderLost")));
    EXPECT_ANY_THROW(service.Ask("SELECT * FROM " + Table(store)));
    EXPECT_ANY_THROW(service.Ask("UPDATE " + Table(store) + " SET retry_count = 1"));
    EXPECT_ANY_THROW(service.Ask("DELETE FROM " + Table(store)));
    EXPECT_ANY_THROW(service.Ask("ALTER TABLE " + Table(store) + " ADD COLUMN x int"));
    auto root = Root(store.layout.database);
    EXPECT_EQ(root.Ask("SELECT count(*) FROM " + Table(store) + " WHERE published_at IS NULL AND retry_count = 0"),
              "1");
    EXPECT_EQ(Observe(store.layout).user_tables, 0);
    EXPECT_THAT(Observe(store.layout).foreign, IsEmpty());
  }
}

/// {schema, payload, does it fit}; the payload NULL is SQL's.
struct Payload {
  std::string schema, payload;
  bool fits;
};

const std::vector<Payload>& Payloads() {
  static const std::string order = R"({"type": "object", "required": ["id", "lines"], "additionalProperties": false,
      "properties": {"id": {"type": "string"}, "total": {"type": "number", "minimum": 0, "maximum": 1e6},
        "state": {"enum": ["open", "it's \"done\"", 7, true, null]},
        "lines": {"type": "array", "items": {"type": "object", "required": ["sku"],
          "properties": {"sku": {"type": "string"}, "count": {"type": "integer"}, "tags": {"items": {"const": "x"}}}}}}})";
  static const std::vector<Payload> payloads = {
      {"{}", "{}", true},
      {"{}", "[1]", true},
      {"{}", "NULL", false},
      {R"({"type": "object"})", "[{}]", false},
      {R"({"type": ["array", "null"]})", "[{}]", true},
      {R"({"type": ["array", "null"]})", "null", true},
      {R"({"type": "integer"})", "3.0", true},
      {R"({"type": "integer"})", "3.5", false},
      {R"({"type": "integer"})", "[3]", false},
      {R"({"enum": ["a"]})", R"(["a"])", false},
      {R"({"enum": [1]})", "1.0", true},
      {R"({"minimum": -1})", R"("a text")", true},
      {R"({"minimum": -1})", "-1.5", false},
      {R"({"additionalProperties": false})", R"({"a": 1})", false},
      {R"({"additionalProperties": false})", "{}", true},
      {R"({"properties": {"a\"b.c": {"type": "string"}}})", R"({"a\"b.c": 1})", false},
      {order, R"({"id": "1", "lines": []})", true},
      {order,
       R"({"id": "1", "total": 3, "state": "it's \"done\"", "lines": [{"sku": "a", "count": 2, "tags": ["x"]}]})",
       true},
      {order, R"({"id": "1", "state": null, "lines": []})", true},
      {order, R"({"id": "1", "state": "closed", "lines": []})", false},
      {order, R"({"id": "1"})", false},
      {order, R"({"id": 1, "lines": []})", false},
      {order, R"({"id": "1", "total": -1, "lines": []})", false},
      {order, R"({"id": "1", "total": 1000001, "lines": []})", false},
      {order, R"({"id": "1", "total": "3", "lines": []})", false},
      {order, R"({"id": "1", "lines": {}})", false},
      {order, R"({"id": "1", "lines": [{"sku": "a"}, {}]})", false},
      {order, R"({"id": "1", "lines": [[{"sku": "a"}]]})", false},
      {order, R"({"id": "1", "lines": [{"sku": "a", "count": 1.5}]})", false},
      {order, R"({"id": "1", "lines": [{"sku": "a", "tags": ["x", "y"]}]})", false},
      {order, R"({"id": "1", "lines": [{"sku": "a", "tags": [1]}]})", false},
      {order, R"({"id": "1", "lines": [], "more": 1})", false},
      {order, R"([{"id": "1", "lines": []}])", false},
  };
  return payloads;
}

api::PayloadSchema SchemaOf(const std::string& text) {
  std::vector<api::Fault> faults;
  auto schema = api::ReadPayloadSchema(base::ParseJson(text).value(), api::schema::Scope(faults, true));
  for (const auto& fault : faults) ADD_FAILURE() << fault.path << ": " << fault.message;
  return schema;
}

TEST_P(Outbox, KnowsWhichPayloadsFitASchema) {
  auto root = Root();
  for (const auto& [schema, payload, fits] : Payloads()) {
    const auto value = payload == "NULL" ? "NULL" : QuoteValue(payload);
    EXPECT_EQ(root.Ask("SELECT " + PayloadCheck("OrderConfirmed", SchemaOf(schema)) +
                       " FROM (SELECT 'OrderConfirmed' AS "
                       "type, " +
                       value + "::jsonb AS payload) o"),
              fits ? "t" : "f")
        << schema << " " << payload;
  }
}

TEST_P(Outbox, RefusesAPayloadThatDoesNotFit) {
  auto store = MakeStore();
  const auto insert = [&](const std::string& type, const std::string& payload) {
    Service(store).Ask("INSERT INTO outbox (aggregatetype, aggregateid, type, payload) VALUES ('Order', '1', '" + type +
                       "', '" + payload + "')");
  };
  insert("OrderConfirmed", R"({"total": "old"})");
  store.outbox->payloads["OrderConfirmed"] =
      SchemaOf(R"({"type": "object", "required": ["total"], "properties": {"total": {"type": "number"}}})");
  Converge(store, 1);
  insert("OrderConfirmed", R"({"total": 1})");
  insert("OrderCancelled", "{}");
  try {
    insert("OrderConfirmed", R"({"total": "1"})");
    ADD_FAILURE() << "taken";
  } catch (const pqxx::sql_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("payload_OrderConfirmed_"));
  }

  // Partitions that come later hold to it as well, whatever waited for them.
  store.outbox->now += 48h;
  Converge(store, 1);
  EXPECT_ANY_THROW(insert("OrderConfirmed", "{}"));
  store.outbox->payloads["OrderConfirmed"] = SchemaOf(R"({"type": "object"})");
  Converge(store, 1);
  insert("OrderConfirmed", "{}");
  store.outbox->payloads.clear();
  Converge(store, 1);
  insert("OrderConfirmed", "[]");
  EXPECT_EQ(Root(store.layout.database).Ask("SELECT count(*) FROM " + Table(store)), "5");
}

TEST_P(Outbox, FollowsTheTypesThatAreDeclared) {
  auto store = MakeStore();
  Service(store).Ask(Insert(store, "OrderCancelled"));
  store.outbox->types = {"OrderConfirmed", "OrderReturned's"};
  Converge(store, 1);
  EXPECT_ANY_THROW(Service(store).Ask(Insert(store, "OrderCancelled")));
  Service(store).Ask(Insert(store, "OrderReturned''s"));
  EXPECT_EQ(Root(store.layout.database).Ask("SELECT count(*) FROM " + Table(store)), "2");
}

TEST_P(Outbox, OfNoTypeTakesNothing) {
  auto store = MakeStore();
  store.outbox->types.clear();
  Converge(store, 1);
  EXPECT_ANY_THROW(Service(store).Ask(Insert(store, "OrderConfirmed")));
}

TEST_P(Outbox, RollsWithTimeAndDropsWhatOutlivedItsRetention) {
  auto store = MakeStore(Isolation::kSchema);
  Service(store).Ask(Insert(store, "OrderConfirmed"));
  for (int day = 1; day <= 10; ++day) {
    store.outbox->now += 24h;
    Converge(store, 1);
  }
  EXPECT_EQ(Root(store.layout.database).Ask("SELECT count(*) FROM " + Table(store)), "0");
  Service(store).Ask(Insert(store, "OrderConfirmed", "now() + interval '10 days'"));
  const auto partitions =
      Root(store.layout.database)
          .Ask("SELECT count(*) FROM pg_inherits WHERE inhparent = '" + Table(store) + "'::regclass");
  EXPECT_EQ(partitions, "11");  // seven days back, today, two ahead, the default one
}

TEST_P(Outbox, MovesRowsThatWaitedInTheDefaultPartition) {
  auto store = MakeStore();
  Service(store).Ask(Insert(store, "OrderConfirmed", "now() + interval '4 days'"));
  Service(store).Ask(Insert(store, "OrderConfirmed", "now() - interval '30 days'"));
  store.outbox->types = {"OrderCancelled"};
  Converge(store, 1);
  for (int day = 1; day <= 3; ++day) {
    store.outbox->now += 24h;
    Converge(store, 1);
  }
  auto root = Root(store.layout.database);
  EXPECT_EQ(root.Ask("SELECT count(*) FROM " + Table(store)), "1");
  EXPECT_EQ(root.Ask("SELECT count(*) FROM ONLY o2.outbox_default"), "0");
}

TEST_P(Outbox, ThatWasDroppedOrDamagedIsMadeAgain) {
  auto store = MakeStore();
  Service(store).Ask("DROP SCHEMA o2 CASCADE");
  Converge(store, 1);
  auto root = Root(store.layout.database);
  root.Ask("ALTER TABLE o2.outbox DROP COLUMN headers");
  root.Ask("DROP INDEX o2.outbox_unpublished");
  root.Ask("DROP TABLE o2.outbox_default");
  root.Ask("GRANT SELECT, INSERT ON o2.outbox TO " + store.layout.owner);
  root.Ask("GRANT SELECT ON o2.outbox TO " + Stranger("peeper"));
  EXPECT_THAT(Converge(store, 1).foreign, IsEmpty());
  Service(store).Ask(Insert(store, "OrderConfirmed"));
  EXPECT_ANY_THROW(Service(store).Ask("SELECT * FROM o2.outbox"));
}

TEST_P(Outbox, PutsATableOfThatNameAsideWithItsRows) {
  auto store = NewStore(Isolation::kDatabase);
  Converge(store, 1);
  Service(store).Ask("CREATE TABLE outbox (id int); INSERT INTO outbox VALUES (7)");
  store.outbox = OutboxWanted{{"OrderConfirmed"}, 24h, PartitionStart(24h, base::SystemClock().Now())};
  store.logins[0].new_verifier.reset();
  Converge(store, 1);
  EXPECT_EQ(Service(store).Ask("SELECT id FROM outbox_before_freehold"), "7");
  Service(store).Ask("INSERT INTO outbox (aggregatetype, aggregateid, type) VALUES ('Order', '1', 'OrderConfirmed')");
}

TEST_P(Outbox, StaysWhenNothingIsPublishedAnyMore) {
  auto store = MakeStore();
  store.outbox.reset();
  store.logins[0].new_verifier.reset();
  Converge(store, 0);
  Service(store).Ask(Insert(store, "OrderConfirmed"));
}

}  // namespace
}  // namespace freehold::engines::postgres
