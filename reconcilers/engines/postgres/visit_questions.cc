#include "reconcilers/engines/postgres/visit_questions.h"

#include "reconcilers/engines/postgres/crowd_questions.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/grant_guard.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/object_questions.h"

namespace freehold::engines::postgres {
namespace {

constexpr const char* kSchemas = R"sql(SELECT json_agg(json_build_array(n.nspname, pg_get_userbyid(n.nspowner),
    coalesce((SELECT left(description, 1000) FROM pg_description WHERE classoid = 'pg_namespace'::regclass AND objoid = n.oid AND objsubid = 0), ''),
    {relations},
    (SELECT json_agg(json_build_array(CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee) END,
      pg_get_userbyid(a.grantor), a.privilege_type)) FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a))
    ORDER BY n.nspname) FROM pg_namespace n WHERE {wanted_schemas})sql";
constexpr const char* kRelationsOfSchema = R"sql((SELECT count(*) FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
    WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid AND d.deptype = 'n' AND d.classid = 'pg_class'::regclass
      AND {space} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')))sql";

// The service's own tables; in Tables mode, where it may share the schema, those of its roles.
constexpr const char* kUserTables = R"sql(SELECT count(*) FROM pg_namespace s
    JOIN pg_depend d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = s.oid AND d.deptype = 'n' AND d.classid = 'pg_class'::regclass
    JOIN pg_class c ON c.oid = d.objid
  WHERE {space} AND s.nspname <> 'freehold' AND c.relkind IN ('r', 'p') AND NOT c.relispartition {counted}
    AND NOT (s.nspname = {schema} AND c.relname = {outbox})
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'))sql";
constexpr const char* kOwnedByUs = "AND c.relowner IN (SELECT oid FROM {role_catalog} WHERE rolname IN ({us}))";

// All tables of the shared schema: it is there to be emptied.
constexpr const char* kTablesOfAll =
    R"sql(SELECT json_object_agg(c.relname, json_build_array(pg_get_userbyid(c.relowner),
    coalesce(shobj_description(c.relowner, 'pg_authid') LIKE 'freehold: owned by %', false)))
  FROM pg_namespace s
    JOIN pg_depend d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = s.oid AND d.deptype = 'n' AND d.classid = 'pg_class'::regclass
    JOIN pg_class c ON c.oid = d.objid
  WHERE {space} AND NOT c.relispartition AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))sql";

constexpr const char* kDefaults =
    R"sql(SELECT json_agg(json_build_array(pg_get_userbyid(d.defaclrole), coalesce(n.nspname, ''),
    CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
      WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END,
    (SELECT json_agg(json_build_array(CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee) END,
      pg_get_userbyid(a.grantor), a.privilege_type)) FROM aclexplode(d.defaclacl) a)))
  FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
  WHERE d.defaclrole IN (SELECT oid FROM {role_catalog} WHERE rolname IN ({us})))sql";

constexpr const char* kExtensions =
    "SELECT json_object_agg(x.extname, n.nspname) FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace";

// What leads out of the database, to the server's files or to other servers.
constexpr const char* kWaysOut = R"sql(SELECT json_agg(json_build_array(kind, identity,
    CASE WHEN grantee = 0 THEN '' ELSE pg_get_userbyid(grantee) END, privilege_type, why) ORDER BY identity) FROM (
  SELECT 'ROUTINE' AS kind, f.oid::regprocedure::text AS identity, a.grantee, a.privilege_type,
    'untrusted language ' || l.lanname AS why
  FROM pg_language l, LATERAL (SELECT * FROM pg_proc WHERE prolang = l.oid OFFSET 0) f,
    aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a WHERE l.oid >= 16384 AND NOT l.lanpltrusted
  UNION ALL SELECT 'ROUTINE', f.oid::regprocedure::text, a.grantee, a.privilege_type, 'connections without a password'
  FROM pg_proc f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a WHERE f.proname = 'dblink_connect_u'
  UNION ALL SELECT 'FOREIGN DATA WRAPPER', quote_ident(w.fdwname), a.grantee, a.privilege_type, 'connections to other servers'
  FROM pg_foreign_data_wrapper w, aclexplode(w.fdwacl) a) o WHERE grantee NOT IN ({lords}))sql";

constexpr const char* kPublicationsOfAll =
    R"sql(SELECT json_agg(json_build_array(pubname, pg_get_userbyid(pubowner), 'all tables') ORDER BY pubname)
  FROM pg_publication WHERE puballtables AND coalesce(obj_description(oid, 'pg_publication'), '') !~ '^freehold: ')sql";

constexpr const char* kMappings =
    R"sql(SELECT json_agg(json_build_array(m.srvname, m.usename) ORDER BY m.srvname, m.usename)
  FROM pg_foreign_server s JOIN pg_user_mappings m ON m.srvid = s.oid
  WHERE {servers} AND m.umuser <> 0 AND m.umuser NOT IN (SELECT oid FROM {role_catalog} WHERE rolname IN ({us}))
    AND m.umuser NOT IN ({lords}))sql";

constexpr const char* kLargeObjectsOpen = R"sql(SELECT to_json(EXISTS (
    SELECT FROM pg_largeobject_metadata m WHERE {large_objects}) AND (current_setting('lo_compat_privileges')::bool
  OR EXISTS (SELECT FROM pg_db_role_setting s WHERE s.setrole = 0
      AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND array_to_string(s.setconfig, ',') ~* 'lo_compat_privileges=(on|true|yes|1)'))))sql";

}  // namespace

Questions VisitQuestions(int major, const Layout& layout) {
  const bool own = HasOwnDatabase(layout);
  const bool shared_schema = layout.isolation == api::Isolation::kTables;
  const auto space = SpaceOf(layout);
  const std::string servers = own ? "true" : "s.srvowner IN (SELECT oid FROM {role_catalog} WHERE rolname IN ({us}))";
  return {
      {"objects", ObjectsQuestion(major, layout)},
      {"traces", TracesQuestion(layout)},
      {"schemas", Fill(kSchemas, {{"wanted_schemas", own ? "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
                                                         : "n.nspname IN ({schema}, 'extensions')"},
                                  {"relations", Fill(kRelationsOfSchema, {{"space", space}})}})},
      {"user_tables", Fill(kUserTables, {{"space", space}, {"counted", shared_schema ? kOwnedByUs : ""}})},
      {"tables", shared_schema ? Fill(kTablesOfAll, {{"space", space}}) : "SELECT NULL"},
      {"defaults", kDefaults},
      {"extensions", kExtensions},
      {"grant_guard", own ? "SELECT " + GrantGuardDocument() : "SELECT NULL"},
      {"ways_out", kWaysOut},
      {"mappings", Fill(kMappings, {{"servers", servers}})},
      {"large_objects_open", Fill(kLargeObjectsOpen, {{"large_objects", LargeObjectsOf(layout)}})}};
}

std::string SharedSchemasQuestion() {
  return Fill(kSchemas, {{"wanted_schemas", "n.nspname IN ('public', 'extensions', 'shared')"}, {"relations", "0"}});
}

std::string WaysOutQuestion() { return kWaysOut; }

std::string PublicationsOfAllQuestion() { return kPublicationsOfAll; }

}  // namespace freehold::engines::postgres
