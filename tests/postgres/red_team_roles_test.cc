// Ways into a store by what a role is or whom it may act as.
#include <set>

#include "tests/postgres/red_team.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;

TEST_P(RedTeam, BecomesASuperuserByWayOfAnotherRole) {
  const auto boss = Stranger("boss", "SUPERUSER NOLOGIN");
  Try({.opening = "GRANT " + boss + " TO {second}; GRANT {second} TO {owner}",
       .principal = "{owner}",
       .right = "MEMBER",
       .path = "member of " + boss + ", by way of {second}",
       .evidence = "pg_auth_members: " + boss + " to {second}",
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, ReadsAsAnIndirectMemberOfTheOwner) {
  Try({.opening = "GRANT {owner} TO {second}; GRANT {second} TO {stranger}",
       .principal = "{stranger}",
       .right = "MEMBER",
       .path = "member of {second}, member of {owner}",
       .evidence = "pg_auth_members: {second} to {stranger}",
       .attempt = kReadLines,
       .closes = major_ >= 16 ? Closes::kSuperuser : Closes::kAnyAdmin});
}

TEST_P(RedTeam, ReadsAsAMemberOfALogin) {
  Try({.isolation = Isolation::kSchema,
       .opening = "GRANT {login} TO {stranger}",
       .principal = "{stranger}",
       .right = "MEMBER",
       .path = "member of {login}",
       .evidence = "pg_auth_members",
       .attempt = kReadLines,
       .closes = major_ >= 16 ? Closes::kSuperuser : Closes::kAnyAdmin});
}

TEST_P(RedTeam, ReadsAsAMemberOfTheAdmin) {
  if (!IsManaged()) return;  // whoever may act as a superuser is the platform's
  Try({.opening = "GRANT " + access_.username + " TO {stranger}",
       .principal = "{stranger}",
       .right = "MEMBER",
       .path = "member of " + access_.username + ", member of {owner}",
       .evidence = "pg_auth_members",
       .attempt = kReadLines,
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, WaitsAsAMemberThatMayOnlyAdminister) {
  if (major_ < 16) return;
  Try({.opening = "GRANT {owner} TO {stranger} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
       .principal = "{stranger}",
       .right = "MEMBER",
       .path = "member of {owner}",
       .evidence = "(ADMIN)",
       .severity = Severity::kHigh,
       .closes = Closes::kSuperuser});
}

TEST_P(RedTeam, ReadsAllByAPredefinedRole) {
  Try({.opening = "GRANT CONNECT ON DATABASE {db} TO {stranger}; GRANT pg_read_all_data TO {second}; "
                  "GRANT {second} TO {stranger}",
       .principal = "{stranger}",
       .right = "MEMBER",
       .path = "member of pg_read_all_data, may connect to {db}",
       .evidence = "pg_auth_members: {second} to {stranger}",
       .attempt = kReadLines,
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, ReadsFilesByAPredefinedRole) {
  Try({.opening = "GRANT CONNECT, TEMPORARY ON DATABASE {db} TO {stranger}; GRANT pg_read_server_files TO {stranger}",
       .principal = "{stranger}",
       .right = "MEMBER",
       .path = "member of pg_read_server_files",
       .evidence = "pg_auth_members",
       .attempt = "CREATE TEMPORARY TABLE stolen (line text); COPY stolen FROM '/etc/passwd'",
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, DecodesByReplication) {
  Try({.opening = "GRANT CONNECT ON DATABASE {db} TO {stranger}; ALTER ROLE {stranger} REPLICATION",
       .principal = "{stranger}",
       .right = "REPLICATION",
       .path = "attribute of {stranger}, may connect to {db}",
       .evidence = "pg_roles.rolreplication",
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, DecodesAsAMemberOfARoleWithReplication) {
  Try({.isolation = Isolation::kSchema,
       .opening = "GRANT {services} TO {stranger}; ALTER ROLE {second} REPLICATION; GRANT {second} TO {stranger}",
       .principal = "{stranger}",
       .right = "REPLICATION",
       .path = "member of {second}, may connect to {db}",
       .evidence = "pg_auth_members: {second} to {stranger}",
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, IsARoleOfTheStoreWithPower) {
  for (const auto* power : {"SUPERUSER", "REPLICATION", "BYPASSRLS", "CREATEROLE", "CREATEDB"}) {
    const std::set<std::string> worst = {"SUPERUSER", "REPLICATION"};
    const std::string name = power;
    Try({.opening = "ALTER ROLE {login} " + name,
         .principal = "{login}",
         .right = name,
         .path = "attribute of {login}",
         .evidence = "pg_roles.",
         .severity = worst.contains(name)   ? Severity::kCritical
                     : name == "CREATEROLE" ? Severity::kHigh
                                            : Severity::kMedium,
         .closes = name.starts_with("CREATE") ? Closes::kAnyAdmin : Closes::kSuperuser});
    Service(store_).Ask("DROP TABLE order_lines; DROP SEQUENCE numbers; SELECT lo_unlink(4711)");
    Root().Ask("DROP ROLE " + stranger_ + ", " + second_);
  }
}

TEST_P(RedTeam, GivesARoleOfTheStoreASuperusersParameter) {
  if (major_ < 15) return;
  Try({.opening = "GRANT SET ON PARAMETER session_replication_role TO {login}",
       .principal = "{login}",
       .right = "SET",
       .path = "parameter session_replication_role",
       .evidence = "pg_parameter_acl",
       .severity = Severity::kMedium,
       .closes = Closes::kSuperuser});
}

TEST_P(RedTeam, IsNotWhoMayDoEverythingAnyway) {
  MakeStore(Isolation::kDatabase);
  Stranger("dba", "LOGIN SUPERUSER");
  const auto exporter = Stranger("exporter");
  const auto backup = Stranger("backup");
  Root().Ask("GRANT pg_monitor TO " + exporter + "; GRANT pg_read_all_data TO " + backup + "; ALTER ROLE " + backup +
             " REPLICATION");
  const auto dba = As(Unique("dba"), store_.layout.database);
  Root(store_.layout.database)
      .Ask(Filled("CREATE FUNCTION {schema}.help() RETURNS int LANGUAGE sql AS 'SELECT 1'; "
                  "CREATE EXTENSION postgres_fdw; CREATE EXTENSION dblink"));
  EXPECT_EQ(PrintWithEvidence(Observe(store_.layout).foreign), "");
}

}  // namespace
}  // namespace freehold::engines::postgres
