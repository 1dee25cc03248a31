// Ways into a store by rights on what is in it, or on what reads from it.
#include "tests/postgres/red_team.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;

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
  // Sessions keep what they began with, the operator's, too.
  Root().Ask(
      Filled("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{db}' AND "
             "application_name = 'freehold'"));
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

}  // namespace
}  // namespace freehold::engines::postgres
