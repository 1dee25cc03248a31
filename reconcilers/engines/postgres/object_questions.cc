#include "reconcilers/engines/postgres/object_questions.h"

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/shared_questions.h"

namespace freehold::engines::postgres {
namespace {

// Found by way of pg_depend, which knows what is in a schema; pg_class would be read whole.
// space: the schemas in question.  part: what is in them.  thing: of that, what has an owner and rights.
// ours: all of the store's.  access: every right on it.
constexpr const char* kTables = R"sql(
us AS MATERIALIZED (SELECT oid FROM {role_catalog} WHERE rolname IN ({us})),
lord AS MATERIALIZED ({lords}),
here AS MATERIALIZED (SELECT oid FROM pg_database WHERE datname = current_database()),
space AS MATERIALIZED (SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE {space}),
part AS MATERIALIZED (
  SELECT d.classid, d.objid, s.nspname FROM space s JOIN pg_depend d
    ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = s.oid AND d.deptype = 'n'),
thing AS (
  SELECT 'pg_namespace'::regclass::oid AS classid, oid AS objid, 'SCHEMA' AS kind, format('%I', nspname) AS identity, nspname,
    nspowner AS owner, coalesce(nspacl, acldefault('n', nspowner)) AS acl, false AS definer, false AS pinned FROM space
  UNION ALL
  SELECT p.classid, p.objid, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
      WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
    format('%I.%I', p.nspname, c.relname), p.nspname, c.relowner, c.relacl, false, false
  FROM part p JOIN pg_class c ON p.classid = 'pg_class'::regclass AND c.oid = p.objid
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  UNION ALL
  SELECT p.classid, p.objid, 'ROUTINE', f.oid::regprocedure::text, p.nspname, f.proowner,
    coalesce(f.proacl, acldefault('f', f.proowner)), f.prosecdef, array_to_string(f.proconfig, ',') ~ 'search_path='
  FROM part p JOIN pg_proc f ON p.classid = 'pg_proc'::regclass AND f.oid = p.objid
  UNION ALL
  SELECT p.classid, p.objid, 'TYPE', format('%I.%I', p.nspname, t.typname), p.nspname, t.typowner,
    coalesce(t.typacl, acldefault('T', t.typowner)), false, false
  FROM part p JOIN pg_type t ON p.classid = 'pg_type'::regclass AND t.oid = p.objid
  LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE t.typtype IN ('d', 'e', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')
  UNION ALL
  SELECT p.classid, p.objid, CASE i.type WHEN 'statistics object' THEN 'STATISTICS' ELSE upper(i.type) END, i.identity,
    p.nspname, coalesce((SELECT o.refobjid FROM pg_shdepend o WHERE o.classid = p.classid AND o.objid = p.objid
      AND o.deptype = 'o' AND o.dbid = (SELECT oid FROM here)), 10), NULL, false, false
  FROM part p, pg_identify_object(p.classid, p.objid, 0) i
  WHERE p.classid IN ('pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_collation'::regclass,
    'pg_conversion'::regclass, 'pg_ts_config'::regclass, 'pg_ts_dict'::regclass, 'pg_statistic_ext'::regclass){kept_things}),
ours AS (
  SELECT * FROM thing t WHERE {things} AND NOT EXISTS (
    SELECT FROM pg_depend e WHERE e.classid = t.classid AND e.objid = t.objid AND e.deptype = 'e')
  UNION ALL
  SELECT * FROM (
    SELECT 'pg_largeobject'::regclass, m.oid, 'LARGE OBJECT', m.oid::text, '', lomowner, lomacl, false, false
    FROM pg_largeobject_metadata m WHERE {large_objects} ORDER BY m.oid LIMIT 1000) l
  UNION ALL
  SELECT 'pg_foreign_server'::regclass, oid, 'FOREIGN SERVER', quote_ident(srvname), '', srvowner, srvacl, false, false
  FROM pg_foreign_server WHERE {servers}),
access AS (
  SELECT o.*, '' AS attribute, a.grantee, a.grantor, a.privilege_type FROM ours o, aclexplode(o.acl) a
  UNION ALL
  SELECT o.*, b.attname, a.grantee, a.grantor, a.privilege_type
  FROM ours o JOIN pg_attribute b ON o.classid = 'pg_class'::regclass AND b.attrelid = o.objid AND b.attacl IS NOT NULL
      AND NOT b.attisdropped,
    aclexplode(b.attacl) a))sql";

// What is kept for the store where others live as well.
constexpr const char* kKeptThings = R"sql(
  UNION ALL
  SELECT 'pg_class'::regclass, c.oid, 'TABLE', format('freehold.%I', c.relname), 'freehold', c.relowner, c.relacl, false, false
  FROM (SELECT c.oid FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE n.nspname = 'freehold'
      AND (c.relname = ANY (ARRAY[{inbox_table}, {inbox_table} || '_ids', {inbox_table} || '_feeds',
          {inbox_table} || '_failed']::name[])
        OR c.relname >= {channels} AND c.relname < ({channels} || '~')::name AND c.relkind = 'r'
        OR c.relname >= {projections} AND c.relname < {projections_end} AND c.relkind = 'r')) b,
    LATERAL (SELECT b.oid UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = b.oid) o(oid)
    JOIN pg_class c ON c.oid = o.oid
  UNION ALL
  SELECT 'pg_proc'::regclass, f.oid, 'ROUTINE', f.oid::regprocedure::text, 'freehold', f.proowner,
    coalesce(f.proacl, acldefault('f', f.proowner)), true, true
  FROM pg_namespace n JOIN pg_proc f ON f.pronamespace = n.oid
  WHERE n.nspname = 'freehold' AND ((f.proname >= {projections} AND f.proname < {projections_end}) OR f.proname = {inbox_table} || '_take'))sql";

constexpr const char* kAccessRow =
    R"sql(json_build_array(kind, identity, nspname, pg_get_userbyid(owner), false, pg_has_role(owner, 'USAGE'), definer,
      coalesce(pinned, false), attribute,
      CASE WHEN grantee = 0 THEN '' ELSE pg_get_userbyid(grantee) END, pg_get_userbyid(grantor), privilege_type))sql";

constexpr const char* kObjects = R"sql(WITH{tables}
SELECT json_build_object(
'misowned', (SELECT json_agg(json_build_array(kind, identity, nspname, pg_get_userbyid(owner),
      owner IN ({superusers}), pg_has_role(owner, 'USAGE'), definer, coalesce(pinned, false))
      ORDER BY kind <> 'SCHEMA', identity) FROM ours o
    WHERE owner IS DISTINCT FROM (SELECT oid FROM {role_catalog} WHERE rolname = {owner})
      AND NOT (kind = 'SEQUENCE' AND EXISTS (SELECT FROM pg_depend l WHERE l.classid = o.classid AND l.objid = o.objid
        AND l.refclassid = 'pg_class'::regclass AND l.deptype IN ('a', 'i')))),
'strays', (SELECT json_agg({access_row}) FROM access
    WHERE grantee <> owner AND grantee NOT IN (SELECT oid FROM us) AND grantee NOT IN (SELECT oid FROM lord)),
'publications', (SELECT json_agg(json_build_array(p.pubname, pg_get_userbyid(p.pubowner), t.tables) ORDER BY p.pubname) FROM (
      SELECT oid AS publication, 'all tables' AS tables FROM pg_publication WHERE puballtables
      UNION ALL SELECT r.prpubid, min(o.identity) FROM pg_publication_rel r JOIN ours o
        ON o.classid = 'pg_class'::regclass AND o.objid = r.prrelid GROUP BY 1 {published_schemas}) t
    JOIN pg_publication p ON p.oid = t.publication
    WHERE coalesce(obj_description(p.oid, 'pg_publication'), '') !~ '^freehold: '),
'mentioned', (SELECT json_agg(pg_get_userbyid(m.oid)) FROM (
    SELECT grantee FROM access UNION SELECT owner FROM ours) m(oid) WHERE m.oid <> 0)))sql";

// The role of the store's feeds is there to copy what is reported, and to add to the ends of channels.
constexpr const char* kFedTables = R"sql(,
{feed_roles},
report AS MATERIALIZED (SELECT oid FROM pg_publication WHERE pubname = ANY ({reports})))sql";
constexpr const char* kFedRows = R"sql((SELECT json_agg({access_row} ORDER BY identity, attribute) FROM access
WHERE grantee IN (SELECT oid FROM feed WHERE rolname = ANY ({replicators}) AND home = (SELECT oid FROM here)) AND (
  kind = 'SCHEMA' AND nspname = {schema} AND privilege_type = 'USAGE' AND EXISTS (SELECT FROM report)
  OR kind = 'TABLE' AND privilege_type = 'SELECT' AND EXISTS (SELECT FROM report p
    JOIN pg_publication_rel r ON r.prpubid = p.oid WHERE r.prrelid = objid AND {published_column})
  OR {own_database} AND nspname = 'freehold' AND pg_get_userbyid(grantee) = {cdc} AND attribute = ''
    AND (kind, privilege_type) IN (('SCHEMA', 'USAGE'), ('TABLE', 'INSERT'))
    AND (kind = 'SCHEMA' OR identity ~ '_to_.*_[0-9a-f]{8}$' AND objid NOT IN ({own_channels})))))sql";

constexpr const char* kPublishedSchemas =
    R"sql(UNION ALL SELECT n.pnpubid, 'tables in schema ' || quote_ident(min(s.nspname))
        FROM pg_publication_namespace n JOIN space s ON s.oid = n.pnnspid GROUP BY 1)sql";

constexpr const char* kPublishedColumn = R"sql((r.prattrs IS NULL OR attribute IN (SELECT b.attname FROM pg_attribute b
            WHERE b.attrelid = r.prrelid AND b.attnum = ANY (r.prattrs::int2[]))))sql";
constexpr const char* kOwnChannels = R"sql(SELECT c.oid FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
      WHERE n.nspname = 'freehold' AND c.relname >= {channels} AND c.relname < ({channels} || '~')::name AND c.relkind = 'r')sql";

// Of a database of its own, what isn't the owner role's alone.
constexpr const char* kAllLargeObjects =
    "lomacl IS NOT NULL OR lomowner <> (SELECT oid FROM {role_catalog} WHERE rolname = {owner})";
constexpr const char* kLargeObjectsOfRoles = R"sql(m.oid IN (SELECT s.objid FROM {role_catalog} u JOIN pg_shdepend s
      ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = u.oid AND s.deptype = 'o'
      AND s.classid = 'pg_largeobject'::regclass AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    WHERE u.rolname IN ({us})))sql";

}  // namespace

std::string ObjectTables(const Layout& layout) {
  const bool own = HasOwnDatabase(layout);
  const bool shared_schema = layout.isolation == api::Isolation::kTables;
  return Fill(kTables, {{"space", SpaceOf(layout)},
                        {"things", shared_schema ? "(owner IN (SELECT oid FROM us) OR nspname = 'freehold')" : "true"},
                        {"kept_things", own ? "" : kKeptThings},
                        {"large_objects", own ? kAllLargeObjects : kLargeObjectsOfRoles},
                        {"servers", own ? "true" : "srvowner IN (SELECT oid FROM us)"}});
}

std::string SpaceOf(const Layout& layout) {
  return HasOwnDatabase(layout) ? "nspname !~ '^pg_' AND nspname <> 'information_schema' AND nspname <> 'extensions'"
                                : "nspname = {schema}";
}

std::string LargeObjectsOf(const Layout& layout) { return HasOwnDatabase(layout) ? "true" : kLargeObjectsOfRoles; }

std::string ObjectsQuestion(int major, const Layout& layout) {
  return Fill(kObjects, {{"tables", ObjectTables(layout)},
                         {"published_schemas", major >= 15 ? kPublishedSchemas : ""},
                         {"access_row", kAccessRow}});
}

std::string FedTables() { return Fill(kFedTables, {{"feed_roles", kFeedRoles}}); }

std::string FedRows(int major, const Layout& layout) {
  return Fill(kFedRows, {{"access_row", kAccessRow},
                         {"own_database", HasOwnDatabase(layout) ? "true" : "false"},
                         {"own_channels", kOwnChannels},
                         {"published_column", major >= 15 ? kPublishedColumn : "true"}});
}

}  // namespace freehold::engines::postgres
