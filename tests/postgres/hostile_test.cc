// A tenant that means harm, with all that a service may do in its own store: nothing of it runs with the operator's
// rights, nothing of it makes the operator carry what it can't, and what it holds keeps nobody else from theirs.
#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/server_view.h"
#include "reconcilers/engines/postgres/store_view.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::IsEmpty;
using namespace std::chrono_literals;

// Whoever runs it, unless it is the service itself, leaves a trace that no rollback takes back.
constexpr const char* kSpy = R"sql(CREATE SEQUENCE caught;
CREATE FUNCTION spy(what text) RETURNS text LANGUAGE plpgsql AS $$BEGIN
  IF session_user NOT IN ('{a}', '{b}') THEN PERFORM nextval('{schema}.caught'); END IF; RETURN what; END$$;
CREATE FUNCTION still(what text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN {schema}.spy(what); END$$;
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM {schema}.spy('trigger'); RETURN NEW; END$$)sql";

constexpr const char* kPlants = R"sql(
CREATE FUNCTION lower(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN {schema}.spy($1); END';
CREATE FUNCTION format(text, text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN {schema}.spy($1); END';
CREATE FUNCTION quote_ident(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN {schema}.spy($1); END';
CREATE FUNCTION pg_get_userbyid(oid) RETURNS name LANGUAGE plpgsql AS 'BEGIN RETURN {schema}.spy(''x''); END';
CREATE FUNCTION obj_description(oid, name) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN {schema}.spy(''x''); END';
CREATE FUNCTION set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN {schema}.spy($1); END';
CREATE FUNCTION has_table_privilege(name, oid, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN {schema}.spy(''x'') = ''''; END';
CREATE FUNCTION same(name, name) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN {schema}.spy($1::text) = ''''; END';
CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN {schema}.spy($1) = ''''; END';
CREATE OPERATOR {schema}.= (LEFTARG = name, RIGHTARG = name, FUNCTION = same);
CREATE OPERATOR {schema}.= (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
CREATE OPERATOR {schema}.~ (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
CREATE TYPE mood AS ENUM ('sad', 'OrderConfirmed');
CREATE FUNCTION as_text(mood) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN {schema}.spy(''cast''); END';
CREATE CAST (mood AS text) WITH FUNCTION as_text(mood) AS IMPLICIT;
CREATE DOMAIN word AS text CHECK ({schema}.spy(VALUE) IS NOT NULL);
CREATE TABLE lines (id int PRIMARY KEY, note text DEFAULT {schema}.spy('default'), mood mood, word word,
  kept text GENERATED ALWAYS AS ({schema}.still('generated')) STORED, CHECK ({schema}.spy('check') IS NOT NULL));
INSERT INTO lines VALUES (1, 'n', 'sad', 'w');
CREATE INDEX ON lines (({schema}.still(note)));
CREATE STATISTICS numbers ON ({schema}.still(note)), id FROM lines;
CREATE TRIGGER watch BEFORE INSERT OR UPDATE OR DELETE ON lines FOR EACH ROW EXECUTE FUNCTION watch();
CREATE TRIGGER watch_all AFTER TRUNCATE ON lines EXECUTE FUNCTION watch();
CREATE RULE also AS ON UPDATE TO lines DO ALSO SELECT {schema}.spy('rule');
ALTER TABLE lines ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY sly ON lines USING ({schema}.spy('policy') IS NOT NULL);
CREATE VIEW peek AS SELECT {schema}.spy('view') AS note, 1 AS id;
CREATE MATERIALIZED VIEW held AS SELECT {schema}.spy('held') AS note;
SET ROLE NONE; ALTER ROLE {a} SET search_path = {schema}, pg_catalog)sql";

// As an outbox, down to the columns that every table has.
constexpr const char* kFalseOutbox = R"sql(DO $$BEGIN
  EXECUTE (SELECT format('DROP %s outbox CASCADE', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END)
    FROM pg_class WHERE oid = to_regclass('outbox')); END$$;
CREATE VIEW outbox AS
SELECT gen_random_uuid() AS id, ''::varchar AS aggregatetype, ''::varchar AS aggregateid, {schema}.spy('OrderConfirmed')::varchar AS type,
  NULL::jsonb AS payload, NULL::jsonb AS headers, now() AS created_at, 0::oid AS tableoid, '(0,1)'::tid AS ctid)sql";

std::vector<Site> Sites() {
  return {{"FREEHOLD_TEST_PG14", AdminKind::kManaged},
          {"FREEHOLD_TEST_PG15", AdminKind::kSuperuser},
          {"FREEHOLD_TEST_PG18", AdminKind::kSuperuser},
          {"FREEHOLD_TEST_PG18", AdminKind::kManaged}};
}

class HostileTenant : public ServerTest {
 protected:
  HostileTenant() : now_(PartitionStart(168h, base::SystemClock().Now())) {}

  void TearDown() override {
    for (const auto& store : slotted_) ConvergeRemoval(store.layout, api::DeletionPolicy::kDelete);
    ServerTest::TearDown();
  }

  Store Publisher(Isolation isolation, const std::string& name = "orders") {
    auto store = NewStore(isolation, name);
    store.outbox = OutboxWanted{{"OrderConfirmed"}, 168h, now_};
    Converge(store, 2);
    store.logins[0].new_verifier.reset();
    return store;
  }
  static std::string Filled(const Store& store, const std::string& text) {
    return Fill(
        text,
        {{"schema", "\"" + store.layout.schema + "\""}, {"a", store.layout.logins[0]}, {"b", store.layout.logins[1]}});
  }
  void Plant(const Store& store, const std::string& text) { Service(store).Ask(Filled(store, text)); }
  void Spy(const Store& store) {
    Plant(store, kSpy);
    const auto caught = Filled(store, "SELECT {schema}.spy('now'); ");
    Root(store.layout.database).Ask(caught);
    ASSERT_TRUE(WasCaught(store)) << "the spy sees nothing";
    Root(store.layout.database).Ask(Filled(store, "SELECT setval('{schema}.caught', 1, false)"));
  }
  bool WasCaught(const Store& store) {
    return Root(store.layout.database).Ask(Filled(store, "SELECT is_called FROM {schema}.caught")) == "t";
  }
  /// Runs what is planned; the tenant has a turn before each step. What was refused, by the step's verb.
  std::map<std::string, std::string> RunDisturbed(const Store& store, const Store& tenant) {
    std::map<std::string, std::string> refused;
    for (const auto& step : Plan(store)) {
      Plant(tenant, kFalseOutbox);
      if (const auto done = engine_.Run(access_, step); !done) refused[step.verb] = done.error().message;
    }
    return refused;
  }

  base::Timestamp now_;
  std::vector<Store> slotted_;
};

INSTANTIATE_TEST_SUITE_P(, HostileTenant, testing::ValuesIn(Sites()), PrintSite);

TEST_P(HostileTenant, PlantsWhatNeverRunsAsTheOperator) {
  for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema}) {
    auto store = Publisher(isolation, "s" + std::to_string(static_cast<int>(isolation)));
    Spy(store);
    Plant(store, kPlants);
    EXPECT_ANY_THROW(Plant(store, "CREATE EVENT TRIGGER sly ON ddl_command_end EXECUTE FUNCTION watch()"));
    if (isolation == Isolation::kDatabase) {
      Root().Ask(Filled(store, "ALTER DATABASE " + store.layout.database + " SET search_path = {schema}, pg_catalog"));
    }
    const auto stranger = Stranger("stranger" + std::to_string(static_cast<int>(isolation)));
    Careless(store, store.layout.owner).Ask("GRANT SELECT ON lines TO " + stranger);
    Root(store.layout.database).Ask(Filled(store, "ALTER TABLE {schema}.lines OWNER TO {b}"));
    store.connections = 7;
    store.outbox->types = {"OrderCancelled", "OrderConfirmed"};
    store.inbox = Rolling{168h, now_};
    Converge(store, 3);
    (void)IsSuspect(store.layout);
    (void)engine_.ObserveSource(access_, store.layout, {"lines", "peek", "held"});
    (void)engine_.CountRows(access_, store.layout.database, store.layout.schema, {"lines", "peek", "held"});
    for (const auto* table : {"lines", "peek", "held"}) {
      (void)engine_.CountRows(access_, store.layout.database, store.layout.schema, {table});
    }
    EXPECT_TRUE(MayLogIn(store));
    ConvergeRemoval(store.layout, api::DeletionPolicy::kRetain);
    EXPECT_FALSE(WasCaught(store));
  }
}

TEST_P(HostileTenant, PutsInPlaceOfItsOutboxWhatNeverRunsAsTheOperator) {
  auto store = Publisher(Isolation::kDatabase);
  Spy(store);
  auto consumer = NewStore(Isolation::kDatabase, "payments");
  const auto channel = ChannelBetween({"here", store.layout}, {"here", consumer.layout});
  store.outgoing = {{.channel = {channel},
                     .consumer = "shop/payments",
                     .types = {"OrderConfirmed"},
                     .early = {"OrderConfirmed"},
                     .memory = 168h}};
  EXPECT_THAT(RunDisturbed(store, store), testing::Contains(testing::Key("connect-outbox")));
  EXPECT_FALSE(WasCaught(store)) << "by what is sent to another database";
}

TEST_P(HostileTenant, PutsInPlaceOfItsOutboxWhatNeverRunsForAConsumerBesideIt) {
  auto store = Publisher(Isolation::kSchema);
  Spy(store);
  auto consumer = NewStore(Isolation::kSchema, "payments");
  consumer.marker.uid = "uid-of-payments";
  consumer.inbox = Rolling{168h, now_};
  Converge(consumer, 2);
  consumer.logins[0].new_verifier.reset();
  consumer.feeds = {{.source = "shop/orders",
                     .publisher = store.layout,
                     .channel = {},
                     .types = {"OrderConfirmed"},
                     .early = {"OrderConfirmed"}}};
  const auto refused = RunDisturbed(consumer, store);
  EXPECT_THAT(refused, testing::Contains(testing::Key("replay-outbox")));
  EXPECT_THAT(refused, testing::Contains(testing::Key("connect-outbox")));
  EXPECT_FALSE(WasCaught(store)) << "by what is fetched from a schema of the same database";
}

TEST_P(HostileTenant, WritesNotesAndSettingsOfAnySizeWhichNobodyCarries) {
  const auto store = Publisher(Isolation::kDatabase);
  const auto size = GetParam() == Site{"FREEHOLD_TEST_PG18", AdminKind::kSuperuser} ? "100000000" : "1000000";
  Service(store).Ask(Filled(store, "DO $$BEGIN EXECUTE format('COMMENT ON SCHEMA {schema} IS %L', repeat('x', " +
                                       std::string(size) + ")); END$$"));
  Service(store).Ask(Filled(store,
                            "SET ROLE NONE; DO $$BEGIN EXECUTE format('ALTER ROLE {a} SET application_name = %L', "
                            "repeat('x', 1000000)); END$$"));
  const auto seen = Observe(store.layout);
  const auto& detail = dynamic_cast<const StoreDetail&>(*seen.detail);
  ASSERT_TRUE(SchemaNamed(detail, store.layout.schema));
  EXPECT_LT(SchemaNamed(detail, store.layout.schema)->comment.size(), 2000u);
  const auto size_of = [](const std::vector<Setting>& settings) {
    std::size_t size = 0;
    for (const auto& setting : settings) {
      for (const auto& value : setting.values) size += value.size();
    }
    return size;
  };
  EXPECT_LT(size_of(detail.facts.settings), 10000u);
  EXPECT_LT(size_of(dynamic_cast<const PostgresSnapshot&>(*Snapshot()).index.FactsOf(store.layout).settings), 10000u);
  EXPECT_EQ(engine_.Fingerprint(*Snapshot(), store.layout), seen.fingerprint);
  Service(store).Ask(Filled(store, "SET ROLE NONE; ALTER ROLE {a} RESET application_name"));
  Converge(store, 2);
}

TEST_P(HostileTenant, HoldsLocksThatKeepNoOtherStoreFromBeingMade) {
  const auto store = Publisher(Isolation::kSchema);
  Plant(store, "CREATE TABLE lines (id int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'");
  // Plans change with statistics: by some, each partition of the database is opened.
  Root(store.layout.database).Ask("ANALYZE pg_class, pg_inherits, pg_namespace");
  auto tenant = Service(store);
  tenant.Ask(
      "SELECT pg_advisory_lock(hashtextextended(n, 0)) FROM unnest(ARRAY['freehold schema', 'freehold pgcrypto']) n");
  tenant.Ask(Filled(store,
                    "BEGIN; DROP TABLE outbox; DROP FUNCTION f(); LOCK TABLE lines; COMMENT ON SCHEMA {schema} IS 'x'; "
                    "GRANT USAGE ON SCHEMA {schema} TO {a}; SET ROLE NONE; ALTER ROLE {a} SET application_name = 'x'"));
  auto other = NewStore(Isolation::kSchema, "payments");
  other.marker.uid = "uid-of-payments";
  other.outbox = OutboxWanted{{"PaymentMade"}, 168h, now_};
  other.inbox = Rolling{168h, now_};
  other.extensions = {"pgcrypto"};
  Converge(other, 2);
  EXPECT_TRUE(MayLogIn(other));
  tenant.Ask("ROLLBACK");
}

TEST_P(HostileTenant, GuardsItsRowsByCodeThatNeverRunsAsWhoReplicates) {
  if (IsManaged()) return;  // its admin makes no roles that replicate
  auto store = NewStore(Isolation::kDatabase);
  Converge(store, 2);
  store.logins[0].new_verifier.reset();
  slotted_.push_back(store);
  Plant(store, "CREATE TABLE lines (id int PRIMARY KEY); INSERT INTO lines VALUES (1)");
  store.reporting =
      ReportingWanted{.feed = FeedOf(store.layout), .warehouse = "main", .tables = {{{"lines", PublishedTable{}}}}};
  store.new_cdc_verifier = QuickVerifier(kPassword);
  Converge(store, 3);
  store.new_cdc_verifier.reset();
  Client replicator(ConnectAs(CdcRoleOf(store.layout), store.layout.database, kPassword));
  const auto read = Filled(store, "SELECT count(*) FROM {schema}.lines");
  EXPECT_EQ(replicator.Ask(read), "1");
  Plant(store,
        "ALTER TABLE lines ENABLE ROW LEVEL SECURITY; "
        "CREATE POLICY sly ON lines USING (pg_notify('caught', current_user::text)::text = '')");
  EXPECT_ANY_THROW(replicator.Ask(read));
  const auto source = engine_.ObserveSource(access_, store.layout, {"lines"});
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_THAT(source->tables.at("lines").unfit, testing::HasSubstr("row level security"));
}

}  // namespace
}  // namespace freehold::engines::postgres
