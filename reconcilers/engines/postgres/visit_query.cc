#include "reconcilers/engines/postgres/visit_query.h"

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/grant_guard.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/projection_visit.h"
#include "reconcilers/engines/postgres/report_guard.h"

namespace freehold::engines::postgres {
namespace {

// Found by way of pg_depend, which knows what is in a schema; pg_class would be read whole.
// space: the schemas in question.  part: what is in them.  thing: of that, what has an owner and rights.
// ours: all of the store's.  outlet: what others may see it through, where others live in the same database.
constexpr const char* kTables = R"sql(
us AS MATERIALIZED (SELECT oid FROM pg_roles WHERE rolname IN ({us})),
here AS MATERIALIZED (SELECT oid FROM pg_database WHERE datname = current_database()),
agent AS MATERIALIZED (SELECT oid, rolname FROM pg_roles WHERE rolname = ANY ({replicators})),
space AS MATERIALIZED (SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE {space}),
part AS MATERIALIZED (
  SELECT d.classid, d.objid, s.nspname FROM space s JOIN pg_depend d
    ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = s.oid AND d.deptype = 'n'),
relation AS MATERIALIZED (
  SELECT c.oid, p.nspname, c.relname, c.relkind, c.relispartition, c.relowner, c.relacl
  FROM part p JOIN pg_class c ON p.classid = 'pg_class'::regclass AND c.oid = p.objid
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')),
thing AS (
  SELECT 'pg_namespace'::regclass::oid AS classid, oid AS objid, 'SCHEMA' AS kind, format('%I', nspname) AS identity, nspname,
    nspowner AS owner, coalesce(nspacl, acldefault('n', nspowner)) AS acl, false AS definer, false AS pinned FROM space
  UNION ALL
  SELECT 'pg_class'::regclass, oid, CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
      WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
    format('%I.%I', nspname, relname), nspname, relowner, relacl, false, false FROM relation
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
    'pg_conversion'::regclass, 'pg_ts_config'::regclass, 'pg_ts_dict'::regclass, 'pg_statistic_ext'::regclass){inbox_things}),
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
    aclexplode(b.attacl) a),
{outlets}outbox AS (
  SELECT oid, relowner, relkind, relacl FROM relation
  WHERE nspname = {schema} AND relname = {outbox} AND relkind <> 'S'),
inbox AS (SELECT oid, relowner, relkind, relacl FROM relation WHERE nspname = {schema} AND relname = {inbox}),
inbox_table AS (
  SELECT c.oid, c.relname FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
  WHERE n.nspname = 'freehold' AND c.relname = {inbox_table} AND c.relkind = 'p'),
inbox_take AS (
  SELECT f.oid FROM pg_namespace n JOIN pg_proc f ON f.pronamespace = n.oid
  WHERE n.nspname = 'freehold' AND f.proname = {inbox_table} || '_take' AND f.pronargs = 0),
channel AS (
  SELECT c.oid, c.relname, c.relnamespace FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
  WHERE n.nspname = 'freehold' AND c.relname >= {channels} AND c.relname < ({channels} || '~')::name AND c.relkind = 'r'),
report AS (
  SELECT oid, pubname, CASE WHEN NOT pubviaroot THEN false
      WHEN pubname = {report}::text || '_i' THEN pubinsert AND NOT (pubupdate OR pubdelete OR pubtruncate)
      ELSE pubinsert AND pubupdate AND pubdelete AND pubtruncate = (pubname = {report}) END AS fit
  FROM pg_publication WHERE pubname = ANY (ARRAY[{report}, {report} || '_k', {report} || '_i']::name[]))
)sql";

// What is kept for the store where others live as well.
constexpr const char* kInboxThings = R"sql(
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

// What the role of the store's feeds is there for: to copy what is reported, and to add to the ends of channels.
constexpr const char* kFed =
    R"sql((grantee IN (SELECT oid FROM feed WHERE rolname = ANY ({replicators}) AND home = (SELECT oid FROM here)) AND (
        kind = 'SCHEMA' AND nspname = {schema} AND privilege_type = 'USAGE' AND EXISTS (SELECT FROM report)
        OR kind = 'TABLE' AND privilege_type = 'SELECT' AND EXISTS (SELECT FROM report p
          JOIN pg_publication_rel r ON r.prpubid = p.oid WHERE r.prrelid = objid AND {published_column})
        OR {own_database} AND nspname = 'freehold' AND pg_get_userbyid(grantee) = {cdc} AND attribute = ''
          AND (kind, privilege_type) IN (('SCHEMA', 'USAGE'), ('TABLE', 'INSERT'))
          AND (kind = 'SCHEMA' OR identity ~ '_to_.*_[0-9a-f]{8}$' AND objid NOT IN (SELECT oid FROM channel)))))sql";
constexpr const char* kAccessRow =
    R"sql(json_build_array(kind, identity, nspname, pg_get_userbyid(owner), false, pg_has_role(owner, 'USAGE'), definer,
      coalesce(pinned, false), attribute,
      CASE WHEN grantee = 0 THEN '' ELSE pg_get_userbyid(grantee) END, pg_get_userbyid(grantor), privilege_type))sql";

constexpr const char* kDocument = R"sql(json_build_object(
'schemas', {schemas},
'misowned', (SELECT json_agg(json_build_array(kind, identity, nspname, pg_get_userbyid(owner),
      (SELECT rolsuper FROM pg_roles r WHERE r.oid = owner), pg_has_role(owner, 'USAGE'), definer, coalesce(pinned, false))
      ORDER BY kind <> 'SCHEMA', identity) FROM ours o
    WHERE owner IS DISTINCT FROM (SELECT oid FROM pg_roles WHERE rolname = {owner})
      AND NOT (kind = 'SEQUENCE' AND EXISTS (SELECT FROM pg_depend l WHERE l.classid = o.classid AND l.objid = o.objid
        AND l.refclassid = 'pg_class'::regclass AND l.deptype IN ('a', 'i')))),
'strays', (SELECT json_agg({access_row}) FROM access
    WHERE grantee <> owner AND grantee NOT IN (SELECT oid FROM us) AND grantee NOT IN (SELECT oid FROM lord) AND NOT {fed}),
'fed', (SELECT json_agg({access_row} ORDER BY identity, attribute) FROM access WHERE {fed}),
'defaults', (SELECT json_agg(json_build_array(pg_get_userbyid(d.defaclrole), coalesce(n.nspname, ''),
      CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
        WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END,
      (SELECT json_agg(json_build_array(CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee) END,
        pg_get_userbyid(a.grantor), a.privilege_type)) FROM aclexplode(d.defaclacl) a)))
    FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
    WHERE d.defaclrole IN (SELECT oid FROM us)),
'extensions', (SELECT json_object_agg(x.extname, n.nspname) FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace),
'tables', {tables},
'outlets', {outlet_rows},
'grant_guard', {grant_guard},
'ways_out', (SELECT json_agg(json_build_array(kind, identity, CASE WHEN grantee = 0 THEN '' ELSE pg_get_userbyid(grantee) END,
      privilege_type, why) ORDER BY identity) FROM (
    SELECT 'ROUTINE' AS kind, f.oid::regprocedure::text AS identity, a.grantee, a.privilege_type,
      'untrusted language ' || l.lanname AS why
    FROM pg_language l, LATERAL (SELECT * FROM pg_proc WHERE prolang = l.oid OFFSET 0) f,
      aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a WHERE l.oid >= 16384 AND NOT l.lanpltrusted
    UNION ALL SELECT 'ROUTINE', f.oid::regprocedure::text, a.grantee, a.privilege_type, 'connections without a password'
    FROM pg_proc f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a WHERE f.proname = 'dblink_connect_u'
    UNION ALL SELECT 'FOREIGN DATA WRAPPER', quote_ident(w.fdwname), a.grantee, a.privilege_type, 'connections to other servers'
    FROM pg_foreign_data_wrapper w, aclexplode(w.fdwacl) a) o WHERE grantee NOT IN (SELECT oid FROM lord)),
'mappings', (SELECT json_agg(json_build_array(m.srvname, m.usename) ORDER BY m.srvname, m.usename)
    FROM pg_foreign_server s JOIN pg_user_mappings m ON m.srvid = s.oid
    WHERE {servers} AND m.umuser <> 0 AND m.umuser NOT IN (SELECT oid FROM us)
      AND m.umuser NOT IN (SELECT oid FROM lord)),
'publications', (SELECT json_agg(json_build_array(p.pubname, pg_get_userbyid(p.pubowner), t.tables) ORDER BY p.pubname) FROM (
      SELECT oid AS publication, 'all tables' AS tables FROM pg_publication WHERE puballtables
      UNION ALL SELECT r.prpubid, min(o.identity) FROM pg_publication_rel r JOIN ours o
        ON o.classid = 'pg_class'::regclass AND o.objid = r.prrelid GROUP BY 1 {published_schemas}) t
    JOIN pg_publication p ON p.oid = t.publication
    WHERE coalesce(obj_description(p.oid, 'pg_publication'), '') !~ '^freehold: '),
'large_objects_open', EXISTS (SELECT FROM pg_largeobject_metadata m WHERE {some_large_objects}) AND (current_setting('lo_compat_privileges')::bool
    OR EXISTS (SELECT FROM pg_db_role_setting s WHERE s.setdatabase = (SELECT oid FROM here) AND s.setrole = 0
      AND array_to_string(s.setconfig, ',') ~* 'lo_compat_privileges=(on|true|yes|1)')),
'outbox', (SELECT json_build_array(pg_get_userbyid(b.relowner), b.relkind = 'p',
    (SELECT json_agg(attname || ' ' || format_type(atttypid, atttypmod) ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = b.oid AND attnum > 0 AND NOT attisdropped),
    (SELECT json_agg(conname) FROM pg_constraint WHERE conrelid = b.oid AND contype = 'c'),
    (SELECT json_agg(conname) FROM pg_constraint WHERE conrelid = b.oid AND contype = 'c' AND NOT convalidated),
    (SELECT json_agg(c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = b.oid),
    (SELECT json_agg(json_build_array(n.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid)) ORDER BY c.relname)
      FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE h.inhparent = b.oid),
    (SELECT coalesce(sum(pg_relation_size(c.oid)), 0) > 0 FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid
      WHERE h.inhparent = b.oid AND pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'),
    (SELECT json_agg(json_build_array(CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee) END,
        pg_get_userbyid(a.grantor), a.privilege_type)) FROM aclexplode(b.relacl) a)) FROM outbox b),
'inbox', json_build_array((SELECT json_build_array(relkind, pg_get_userbyid(relowner)) FROM inbox),
    (SELECT json_agg(privilege ORDER BY privilege) FROM (
      SELECT a.privilege_type AS privilege FROM inbox i, aclexplode(i.relacl) a WHERE a.grantee IN (SELECT oid FROM us)
      UNION ALL SELECT a.privilege_type || ' ' || b.attname FROM inbox i JOIN pg_attribute b ON b.attrelid = i.oid,
        aclexplode(b.attacl) a WHERE a.grantee IN (SELECT oid FROM us)) p),
    EXISTS (SELECT FROM inbox_table),
    (SELECT count(*) = 3 FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE n.nspname = 'freehold'
      AND c.relname IN ({inbox_table} || '_ids', {inbox_table} || '_feeds', {inbox_table} || '_position')),
    (SELECT obj_description(oid, 'pg_proc') FROM inbox_take),
    (SELECT json_agg(json_build_array('freehold', c.relname, pg_get_expr(c.relpartbound, c.oid),
        query_to_xml(format('SELECT EXISTS (SELECT FROM freehold.%I WHERE processed_at IS NULL) AS pending', c.relname),
          false, true, '')::text LIKE '%<pending>true</pending>%') ORDER BY c.relname)
      FROM inbox_table t JOIN pg_inherits h ON h.inhparent = t.oid JOIN pg_class c ON c.oid = h.inhrelid),
    (SELECT coalesce(sum(pg_relation_size(c.oid)), 0) > 0 FROM inbox_table t JOIN pg_inherits h ON h.inhparent = t.oid
      JOIN pg_class c ON c.oid = h.inhrelid WHERE pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'),
    (SELECT json_agg(json_build_array(n.nspname, c.relname, g.tgname,
        to_json(string_to_array(left(encode(g.tgargs, 'escape'), -4), E'\\000')),
        g.tgenabled = 'A' OR g.tgenabled = 'O' AND n.nspname <> 'freehold',
        (SELECT json_build_array(s.subenabled, {conninfo_digest}, coalesce(s.subslotname, ''),
            EXISTS (SELECT FROM pg_stat_subscription w WHERE w.subid = s.oid AND w.pid IS NOT NULL))
          FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM here) AND s.subname = 'freehold_' || c.relname
            AND n.nspname = 'freehold')))
      FROM inbox_take f JOIN pg_depend d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid
        AND d.classid = 'pg_trigger'::regclass JOIN pg_trigger g ON g.oid = d.objid AND g.tgparentid = 0
      JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace)),
'projections', {projections_document},
'outboxes', (SELECT json_agg(json_build_array(n.nspname, c.relname)) FROM (
      SELECT oid FROM pg_class WHERE relname = 'outbox'
      UNION ALL SELECT d.objid FROM pg_namespace s JOIN pg_depend d ON d.refclassid = 'pg_namespace'::regclass
        AND d.refobjid = s.oid AND d.classid = 'pg_class'::regclass WHERE s.nspname = 'shared') o
    JOIN pg_class c ON c.oid = o.oid AND c.relkind = 'p' AND c.relname ~ '(^|_)outbox'
      AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
    JOIN pg_namespace n ON n.oid = c.relnamespace),
'outgoing', (SELECT json_agg(json_build_array(c.relname, obj_description(f.oid, 'pg_proc'),
        to_json(string_to_array(left(encode(g.tgargs, 'escape'), -4), E'\\000')),
        coalesce(g.tgenabled IN ('O', 'A'), false),
        EXISTS (SELECT FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
          WHERE p.pubname = 'freehold_' || c.relname AND p.pubinsert AND NOT (p.pubupdate OR p.pubdelete OR p.pubtruncate)),
        (SELECT s.plugin = 'pgoutput' AND s.database = current_database() AND s.wal_status IS DISTINCT FROM 'lost'
          FROM pg_replication_slots s WHERE s.slot_name = 'freehold_' || c.relname),
        obj_description(g.oid, 'pg_trigger')) ORDER BY c.relname)
      FROM channel c LEFT JOIN pg_proc f ON f.pronamespace = c.relnamespace AND f.proname = c.relname || '_send'
        AND f.pronargs = 0
      LEFT JOIN pg_trigger g ON g.tgfoid = f.oid AND g.tgrelid = (SELECT oid FROM outbox) AND g.tgparentid = 0
      WHERE obj_description(c.oid, 'pg_class') = 'freehold: from ' || {schema} || '.' || {outbox}),
'stray_slots', (SELECT json_agg(s.slot_name) FROM pg_replication_slots s WHERE s.database = current_database()
      AND starts_with(s.slot_name, 'freehold_' || {channels})
      AND NOT EXISTS (SELECT FROM channel c WHERE s.slot_name = 'freehold_' || c.relname)),
'cdc', (SELECT {agent_row} FROM {role_catalog} r WHERE r.rolname = {cdc}),
'reporting', json_build_array(
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
    {report_guard},
    (SELECT json_object_agg(r.rolname, {agent_row}) FROM {role_catalog} r
      WHERE r.rolname IN (SELECT rolname FROM agent WHERE rolname <> {cdc}))),
'authorities', {authorities},
'user_tables', (SELECT count(*) FROM relation WHERE relkind IN ('r', 'p') AND NOT relispartition {counted}
    AND nspname <> 'freehold'
    AND oid NOT IN (SELECT oid FROM outbox)
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = relation.oid
      AND e.deptype = 'e'))
))sql";

// A role `r` that replicates.
constexpr const char* kAgentRow = R"sql(json_build_array(
        NOT (r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolbypassrls), r.rolcanlogin, {verifier},
        coalesce(shobj_description(r.oid, 'pg_authid'), ''),
        has_database_privilege(r.oid, (SELECT oid FROM here), 'CONNECT'), r.rolreplication,
        (SELECT json_agg(c.relname ORDER BY c.relname) FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
          WHERE n.nspname = 'freehold' AND c.relkind = 'r' AND has_schema_privilege(r.oid, n.oid, 'USAGE')
            AND has_table_privilege(r.oid, c.oid, 'INSERT'))))sql";

constexpr const char* kSchemas = R"sql((SELECT json_agg(json_build_array(n.nspname, pg_get_userbyid(n.nspowner),
      coalesce(obj_description(n.oid, 'pg_namespace'), ''), {relations},
      (SELECT json_agg(json_build_array(CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee) END,
        pg_get_userbyid(a.grantor), a.privilege_type)) FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a))
      ORDER BY n.nspname) FROM pg_namespace n WHERE {wanted_schemas}))sql";

// Whose rights an outlet is used with: a view's owner must be able to read what is under it.
constexpr const char* kOutlets = R"sql(
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
    AND a.grantee NOT IN (SELECT oid FROM lord)),
)sql";
constexpr const char* kOutletRows =
    R"sql((SELECT json_agg(json_build_array(kind, identity, '', pg_get_userbyid(owner), false,
      pg_has_role(owner, 'USAGE'), definer, pinned, CASE WHEN grantee = 0 THEN '' ELSE pg_get_userbyid(grantee) END,
      pg_get_userbyid(grantor), privilege_type) ORDER BY identity) FROM shown))sql";

// Of a database of its own, what isn't the owner role's alone.
constexpr const char* kAllLargeObjects =
    "lomacl IS NOT NULL OR lomowner <> (SELECT oid FROM pg_roles WHERE rolname = {owner})";
constexpr const char* kLargeObjectsOfRoles = R"sql(m.oid IN (SELECT s.objid FROM us u JOIN pg_shdepend s
      ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = u.oid AND s.deptype = 'o'
      AND s.classid = 'pg_largeobject'::regclass AND s.dbid = (SELECT oid FROM here)))sql";
constexpr const char* kPublishedSchemas =
    R"sql(UNION ALL SELECT n.pnpubid, 'tables in schema ' || quote_ident(min(s.nspname))
        FROM pg_publication_namespace n JOIN space s ON s.oid = n.pnnspid GROUP BY 1)sql";

// Before 15 there are no lists of columns.
constexpr const char* kListedColumns = R"sql((SELECT json_agg(b.attname ORDER BY b.attname) FROM pg_attribute b
            WHERE b.attrelid = c.oid AND b.attnum = ANY (r.prattrs::int2[])))sql";
constexpr const char* kPublishedColumn = R"sql((r.prattrs IS NULL OR attribute IN (SELECT b.attname FROM pg_attribute b
            WHERE b.attrelid = r.prrelid AND b.attnum = ANY (r.prattrs::int2[]))))sql";

// All tables of the shared schema: it is there to be emptied.
constexpr const char* kTablesOfAll = R"sql((SELECT json_object_agg(relname, json_build_array(pg_get_userbyid(relowner),
      coalesce(shobj_description(relowner, 'pg_authid') LIKE 'freehold: owned by %', false))) FROM relation
    WHERE NOT relispartition AND relkind IN ('r', 'p', 'v', 'm', 'f')))sql";

bool InTablesMode(const Layout& layout) { return layout.isolation == api::Isolation::kTables; }

std::string Servers(const Layout& layout) {
  return HasOwnDatabase(layout) ? "true" : "srvowner IN (SELECT oid FROM us)";
}

}  // namespace

std::string VisitTables(const Layout& layout) {
  const bool own = HasOwnDatabase(layout);
  return Fill(kTables,
              {{"space", own ? "nspname !~ '^pg_' AND nspname <> 'information_schema' AND nspname <> 'extensions'"
                             : "nspname = {schema}"},
               {"things", InTablesMode(layout) ? "(owner IN (SELECT oid FROM us) OR nspname = 'freehold')" : "true"},
               {"inbox_things", own ? "" : kInboxThings},
               {"large_objects", own ? kAllLargeObjects : kLargeObjectsOfRoles},
               {"servers", Servers(layout)},
               {"outlets", own ? "" : kOutlets}});
}

std::string VisitDocument(int major, const Layout& layout) {
  const auto schemas = Fill(
      kSchemas, {{"wanted_schemas", HasOwnDatabase(layout) ? "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
                                                           : "n.nspname IN ({schema}, 'extensions')"},
                 {"relations", "(SELECT count(*) FROM relation r WHERE r.nspname = n.nspname)"}});
  const auto document = Fill(kDocument, {{"fed", kFed}, {"access_row", kAccessRow}});
  return Fill(document, {{"schemas", schemas},
                         {"outlet_rows", HasOwnDatabase(layout) ? "NULL" : kOutletRows},
                         {"servers", Servers(layout)},
                         {"own_database", HasOwnDatabase(layout) ? "true" : "false"},
                         {"grant_guard", HasOwnDatabase(layout) ? GrantGuardDocument() : "NULL"},
                         {"some_large_objects", HasOwnDatabase(layout) ? "true" : kLargeObjectsOfRoles},
                         {"agent_row", kAgentRow},
                         {"report_guard", ReportGuardDocument()},
                         {"projections_document", ProjectionsDocument()},
                         {"published_schemas", major >= 15 ? kPublishedSchemas : ""},
                         {"listed_columns", major >= 15 ? kListedColumns : "NULL"},
                         {"published_column", major >= 15 ? kPublishedColumn : "true"},
                         {"tables", InTablesMode(layout) ? kTablesOfAll : "NULL"},
                         {"counted", InTablesMode(layout) ? "AND relowner IN (SELECT oid FROM us)" : ""}});
}

std::string VisitedRoles(const Layout& layout) {
  return std::string(
             "UNION SELECT grantee FROM access UNION SELECT owner FROM ours UNION SELECT a.grantee FROM pg_default_acl "
             "d, "
             "aclexplode(d.defaclacl) a WHERE d.defaclrole IN (SELECT oid FROM us)") +
         (HasOwnDatabase(layout) ? "" : " UNION SELECT grantee FROM shown");
}

std::string UsableSchemas() {
  return "(SELECT json_agg(s.nspname) FROM space s WHERE has_schema_privilege(c.oid, s.oid, 'USAGE'))";
}

std::string SchemasDocument() {
  return Fill(kSchemas, {{"wanted_schemas", "n.nspname IN ('public', 'extensions', 'shared')"}, {"relations", "0"}});
}

}  // namespace freehold::engines::postgres
