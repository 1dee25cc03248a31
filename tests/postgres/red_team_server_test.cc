// Ways into a store past its rights: connections, copies and streams that the server gives.
#include "tests/postgres/red_team.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;

TEST_P(RedTeam, ConnectsFromWithinTheServerWithoutAPassword) {
  Try({.isolation = Isolation::kSchema,
       .opening = "CREATE EXTENSION IF NOT EXISTS dblink SCHEMA extensions; "
                  "GRANT EXECUTE ON FUNCTION extensions.dblink_connect_u(text) TO {owner}",
       .principal = "{owner}",
       .right = "EXECUTE",
       .path = "dblink_connect_u(text): connections without a password",
       .evidence = "pg_proc.proacl: EXECUTE to {owner}",
       .severity = Severity::kHigh,
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, MayMakeServersOfAForeignDataWrapper) {
  Try({.isolation = Isolation::kSchema,
       .opening = "CREATE EXTENSION IF NOT EXISTS file_fdw SCHEMA extensions; "
                  "GRANT USAGE ON FOREIGN DATA WRAPPER file_fdw TO {owner}",
       .principal = "{owner}",
       .right = "USAGE",
       .path = "foreign data wrapper file_fdw",
       .evidence = "pg_foreign_data_wrapper.fdwacl: USAGE to {owner}",
       .severity = Severity::kMedium,
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, ComesInWithoutAPasswordByALineOfTheAccessFile) {
  MakeStore(Isolation::kDatabase);
  const auto file = Root().Ask("SHOW hba_file");
  Root().Ask("COPY (SELECT 'host " + store_.layout.database + " all 192.0.2.0/24 trust') TO PROGRAM 'cp " + file + " " +
             file + ".before && cat >>" + file + "'");
  const auto seen = Observe(store_.layout);
  const auto findings = Snapshot()->findings;
  EXPECT_EQ(engine_.Fingerprint(*Snapshot(), store_.layout), seen.fingerprint);
  EXPECT_EQ(IsSuspect(store_.layout), !IsManaged());
  Root().Ask("COPY (SELECT 1) TO PROGRAM 'cat >/dev/null && mv " + file + ".before " + file + "'");
  // An admin who is no superuser can't read the file.
  ASSERT_EQ(seen.foreign.size(), IsManaged() ? 0U : 1U) << PrintWithEvidence(seen.foreign);
  if (IsManaged()) return;
  EXPECT_EQ(seen.foreign[0].principal, "anybody at 192.0.2.0/255.255.255.0");
  EXPECT_THAT(seen.foreign[0].path, testing::HasSubstr("trust for all"));
  EXPECT_EQ(seen.foreign[0].severity, Severity::kCritical);
  EXPECT_THAT(findings, testing::Contains(testing::HasSubstr("192.0.2.0/255.255.255.0")));
  EXPECT_THAT(PrintWithEvidence(Observe(store_.layout).foreign), "");
}

TEST_P(RedTeam, LeavesASlotBehind) {
  Try({.opening = "SELECT pg_create_logical_replication_slot(left('s_{stranger}', 60), 'test_decoding')",
       .principal = "roles with REPLICATION",
       .right = "REPLICATION",
       .path = "replication slot s_{stranger}",
       .evidence = "not in use",
       .severity = Severity::kHigh,
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, LeavesASlotBehindThatIsNamedAsFreeholdsAre) {
  Try({.opening = "SELECT pg_create_logical_replication_slot(left('freehold_{stranger}', 60), 'test_decoding')",
       .principal = "roles with REPLICATION",
       .right = "REPLICATION",
       .path = "replication slot freehold_{stranger}",
       .evidence = "of none of the store's feeds",
       .severity = Severity::kHigh,
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, PublishesTables) {
  Try({.opening = "CREATE PUBLICATION theirs FOR TABLE {schema}.order_lines",
       .principal = "roles with REPLICATION",
       .right = "PUBLICATION",
       .path = "publication theirs of {schema}.order_lines",
       .evidence = "pg_publication.pubowner",
       .severity = Severity::kMedium,
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, PublishesAllTables) {
  Try({.isolation = Isolation::kSchema,
       .opening = "CREATE PUBLICATION theirs FOR ALL TABLES",
       .principal = "roles with REPLICATION",
       .right = "PUBLICATION",
       .path = "publication theirs of all tables",
       .evidence = "pg_publication.pubowner",
       .severity = Severity::kMedium,
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, CopiesATemplate) {
  Try({.opening = "ALTER DATABASE {db} WITH IS_TEMPLATE true",
       .principal = "roles with CREATEDB",
       .right = "TEMPLATE",
       .path = "database {db}",
       .evidence = "pg_database.datistemplate",
       .severity = Severity::kHigh});
}

TEST_P(RedTeam, UsesAForeignServer) {
  Try({.opening = "CREATE EXTENSION IF NOT EXISTS postgres_fdw; DROP SERVER IF EXISTS away CASCADE; "
                  "CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw; ALTER SERVER away OWNER TO {owner}; "
                  "CREATE USER MAPPING FOR {stranger} SERVER away OPTIONS (user 'x'); "
                  "GRANT USAGE ON FOREIGN SERVER away TO {stranger}",
       .principal = "{stranger}",
       .right = "USAGE",
       .path = "foreign server away",
       .evidence = "pg_foreign_server.srvacl: {stranger}=U",
       .severity = Severity::kLow,
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, HasAUserMapping) {
  Try({.opening = "CREATE EXTENSION IF NOT EXISTS postgres_fdw; CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw; "
                  "CREATE USER MAPPING FOR {stranger} SERVER away",
       .principal = "{stranger}",
       .right = "USER MAPPING",
       .path = "foreign server away",
       .evidence = "pg_user_mappings",
       .severity = Severity::kMedium,
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, StaysInAfterARevoke) {
  MakeStore(Isolation::kDatabase);
  Root().Ask(Filled("GRANT CONNECT ON DATABASE {db} TO {stranger}"));
  auto intruder = As(stranger_, store_.layout.database);
  Root().Ask(Filled("REVOKE CONNECT ON DATABASE {db} FROM {stranger}"));
  ApplyRemedies(ExpectListed({.principal = "{stranger}",
                              .right = "SESSION",
                              .path = "open session in database {db}",
                              .evidence = "pg_stat_activity",
                              .severity = Severity::kHigh}));
  EXPECT_FALSE(intruder.IsAlive());
}

}  // namespace
}  // namespace freehold::engines::postgres
