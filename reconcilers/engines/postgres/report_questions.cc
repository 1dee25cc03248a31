#include "reconcilers/engines/postgres/report_questions.h"

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/report_guard.h"

namespace freehold::engines::postgres {
namespace {

// A role `r` that replicates.
constexpr const char* kAgent = R"sql(json_build_array(
      NOT (r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolbypassrls) AND EXISTS (SELECT FROM pg_db_role_setting s
        WHERE s.setrole = r.oid AND s.setdatabase = 0 AND 'row_security=off' = ANY (s.setconfig)), r.rolcanlogin, {verifier},
      coalesce(shobj_description(r.oid, 'pg_authid'), ''),
      has_database_privilege(r.oid, current_database(), 'CONNECT'), r.rolreplication,
      (SELECT json_agg(c.relname ORDER BY c.relname) FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
        WHERE n.nspname = 'freehold' AND c.relkind = 'r' AND has_schema_privilege(r.oid, n.oid, 'USAGE')
          AND has_table_privilege(r.oid, c.oid, 'INSERT'))))sql";
constexpr const char* kAgents =
    "SELECT json_agg(json_build_array(r.rolname, r.rolname = {cdc}, {agent})) FROM {role_catalog} r "
    "WHERE r.rolname = ANY ({replicators})";

constexpr const char* kReports = R"sql(WITH
agent AS MATERIALIZED (SELECT oid, rolname FROM {role_catalog} WHERE rolname = ANY ({replicators})),
report AS MATERIALIZED (
  SELECT oid, pubname, CASE WHEN NOT pubviaroot THEN false
      WHEN pubname = {report}::text || '_i' THEN pubinsert AND NOT (pubupdate OR pubdelete OR pubtruncate)
      ELSE pubinsert AND pubupdate AND pubdelete AND pubtruncate = (pubname = {report}) END AS fit
  FROM pg_publication WHERE pubname = ANY ({reports}))
SELECT json_build_array(
    (SELECT json_agg(json_build_array(p.pubname, p.fit, (SELECT json_agg(json_build_array(c.relname, {listed_columns},
          (SELECT json_object_agg(k.rolname, (SELECT json_agg(b.attname ORDER BY b.attname) FROM pg_attribute b
              WHERE b.attrelid = c.oid AND b.attnum > 0 AND NOT b.attisdropped
                AND has_column_privilege(k.oid, c.oid, b.attnum, 'SELECT'))) FROM agent k)))
        FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid WHERE r.prpubid = p.oid))) FROM report p),
    (SELECT json_build_array(s.plugin = 'pgoutput' AND s.database = current_database()
        AND s.wal_status IS DISTINCT FROM 'lost', pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::bigint)
      FROM pg_replication_slots s WHERE s.slot_name = {report}),
    (SELECT json_agg(k.rolname ORDER BY k.rolname) FROM agent k, pg_namespace n
      WHERE n.nspname = {schema} AND has_schema_privilege(k.oid, n.oid, 'USAGE')),
    {report_guard}))sql";

// Before 15 there are no lists of columns.
constexpr const char* kListedColumns = R"sql((SELECT json_agg(b.attname ORDER BY b.attname) FROM pg_attribute b
            WHERE b.attrelid = c.oid AND b.attnum = ANY (r.prattrs::int2[])))sql";

}  // namespace

Questions ReportQuestions(int major) {
  return {{"agents", Fill(kAgents, {{"agent", kAgent}})},
          {"reporting", Fill(kReports, {{"listed_columns", major >= 15 ? kListedColumns : "NULL"},
                                        {"report_guard", ReportGuardDocument()}})},
          {"authorities", "SELECT {authorities}"}};
}

}  // namespace freehold::engines::postgres
