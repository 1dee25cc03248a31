#include "reconcilers/engines/postgres/event_questions.h"

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/projection_visit.h"

namespace freehold::engines::postgres {
namespace {

constexpr const char* kOutbox = R"sql(SELECT json_build_array(pg_get_userbyid(b.relowner), b.relkind = 'p',
    (SELECT json_agg(attname || ' ' || format_type(atttypid, atttypmod) ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = b.oid AND attnum > 0 AND NOT attisdropped),
    (SELECT json_agg(conname) FROM pg_constraint WHERE conrelid = b.oid AND contype = 'c'),
    (SELECT json_agg(conname) FROM pg_constraint WHERE conrelid = b.oid AND contype = 'c' AND NOT convalidated),
    (SELECT json_agg(c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = b.oid),
    (SELECT json_agg(json_build_array(n.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid)) ORDER BY c.relname)
      FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE h.inhparent = b.oid),
    coalesce((SELECT pg_relation_size(partdefid) FROM pg_partitioned_table WHERE partrelid = b.oid) > 0, false),
    (SELECT json_agg(json_build_array(CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee) END,
        pg_get_userbyid(a.grantor), a.privilege_type)) FROM aclexplode(b.relacl) a))
  FROM {outbox_relation} b)sql";
constexpr const char* kOutboxRelation = R"sql((SELECT c.* FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
    WHERE n.nspname = {schema} AND c.relname = {outbox} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')))sql";

constexpr const char* kInbox = R"sql(WITH
us AS MATERIALIZED (SELECT oid FROM {role_catalog} WHERE rolname IN ({us})),
inbox AS MATERIALIZED (SELECT c.oid, c.relowner, c.relkind, c.relacl FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
  WHERE n.nspname = {schema} AND c.relname = {inbox} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')),
{inbox_table_of},
inbox_take AS MATERIALIZED (
  SELECT f.oid FROM pg_namespace n JOIN pg_proc f ON f.pronamespace = n.oid
  WHERE n.nspname = 'freehold' AND f.proname = {inbox_table} || '_take' AND f.pronargs = 0)
SELECT json_build_array((SELECT json_build_array(relkind, pg_get_userbyid(relowner)) FROM inbox),
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
    coalesce((SELECT pg_relation_size(p.partdefid) FROM inbox_table t JOIN pg_partitioned_table p ON p.partrelid = t.oid) > 0,
      false),
    (SELECT json_agg(json_build_array(n.nspname, c.relname, g.tgname,
        to_json(string_to_array(left(encode(g.tgargs, 'escape'), -4), E'\\000')),
        g.tgenabled = 'A' OR g.tgenabled = 'O' AND n.nspname <> 'freehold',
        (SELECT json_build_array(s.subenabled, {conninfo_digest}, coalesce(s.subslotname, ''),
            EXISTS (SELECT FROM pg_stat_subscription w WHERE w.subid = s.oid AND w.pid IS NOT NULL),
            EXISTS (SELECT FROM pg_subscription_rel r WHERE r.srsubid = s.oid AND r.srrelid = c.oid), {on_disk})
          FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND s.subname = 'freehold_' || c.relname AND n.nspname = 'freehold')))
      FROM inbox_take f JOIN pg_depend d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid
        AND d.classid = 'pg_trigger'::regclass JOIN pg_trigger g ON g.oid = d.objid AND g.tgparentid = 0
      JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace)))sql";
constexpr const char* kInboxTableOf = R"sql(inbox_table AS MATERIALIZED (
  SELECT c.oid, c.relname FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
  WHERE n.nspname = 'freehold' AND c.relname = {inbox_table} AND c.relkind = 'p'))sql";

constexpr const char* kProjections = "WITH {inbox_table_of} SELECT {projections_document}";

// Every outbox that the operator made in the database: who consumes must find it.
constexpr const char* kOutboxes = R"sql(SELECT json_agg(json_build_array(n.nspname, c.relname)) FROM (
    SELECT oid FROM pg_class WHERE relname = 'outbox'
    UNION ALL SELECT d.objid FROM pg_namespace s JOIN pg_depend d ON d.refclassid = 'pg_namespace'::regclass
      AND d.refobjid = s.oid AND d.classid = 'pg_class'::regclass WHERE s.nspname = 'shared') o
  JOIN pg_class c ON c.oid = o.oid AND c.relkind = 'p' AND c.relname ~ '(^|_)outbox'
    AND c.relowner = (SELECT oid FROM {role_catalog} WHERE rolname = current_user)
  JOIN pg_namespace n ON n.oid = c.relnamespace)sql";

constexpr const char* kOutgoing = R"sql(WITH
channel AS MATERIALIZED (
  SELECT c.oid, c.relname, c.relnamespace FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
  WHERE n.nspname = 'freehold' AND c.relname >= {channels} AND c.relname < ({channels} || '~')::name AND c.relkind = 'r')
SELECT json_build_object(
'channels', (SELECT json_agg(json_build_array(c.relname, obj_description(f.oid, 'pg_proc'),
      to_json(string_to_array(left(encode(g.tgargs, 'escape'), -4), E'\\000')),
      coalesce(g.tgenabled IN ('O', 'A'), false),
      EXISTS (SELECT FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
        WHERE p.pubname = 'freehold_' || c.relname AND p.pubinsert AND NOT (p.pubupdate OR p.pubdelete OR p.pubtruncate)),
      (SELECT s.plugin = 'pgoutput' AND s.database = current_database() AND s.wal_status IS DISTINCT FROM 'lost'
        FROM pg_replication_slots s WHERE s.slot_name = 'freehold_' || c.relname),
      obj_description(g.oid, 'pg_trigger')) ORDER BY c.relname)
    FROM channel c LEFT JOIN pg_proc f ON f.pronamespace = c.relnamespace AND f.proname = c.relname || '_send'
      AND f.pronargs = 0
    LEFT JOIN pg_trigger g ON g.tgfoid = f.oid AND g.tgparentid = 0 AND g.tgrelid = (SELECT b.oid FROM {outbox_relation} b)
    WHERE obj_description(c.oid, 'pg_class') = 'freehold: from ' || {schema} || '.' || {outbox}),
'stray_slots', (SELECT json_agg(s.slot_name) FROM pg_replication_slots s WHERE s.database = current_database()
    AND starts_with(s.slot_name, 'freehold_' || {channels})
    AND NOT EXISTS (SELECT FROM channel c WHERE s.slot_name = 'freehold_' || c.relname))))sql";

}  // namespace

Questions EventQuestions() {
  return {{"outbox", Fill(kOutbox, {{"outbox_relation", kOutboxRelation}})},
          {"inbox", Fill(kInbox, {{"inbox_table_of", kInboxTableOf}})},
          {"projections",
           Fill(kProjections, {{"inbox_table_of", kInboxTableOf}, {"projections_document", ProjectionsDocument()}})},
          {"outboxes", kOutboxes},
          {"outgoing", Fill(kOutgoing, {{"outbox_relation", kOutboxRelation}})}};
}

}  // namespace freehold::engines::postgres
