// Connections: how failures look, how many there are, what they leave behind.
#include <thread>

#include "reconcilers/engines/postgres/endpoint.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using base::FailureClass;
using testing::HasSubstr;
using testing::Not;

class Connections : public ServerTest {
 protected:
  Result<void> Do(const std::string& statement) {
    return engine_.Run(access_, {.verb = "test", .target = "", .database = "", .statements = {statement}});
  }
  void ExpectFailure(const ServerAccess& access, FailureClass kind, const std::string& reason) {
    const auto snapshot = engine_.ObserveServer(access);
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().kind, kind) << snapshot.error().message;
    EXPECT_EQ(snapshot.error().reason, reason) << snapshot.error().message;
    EXPECT_THAT(snapshot.error().message, Not(HasSubstr(access.password.Reveal())));
  }
};

INSTANTIATE_TEST_SUITE_P(, Connections, testing::ValuesIn(SitesInPairs()), PrintSite);

TEST_P(Connections, FailByTheirCause) {
  auto access = access_;
  access.name = "wrong password";
  access.password = base::Sensitive("not-it");
  ExpectFailure(access, FailureClass::kTerminal, "AdminDenied");
  access = access_;
  access.name = "nobody there";
  access.port = 1;
  ExpectFailure(access, FailureClass::kRetryable, "ServerUnreachable");
  access = access_;
  access.name = "another CA";
  access.ca_pem = "";
  ExpectFailure(access, FailureClass::kRetryable, "ServerUnreachable");
  access = access_;
  access.name = "another host";
  access.host = "127.0.0.2";
  EXPECT_FALSE(engine_.ObserveServer(access));
}

TEST_P(Connections, TellOfRefusedStatementsWithoutQuotingThem) {
  const auto refused = Do("CREATE ROLE \"" + Unique("r") + "\" PASSWORD 'hidden' NOSUCHOPTION");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, FailureClass::kTerminal);
  EXPECT_EQ(refused.error().reason, "StatementFailed");
  EXPECT_THAT(refused.error().message, Not(HasSubstr("hidden")));
  EXPECT_THAT(refused.error().message, HasSubstr("42601"));
}

TEST_P(Connections, TellOfAnAdminWithoutTheRight) {
  if (!IsManaged()) return;
  const auto refused = Do("DROP DATABASE postgres");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "AdminDenied");
}

TEST_P(Connections, AreInDoubtWhenTheyBreakInTheMiddleOfAChange) {
  const auto cut = Do("SELECT pg_terminate_backend(pg_backend_pid())");
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind, FailureClass::kInDoubt);
  EXPECT_EQ(cut.error().reason, "ReplyLost");
  EXPECT_TRUE(Do("SELECT 1"));
}

TEST_P(Connections, ThatDiedWhileIdleAreReplacedUnnoticed) {
  Snapshot();
  Root().Ask(
      "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = 'freehold' AND "
      "usename = '" +
      access_.username + "' AND datname IN ('" + access_.shared_database + "', '" +
      (IsManaged() ? access_.maintenance_database : access_.shared_database) + "')");
  EXPECT_TRUE(engine_.ObserveServer(access_));
  EXPECT_TRUE(Do("SELECT 1"));
}

TEST_P(Connections, RollAScriptBackWhole) {
  const auto role = Unique("half");
  EXPECT_FALSE(engine_.Run(
      access_, {.verb = "test", .target = "", .database = "", .statements = {"CREATE ROLE " + role, "SELECT 1/0"}}));
  EXPECT_EQ(Root().Ask("SELECT count(*) FROM pg_roles WHERE rolname = '" + role + "'"), "0");
}

TEST_P(Connections, NeverExceedTheirNumber) {
  access_.connections = 2;
  access_.name += " narrow";
  const auto count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'freehold' AND usename = '" +
                     access_.username + "' AND datname = '" + access_.shared_database + "'";
  const auto before = std::stoi(Root().Ask(count));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 5; ++n) EXPECT_TRUE(engine_.ObserveServer(access_));
    });
  }
  threads.clear();
  EXPECT_LE(std::stoi(Root().Ask(count)) - before, 2);
}

TEST_P(Connections, PinTheirSearchPathWhateverTheServerSays) {
  Root().Ask("ALTER ROLE " + access_.username + " IN DATABASE \"" + access_.shared_database +
             "\" SET search_path = public");
  Root().Ask("ALTER DATABASE \"" + access_.shared_database + "\" SET statement_timeout = 1");
  Traffic traffic;
  const auto connection = Connection::Open(ConnectString(access_, access_.shared_database), traffic);
  ASSERT_TRUE(connection);
  EXPECT_EQ((*connection)->Ask({"SHOW search_path", {}}).value_or(""), "pg_catalog,pg_temp");
  EXPECT_EQ((*connection)->Ask({"SHOW statement_timeout", {}}).value_or(""), "1min");
  Root().Ask("ALTER ROLE " + access_.username + " IN DATABASE \"" + access_.shared_database + "\" RESET ALL");
}

TEST_P(Connections, RefuseALoginWithAWrongPassword) {
  const auto store = NewStore(api::Isolation::kSchema);
  Converge(store, 1);
  const auto& layout = store.layout;
  EXPECT_TRUE(engine_.TryLogin(access_, layout.database, layout.logins[0], kPassword));
  const auto refused = engine_.TryLogin(access_, layout.database, layout.logins[0], base::Sensitive("wrong"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "LoginRefused");
  EXPECT_EQ(refused.error().kind, FailureClass::kTerminal);
  EXPECT_FALSE(engine_.TryLogin(access_, layout.database, layout.logins[1], kPassword));
}

TEST_P(Connections, GiveVerifiersThatTheServerTakes) {
  const auto store = NewStore(api::Isolation::kSchema);
  Converge(store, 1);
  const auto seen = Observe(store.layout);
  EXPECT_EQ(seen.verifiers_readable, !IsManaged());
  if (IsManaged()) return;
  ASSERT_TRUE(seen.logins[0].verifier);
  EXPECT_TRUE(engine_.VerifierMatches(*seen.logins[0].verifier, kPassword));
  EXPECT_FALSE(engine_.VerifierMatches(*seen.logins[0].verifier, base::Sensitive("another")));
  EXPECT_FALSE(seen.logins[1].verifier);
}

}  // namespace
}  // namespace freehold::engines::postgres
