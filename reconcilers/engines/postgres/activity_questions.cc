#include "reconcilers/engines/postgres/activity_questions.h"

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"

namespace freehold::engines::postgres {
namespace {

// Of the operator's own, and of what PostgreSQL makes for as long as a table is copied to a warehouse, nothing is told.
constexpr const char* kSlots =
    R"sql(SELECT json_agg(json_build_array(s.slot_name, coalesce(s.reader, '')) ORDER BY s.slot_name) FROM (
    SELECT slot_name, CASE WHEN active_pid IS NOT NULL
      THEN (SELECT pg_get_userbyid(a.usesysid) FROM pg_stat_get_activity(active_pid) a) END AS reader
    FROM pg_get_replication_slots() WHERE datoid = (SELECT oid FROM pg_database WHERE datname = {database})
      AND slot_name !~ '^freehold_') s
  WHERE NOT (s.slot_name ~ '^pg_[0-9]+_sync_[0-9]+_[0-9]+$' AND coalesce(s.reader ~ '_cdc$', true)
    AND EXISTS (SELECT FROM pg_get_replication_slots() f WHERE f.slot_name ~ '^freehold__'
      AND f.datoid = (SELECT oid FROM pg_database WHERE datname = {database}))))sql";

constexpr const char* kElsewhere = R"sql(SELECT json_agg(DISTINCT b.datname) FROM {role_catalog} r,
    LATERAL (SELECT * FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid OFFSET 0) s
    JOIN pg_database b ON b.oid = s.dbid WHERE r.rolname IN ({us}) AND b.datname <> {database})sql";

constexpr const char* kSessions = R"sql(SELECT json_object_agg(rolname, sessions) FROM (
  SELECT r.rolname, count(*) AS sessions FROM pg_stat_get_activity(NULL) a JOIN {role_catalog} r ON r.oid = a.usesysid
  WHERE coalesce(a.backend_type, 'client backend') IN ('client backend', 'walsender') AND a.pid <> pg_backend_pid()
    AND NOT r.rolsuper AND {sessions}
  GROUP BY 1) s)sql";
// The store's feeds are there by right.
constexpr const char* kSessionsOfDatabase = R"sql(a.datid = (SELECT oid FROM pg_database WHERE datname = {database})
    AND NOT (r.rolname = ANY ({replicators}) AND coalesce(shobj_description(r.oid, 'pg_authid') LIKE 'freehold: owned by %'
      AND shobj_description(r.oid, 'pg_authid') = (SELECT shobj_description(o.oid, 'pg_authid') FROM {role_catalog} o
        WHERE o.rolname = {owner}), false)))sql";

}  // namespace

Question SlotsQuestion() { return {"slots", kSlots, ""}; }

Questions ActivityQuestions(const Layout& layout) {
  return {SlotsQuestion(),
          {"elsewhere", kElsewhere, ""},
          {"sessions",
           Fill(kSessions, {{"sessions", HasOwnDatabase(layout) ? kSessionsOfDatabase : "r.rolname IN ({us})"}}), ""}};
}

}  // namespace freehold::engines::postgres
