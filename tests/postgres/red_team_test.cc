// Each way into a store is opened by hand: it is listed with its evidence, its remedy closes it, and so does the
// planner where it may. A login that tries tells whether it really is open.
#include <set>

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::IsEmpty;

enum class Closes {
  kAnyAdmin,
  kSuperuser,
  kNobody,  ///< its remedy is for people
};

/// Texts name {stranger}, {second} (a role that isn't a login), {owner}, {login}, {db}, {schema}, {services}.
struct Way {
  Isolation isolation = Isolation::kDatabase;
  std::string opening;     ///< what a superuser runs in the store's database
  std::string by_service;  ///< and before, the service
  std::string principal, right, path, evidence;
  Severity severity = Severity::kCritical;
  std::string attempt;  ///< works for {stranger} while the way is open; empty: there is nothing to try
  Closes closes = Closes::kAnyAdmin;
};

constexpr const char* kReadLines = "SELECT note FROM {schema}.order_lines";

std::string Print(const std::vector<ForeignAccess>& foreign) {
  std::string text;
  for (const auto& access : foreign) {
    text += "\n  " + ToString(access.severity) + ": " + access.principal + ": " + access.right + " by " + access.path +
            " [" + access.evidence + "] " + access.remedy;
  }
  return text;
}

class RedTeam : public ServerTest {
 protected:
  void Try(const Way& way) {
    MakeStore(way.isolation);
    Open(way);
    ExpectListed(way);
    ExpectAttempt(way, true);
    ApplyRemedies();
    ExpectClosed(way);

    const bool closes = way.closes == Closes::kAnyAdmin || (way.closes == Closes::kSuperuser && !IsManaged());
    if (!closes) return;
    Open(way);
    Converge(store_, 2);
    ExpectClosed(way);
  }

  void MakeStore(Isolation isolation) {
    store_ = NewStore(isolation);
    Converge(store_, 1);
    store_.logins[0].new_verifier.reset();
    EXPECT_EQ(Print(Observe(store_.layout).foreign), "");
    stranger_ = Stranger("stranger");
    second_ = Stranger("second", "NOLOGIN");
    Service(store_).Ask(
        "CREATE TABLE order_lines (id int, note text); INSERT INTO order_lines VALUES (1, 'secret'); "
        "CREATE SEQUENCE numbers; SELECT lo_from_bytea(4711, 'secret')");
  }

  std::string Filled(const std::string& text) const {
    const auto& layout = store_.layout;
    return Fill(text, {{"stranger", stranger_},
                       {"second", second_},
                       {"owner", layout.owner},
                       {"login", layout.logins[0]},
                       {"db", layout.database},
                       {"schema", layout.schema},
                       {"services", ServicesRole(layout.database)}});
  }

  void Open(const Way& way) {
    if (!way.by_service.empty()) Careless(store_, store_.layout.owner).Ask(Filled(way.by_service));
    if (!way.opening.empty()) Root(store_.layout.database).Ask(Filled(way.opening));
  }

  void ExpectListed(const Way& way) {
    const auto seen = Observe(store_.layout);
    EXPECT_EQ(engine_.Fingerprint(*Snapshot(), store_.layout), seen.fingerprint);
    EXPECT_TRUE(IsSuspect(store_.layout));
    for (const auto& access : seen.foreign) {
      EXPECT_FALSE(access.evidence.empty() || access.remedy.empty()) << Print({access});
      if (access.principal != Filled(way.principal) || access.right != way.right) continue;
      if (access.path.find(Filled(way.path)) == std::string::npos) continue;
      EXPECT_EQ(ToString(access.severity), ToString(way.severity)) << Print({access});
      EXPECT_THAT(access.evidence, testing::HasSubstr(Filled(way.evidence)));
      return;
    }
    ADD_FAILURE() << Filled(way.principal + ": " + way.right + " by " + way.path)
                  << " is not listed among:" << Print(seen.foreign);
  }

  void ExpectAttempt(const Way& way, bool works) {
    if (way.attempt.empty()) return;
    EXPECT_EQ(Reads(stranger_, store_.layout.database, Filled(way.attempt)), works) << Filled(way.attempt);
  }

  void ApplyRemedies() {
    for (const auto& access : Observe(store_.layout).foreign) Root(store_.layout.database).Ask(access.remedy);
  }

  void ExpectClosed(const Way& way) {
    EXPECT_EQ(Print(Observe(store_.layout).foreign), "");
    ExpectAttempt(way, false);
  }

  Store store_;
  std::string stranger_, second_;
};

INSTANTIATE_TEST_SUITE_P(, RedTeam, testing::ValuesIn(AllSites()), PrintSite);

TEST_P(RedTeam, ReadsATableByAGrantInADatabaseThatItMayEnter) {
  Try({.opening = "GRANT CONNECT ON DATABASE {db} TO {stranger}; GRANT USAGE ON SCHEMA {schema} TO {stranger}; "
                  "GRANT SELECT ON {schema}.order_lines TO {stranger}",
       .principal = "{stranger}",
       .right = "SELECT",
       .path = "table {schema}.order_lines",
       .evidence = "pg_class.relacl: {stranger}=r/{owner}",
       .attempt = kReadLines});
}

TEST_P(RedTeam, DoesNotReadATableByAGrantInADatabaseThatItMayNotEnter) {
  Try({.by_service = "GRANT USAGE ON SCHEMA {schema} TO PUBLIC; GRANT SELECT ON order_lines TO {stranger}",
       .principal = "{stranger}",
       .right = "SELECT",
       .path = "table {schema}.order_lines",
       .evidence = "pg_class.relacl",
       .severity = Severity::kLow});
}

TEST_P(RedTeam, ReadsAColumnThatIsGrantedToAll) {
  Try({.isolation = Isolation::kSchema,
       .opening = "GRANT {services} TO {stranger}",
       .by_service = "GRANT USAGE ON SCHEMA {schema} TO PUBLIC; GRANT SELECT (note) ON order_lines TO PUBLIC",
       .principal = "PUBLIC",
       .right = "SELECT",
       .path = "column note of {schema}.order_lines",
       .evidence = "pg_attribute.attacl: =r/{owner}",
       .attempt = kReadLines});
}

TEST_P(RedTeam, BecomesASuperuserByWayOfAnotherRole) {
  const auto boss = Stranger("boss", "SUPERUSER NOLOGIN");
  Try({.opening = "GRANT " + boss + " TO {second}; GRANT {second} TO {owner}",
       .principal = "{owner}",
       .right = "MEMBER",
       .path = "member of " + boss + ", by way of {second}",
       .evidence = "pg_auth_members: " + boss + " to {second}",
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, RunsARoutineInAnUntrustedLanguage) {
  Try({.opening = "CREATE LANGUAGE wild HANDLER plpgsql_call_handler; "
                  "CREATE FUNCTION {schema}.wild() RETURNS int LANGUAGE wild AS 'BEGIN RETURN 1; END'",
       .principal = "PUBLIC",
       .right = "EXECUTE",
       .path = "routine {schema}.wild(): untrusted language wild",
       .evidence = "pg_proc.proacl: EXECUTE to PUBLIC",
       .severity = Severity::kHigh,
       .closes = Closes::kNobody});
}

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
  Root().Ask("COPY (SELECT 1) TO PROGRAM 'mv " + file + ".before " + file + "'");
  // An admin who is no superuser can't read the file.
  ASSERT_EQ(seen.foreign.size(), IsManaged() ? 0U : 1U) << Print(seen.foreign);
  if (IsManaged()) return;
  EXPECT_EQ(seen.foreign[0].principal, "anybody at 192.0.2.0/255.255.255.0");
  EXPECT_THAT(seen.foreign[0].path, testing::HasSubstr("trust for all"));
  EXPECT_EQ(seen.foreign[0].severity, Severity::kCritical);
  EXPECT_THAT(findings, testing::Contains(testing::HasSubstr("192.0.2.0/255.255.255.0")));
  EXPECT_THAT(Print(Observe(store_.layout).foreign), "");
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

TEST_P(RedTeam, LeavesASlotBehind) {
  Try({.opening = "SELECT pg_create_logical_replication_slot(left('s_{stranger}', 60), 'test_decoding')",
       .principal = "roles with REPLICATION",
       .right = "REPLICATION",
       .path = "replication slot s_{stranger}",
       .evidence = "not in use",
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

TEST_P(RedTeam, ReadsALargeObject) {
  Try({.opening = "GRANT CONNECT ON DATABASE {db} TO {stranger}",
       .by_service = "GRANT SELECT ON LARGE OBJECT 4711 TO {stranger}",
       .principal = "{stranger}",
       .right = "SELECT",
       .path = "large object 4711",
       .evidence = "pg_largeobject_metadata.lomacl: {stranger}=r/{owner}",
       .attempt = "SELECT lo_get(4711)"});
}

TEST_P(RedTeam, ReadsALargeObjectInASharedDatabase) {
  Try({.isolation = Isolation::kSchema,
       .opening = "GRANT {services} TO {stranger}",
       .by_service = "GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC",
       .principal = "PUBLIC",
       .right = "SELECT",
       .path = "large object 4711",
       .evidence = "pg_largeobject_metadata.lomacl: =r/{owner}",
       .attempt = "SELECT lo_get(4711)"});
}

TEST_P(RedTeam, ReadsLargeObjectsWhereTheirRightsAreSwitchedOff) {
  MakeStore(Isolation::kSchema);
  Root().Ask(Filled("GRANT {services} TO {stranger}; ALTER DATABASE {db} SET lo_compat_privileges = on"));
  ExpectListed({.principal = "PUBLIC", .right = "SELECT", .path = "large objects", .evidence = "lo_compat_privileges"});
  EXPECT_TRUE(Reads(stranger_, store_.layout.database, "SELECT lo_get(4711)"));
  Root().Ask(Filled("ALTER DATABASE {db} RESET lo_compat_privileges"));
  EXPECT_FALSE(Reads(stranger_, store_.layout.database, "SELECT lo_get(4711)"));
}

TEST_P(RedTeam, CallsASecurityDefinerFunctionOfTheStore) {
  Try({.isolation = Isolation::kSchema,
       .opening = "GRANT {services} TO {stranger}",
       .by_service = "CREATE OR REPLACE FUNCTION leak() RETURNS text LANGUAGE sql SECURITY DEFINER AS "
                     "'SELECT note FROM {schema}.order_lines'; "
                     "GRANT USAGE ON SCHEMA {schema} TO {stranger}; GRANT EXECUTE ON FUNCTION leak() TO {stranger}",
       .principal = "{stranger}",
       .right = "EXECUTE",
       .path = "routine {schema}.leak()",
       .evidence = "SECURITY DEFINER of {owner} without a search_path of its own",
       .attempt = "SELECT {schema}.leak()"});
}

TEST_P(RedTeam, CallsASecurityDefinerFunctionOfTheStoreInAnothersSchema) {
  Try({.isolation = Isolation::kSchema,
       .opening = "GRANT {services} TO {stranger}; CREATE SCHEMA IF NOT EXISTS reports; "
                  "GRANT USAGE ON SCHEMA reports TO {stranger}; "
                  "CREATE OR REPLACE FUNCTION reports.leak() RETURNS text LANGUAGE sql SECURITY DEFINER "
                  "SET search_path = {schema} AS 'SELECT note FROM order_lines'; "
                  "ALTER FUNCTION reports.leak() OWNER TO {owner}",
       .principal = "PUBLIC",
       .right = "EXECUTE",
       .path = "routine reports.leak() with the rights of {owner}",
       .evidence = "SECURITY DEFINER of {owner}",
       .attempt = "SELECT reports.leak()",
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, ReadsAViewInAnothersSchema) {
  Try({.isolation = Isolation::kSchema,
       .opening =
           "GRANT {services} TO {stranger}; CREATE SCHEMA IF NOT EXISTS reports; "
           "GRANT USAGE ON SCHEMA reports TO {stranger}; "
           "CREATE VIEW reports.under AS SELECT * FROM {schema}.order_lines; "
           "CREATE VIEW reports.lines AS SELECT note FROM reports.under; GRANT SELECT ON reports.lines TO {stranger}",
       .principal = "{stranger}",
       .right = "SELECT",
       .path = "view reports.lines with the rights of postgres",
       .evidence = "pg_class.relacl",
       .attempt = "SELECT note FROM reports.lines",
       .closes = Closes::kNobody});
}

TEST_P(RedTeam, ReadsAViewOfTheStore) {
  Try({.isolation = Isolation::kSchema,
       .opening = "GRANT {services} TO {stranger}",
       .by_service = "CREATE OR REPLACE VIEW lines AS SELECT note FROM order_lines; "
                     "GRANT USAGE ON SCHEMA {schema} TO {stranger}; GRANT SELECT ON lines TO {stranger}",
       .principal = "{stranger}",
       .right = "SELECT",
       .path = "view {schema}.lines",
       .evidence = "pg_class.relacl: {stranger}=r/{owner}",
       .attempt = "SELECT note FROM {schema}.lines"});
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
  ExpectListed({.principal = "{stranger}",
                .right = "SESSION",
                .path = "open session in database {db}",
                .evidence = "pg_stat_activity",
                .severity = Severity::kHigh});
  ApplyRemedies();
  EXPECT_FALSE(intruder.IsAlive());
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
  EXPECT_EQ(Print(Observe(store_.layout).foreign), "");
}

}  // namespace
}  // namespace freehold::engines::postgres
