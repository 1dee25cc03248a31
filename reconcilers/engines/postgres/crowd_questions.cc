#include "reconcilers/engines/postgres/crowd_questions.h"

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/object_questions.h"

namespace freehold::engines::postgres {
namespace {

// Where others live in the same database: what they may see the store's through. Whose rights an outlet is used with: a
// view's owner must be able to read what is under it.
constexpr const char* kOutlets = R"sql(,
dependent AS (
  WITH RECURSIVE dependent AS (
    SELECT w.ev_class AS oid, o.objid AS source FROM ours o
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = o.objid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite w ON w.oid = d.objid WHERE o.classid = 'pg_class'::regclass AND o.kind <> 'SEQUENCE' AND w.ev_class <> o.objid
    UNION SELECT w.ev_class, v.source FROM dependent v
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = v.oid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite w ON w.oid = d.objid WHERE w.ev_class <> v.oid)
  SELECT DISTINCT ON (c.oid) c.* FROM dependent d JOIN pg_class c ON c.oid = d.oid
  WHERE c.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_class'::regclass) AND c.relkind IN ('v', 'm') AND c.relacl IS NOT NULL
    AND coalesce(array_to_string(c.reloptions, ','), '') !~* 'security_invoker=(on|true|yes|1)'
    AND has_any_column_privilege(c.relowner, d.source, 'SELECT')),
outlet AS (
  SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END AS kind, c.oid::regclass::text AS identity,
    c.relowner AS owner, c.relacl AS acl, false AS definer, false AS pinned FROM dependent c
  UNION ALL
  SELECT 'ROUTINE', f.oid::regprocedure::text, f.proowner, coalesce(f.proacl, acldefault('f', f.proowner)), true,
    coalesce(array_to_string(f.proconfig, ','), '') ~ 'search_path='
  FROM us u JOIN pg_shdepend s ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = u.oid
    AND s.classid = 'pg_proc'::regclass AND s.deptype = 'o' AND s.dbid = (SELECT oid FROM here)
  JOIN pg_proc f ON f.oid = s.objid
  WHERE f.prosecdef AND f.oid NOT IN (SELECT objid FROM ours WHERE classid = 'pg_proc'::regclass)),
shown AS (
  SELECT o.*, a.grantee, a.grantor, a.privilege_type FROM outlet o, aclexplode(o.acl) a
  WHERE a.grantee <> o.owner AND a.grantee NOT IN (SELECT oid FROM us)
    AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'EXECUTE')
    AND a.grantee NOT IN (SELECT oid FROM lord)))sql";
constexpr const char* kOutletRows =
    R"sql((SELECT json_agg(json_build_array(kind, identity, '', pg_get_userbyid(owner), false,
      pg_has_role(owner, 'USAGE'), definer, pinned, CASE WHEN grantee = 0 THEN '' ELSE pg_get_userbyid(grantee) END,
      pg_get_userbyid(grantor), privilege_type) ORDER BY identity) FROM shown))sql";

// mentioned: the roles that have something of the store.  crowd: of those, the ones of others, and whoever may act as
// one of them.
constexpr const char* kCrowd = R"sql(WITH{tables}
mentioned AS (SELECT member AS oid FROM ({memberships}) m {by_database} {by_visit}),
crowd AS MATERIALIZED (
  WITH RECURSIVE crowd(oid) AS (
    SELECT m.oid FROM mentioned m, LATERAL (SELECT rolname FROM {role_catalog} WHERE oid = m.oid OFFSET 0) r WHERE r.rolname NOT IN ({us}) AND r.rolname <> current_user
    UNION SELECT m.member FROM crowd c JOIN pg_auth_members m ON m.roleid = c.oid)
  SELECT p.oid, p.rolname, p.rolcanlogin, p.rolinherit FROM crowd c, LATERAL (SELECT * FROM {role_catalog} WHERE oid = c.oid OFFSET 0) p
  WHERE NOT p.rolsuper AND p.rolname NOT IN ({us}) AND p.rolname <> current_user)
SELECT json_build_object(
'actors', (SELECT json_agg(json_build_array(rolname, rolcanlogin, rolinherit,
    coalesce(has_database_privilege(c.oid, (SELECT oid FROM pg_database WHERE datname = {database}), 'CONNECT'), false),
    {usable_schemas})) FROM crowd c),
'bonds', (SELECT json_agg(json_build_array(pg_get_userbyid(roleid), pg_get_userbyid(member), pg_get_userbyid(grantor),
    admin_option, {inherit_option}, {set_option}, false, false)) FROM crowd c JOIN pg_auth_members m ON m.roleid = c.oid),
'outlets', {outlet_rows},
'fed', {fed_rows}))sql";
constexpr const char* kOfDatabase = R"sql(UNION SELECT datdba FROM pg_database WHERE datname = {database}
  UNION SELECT a.grantee FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) a WHERE datname = {database})sql";
constexpr const char* kOfVisit = R"sql(UNION SELECT grantee FROM access UNION SELECT owner FROM ours
  UNION SELECT a.grantee FROM pg_default_acl d, aclexplode(d.defaclacl) a WHERE d.defaclrole IN (SELECT oid FROM us))sql";
constexpr const char* kUsableSchemas =
    "(SELECT json_agg(s.nspname) FROM space s WHERE has_schema_privilege(c.oid, s.oid, 'USAGE'))";

constexpr const char* kTraces = R"sql(SELECT to_json(
  EXISTS (SELECT FROM pg_namespace WHERE nspname IN ('freehold', 'shared'))
  OR EXISTS (SELECT FROM pg_class WHERE relname = 'outbox')
  OR EXISTS (SELECT FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
    WHERE n.nspname = {schema} AND c.relname IN ({outbox}, {inbox}))
  OR EXISTS (SELECT FROM pg_publication WHERE pubname ~ '^freehold_')
  OR EXISTS (SELECT FROM pg_event_trigger WHERE evtname ~ '^freehold_yield_')
  OR EXISTS (SELECT FROM {role_catalog} WHERE rolname = ANY ({replicators}))
  OR EXISTS (SELECT FROM pg_get_replication_slots() s WHERE s.slot_name ~ '^freehold_'
    AND s.datoid = (SELECT oid FROM pg_database WHERE datname = current_database())){outlets}))sql";
// A view of another schema, or an extension's; a routine that works with the rights of the store's roles.
constexpr const char* kTracesOfOutlets = R"sql(
  OR EXISTS (SELECT FROM pg_namespace n
      JOIN pg_depend p ON p.refclassid = 'pg_namespace'::regclass AND p.refobjid = n.oid AND p.classid = 'pg_class'::regclass
      JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = p.objid AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_rewrite w ON w.oid = d.objid JOIN pg_class v ON v.oid = w.ev_class
    WHERE n.nspname = {schema} AND (v.relnamespace <> n.oid OR EXISTS (SELECT FROM pg_depend e
      WHERE e.classid = 'pg_class'::regclass AND e.objid = v.oid AND e.deptype = 'e')))
  OR EXISTS (SELECT FROM {role_catalog} u JOIN pg_shdepend s ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = u.oid
      AND s.classid = 'pg_proc'::regclass AND s.deptype = 'o'
      AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    JOIN pg_proc f ON f.oid = s.objid WHERE u.rolname IN ({us}) AND f.prosecdef))sql";

struct CrowdParts {
  std::string tables;          ///< common table expressions, with a comma behind
  std::string mentioned;       ///< further queries of roles, as a UNION
  std::string usable_schemas;  ///< of a role `c`
  std::string outlet_rows = "NULL";
  std::string fed_rows = "NULL";
};

std::string Crowd(const Layout& layout, const CrowdParts& parts) {
  return Fill(kCrowd, {{"tables", parts.tables},
                       {"by_database", HasOwnDatabase(layout) ? kOfDatabase : ""},
                       {"by_visit", parts.mentioned},
                       {"usable_schemas", parts.usable_schemas},
                       {"outlet_rows", parts.outlet_rows},
                       {"fed_rows", parts.fed_rows}});
}

}  // namespace

std::string CrowdQuestion(int major, const Layout& layout) {
  CrowdParts parts{.tables = ObjectTables(layout) + FedTables(),
                   .mentioned = kOfVisit,
                   .usable_schemas = kUsableSchemas,
                   .fed_rows = FedRows(major, layout)};
  if (!HasOwnDatabase(layout)) {
    parts.tables += kOutlets;
    parts.mentioned += " UNION SELECT grantee FROM shown";
    parts.outlet_rows = kOutletRows;
  }
  parts.tables += ",";
  return Crowd(layout, parts);
}

std::string CrowdOutsideQuestion(const Layout& layout) { return Crowd(layout, {.usable_schemas = "NULL"}); }

std::string TracesQuestion(const Layout& layout) {
  return Fill(kTraces, {{"outlets", HasOwnDatabase(layout) ? "" : kTracesOfOutlets}});
}

}  // namespace freehold::engines::postgres
