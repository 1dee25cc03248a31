// Whoever tries to read by replication what may not be read by SELECT: the services of a server with a flow of events,
// and the role that carries it.
#include <libpq-fe.h>

#include "reconcilers/engines/channel.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using namespace std::chrono_literals;

class Decoding : public ServerTest {
 protected:
  /// Orders are on their way by replication; nobody has fetched them yet. The neighbour has nothing to do with it.
  void SetUp() override {
    producer_ = NewStore(api::Isolation::kDatabase, "orders");
    producer_.outbox = OutboxWanted{{"OrderConfirmed"}, 168h, PartitionStart(168h, base::SystemClock().Now())};
    Converge(producer_, 2);
    producer_.logins[0].new_verifier.reset();
    neighbour_ = NewStore(api::Isolation::kDatabase, "payments");
    neighbour_.marker.uid = "uid-of-payments";
    Converge(neighbour_, 2);
    neighbour_.logins[0].new_verifier.reset();
    channel_ = ChannelBetween({"here", producer_.layout}, {"here", neighbour_.layout});
    producer_.outgoing = {{.channel = {channel_, Carrier::kReplication},
                           .consumer = "shop/payments",
                           .types = {"OrderConfirmed"},
                           .early = {},
                           .memory = 168h}};
    producer_.new_cdc_verifier = QuickVerifier(kCdcPassword);
    Converge(producer_, 2);
    producer_.new_cdc_verifier.reset();
    Service(producer_).Ask(
        "INSERT INTO outbox (aggregatetype, aggregateid, type) VALUES ('Order', 'secret', 'OrderConfirmed')");
    // Decoding reads what is on disk, and servers of tests don't wait for it by themselves.
    Root(producer_.layout.database)
        .Ask("SET synchronous_commit = on; SELECT pg_logical_emit_message(true, 'test', 'to disk')");
  }
  void TearDown() override {
    // A slot keeps a database from being dropped.
    if (!channel_.empty()) ConvergeRemoval(producer_.layout, api::DeletionPolicy::kDelete);
    ServerTest::TearDown();
  }

  std::string slot() const { return "freehold_" + channel_; }

  /// Does the server do it, on a connection by the protocol of replication?
  static bool Streams(const std::string& conninfo, const std::string& replication, const std::string& command) {
    const auto text = conninfo + " replication=" + replication;
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(text.c_str()), PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK) return false;
    const std::unique_ptr<PGresult, decltype(&PQclear)> reply(PQexec(connection.get(), command.c_str()), PQclear);
    const auto status = PQresultStatus(reply.get());
    return status == PGRES_COPY_BOTH || status == PGRES_COPY_OUT || status == PGRES_TUPLES_OK;
  }
  std::string Start(const std::string& slot, const std::string& publication) const {
    return "START_REPLICATION SLOT \"" + slot + "\" LOGICAL 0/0 (proto_version '1', publication_names '\"" +
           publication + "\"')";
  }

  Store producer_, neighbour_;
  std::string channel_;
  inline static const base::Sensitive kCdcPassword{"only-for-replication"};
};

INSTANTIATE_TEST_SUITE_P(, Decoding, testing::ValuesIn(SuperuserSites()), PrintSite);

TEST_P(Decoding, ShowsAServiceNothing) {
  const auto slot = "'" + this->slot() + "'";
  const std::vector<std::string> attempts = {
      "SELECT * FROM pg_logical_slot_peek_changes(" + slot + ", NULL, NULL)",
      "SELECT * FROM pg_logical_slot_get_changes(" + slot + ", NULL, NULL)",
      "SELECT * FROM pg_logical_slot_get_binary_changes(" + slot + ", NULL, NULL)",
      "SELECT pg_create_logical_replication_slot('mine', 'test_decoding')",
      "SELECT pg_create_logical_replication_slot('mine', 'test_decoding', true)",
      "SELECT pg_create_physical_replication_slot('mine', true, true)",
      "SELECT pg_copy_logical_replication_slot(" + slot + ", 'mine', true)",
      "SELECT pg_replication_slot_advance(" + slot + ", pg_current_wal_lsn())",
      "SELECT pg_drop_replication_slot(" + slot + ")",
      "SELECT subconninfo FROM pg_subscription",
      "CREATE SUBSCRIPTION mine CONNECTION 'dbname=x' PUBLICATION y WITH (connect = false)",
      "CREATE PUBLICATION mine FOR ALL TABLES",
      "SELECT * FROM freehold." + channel_,
      "ALTER ROLE CURRENT_USER REPLICATION",
      "GRANT " + CdcRoleOf(producer_.layout) + " TO CURRENT_USER",
      "SET ROLE " + CdcRoleOf(producer_.layout)};
  for (const auto* store : {&producer_, &neighbour_}) {
    for (const auto& attempt : attempts) EXPECT_ANY_THROW(Service(*store).Ask(attempt)) << attempt;
    const auto login = ConnectAs(store->layout.logins[0], store->layout.database, kPassword);
    for (const auto* replication : {"database", "true"}) {
      EXPECT_FALSE(Streams(login, replication, "IDENTIFY_SYSTEM")) << replication;
    }
  }
  EXPECT_EQ(Root().Ask("SELECT count(*) FROM pg_replication_slots WHERE slot_name = " + slot), "1");
}

TEST_P(Decoding, ShowsTheRoleThatCarriesItItsOwnDatabaseAlone) {
  const auto role = CdcRoleOf(producer_.layout);
  const auto own = ConnectAs(role, producer_.layout.database, kCdcPassword);
  EXPECT_TRUE(Streams(own, "database", Start(slot(), slot())));
  EXPECT_FALSE(Streams(own, "true", "IDENTIFY_SYSTEM")) << "no line of pg_hba.conf is for replication";
  for (const auto& database : {neighbour_.layout.database, std::string("postgres"), std::string("template1")}) {
    EXPECT_FALSE(Streams(ConnectAs(role, database, kCdcPassword), "database", "IDENTIFY_SYSTEM")) << database;
  }
  Client client(own);
  Root(neighbour_.layout.database).Ask("SELECT pg_create_logical_replication_slot('" + slot() + "_2', 'pgoutput')");
  for (const auto& attempt :
       {"SELECT * FROM pg_logical_slot_peek_binary_changes('" + slot() + "_2', NULL, NULL)",
        std::string("SELECT subconninfo FROM pg_subscription"), std::string("SELECT pg_read_file('pg_hba.conf')"),
        std::string("SELECT rolpassword FROM pg_authid")}) {
    EXPECT_ANY_THROW(client.Ask(attempt)) << attempt;
  }
  Root().Ask("SELECT pg_drop_replication_slot('" + slot() + "_2')");
}

}  // namespace
}  // namespace freehold::engines::postgres
