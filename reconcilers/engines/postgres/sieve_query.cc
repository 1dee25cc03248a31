#include "reconcilers/engines/postgres/sieve_query.h"

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

constexpr const char* kActivity = R"sql(SELECT json_build_object(
'sessions', coalesce((SELECT json_agg(json_build_array(datname, usename)) FROM (
    SELECT DISTINCT a.datname, a.usename FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid AND NOT r.rolsuper
    WHERE coalesce(a.backend_type, 'client backend') IN ('client backend', 'walsender') AND a.datname IS NOT NULL
      AND NOT (a.usename ~ '_cdc(_[12])?$' AND regexp_replace(a.usename, '_cdc(_[12])?$', '') = a.datname AND EXISTS (SELECT FROM pg_roles o WHERE o.rolname = a.datname || '_owner'
        AND shobj_description(o.oid, 'pg_authid') = shobj_description(r.oid, 'pg_authid')))) s), '[]'),
'slots', coalesce((SELECT json_agg(database) FROM pg_replication_slots s
    WHERE database IS NOT NULL AND slot_name !~ '^freehold_'
      AND NOT (slot_name ~ '^pg_[0-9]+_sync_[0-9]+_[0-9]+$' AND EXISTS (SELECT FROM pg_replication_slots f
        WHERE f.database = s.database AND f.slot_name ~ '^freehold__'))), '[]')))sql";

// Objects of users have OIDs from 16384 on, which an index finds. Every catalog, function and operator that is named
// here is looked up anew on each connection: the rights are gathered before they are taken apart, once.
constexpr const char* kDatabase = R"sql(SELECT CASE WHEN
     EXISTS (SELECT FROM (
         SELECT nspacl AS acl FROM pg_namespace WHERE oid >= 16384 AND nspname <> 'extensions'
         UNION ALL SELECT relacl FROM pg_class WHERE oid >= 16384
           AND relnamespace IS DISTINCT FROM (SELECT oid FROM pg_namespace WHERE nspname = 'extensions')
         UNION ALL SELECT attacl FROM pg_attribute WHERE attrelid >= 16384
         UNION ALL SELECT lomacl FROM pg_largeobject_metadata) thing, aclexplode(acl) a WHERE a.grantee = 0)
  OR EXISTS (SELECT FROM pg_default_acl d, aclexplode(d.defaclacl) a WHERE pg_get_userbyid(a.grantee) <> ALL ($1::name[])
       AND pg_get_userbyid(a.grantee) <> current_user)
  OR (EXISTS (SELECT FROM pg_largeobject_metadata) AND {compatible})
  OR EXISTS (SELECT FROM pg_foreign_server)
  OR {ways_out}
  OR EXISTS (SELECT FROM pg_publication p WHERE coalesce(obj_description(p.oid, 'pg_publication'), '') !~ '^freehold: ')
THEN '[]' ELSE '[1]' END)sql";

// thing: what has an owner and rights, in the schema of which store; an open kind is one that PUBLIC may use by nature.
// odd: stores where somebody else has a part in something.
constexpr const char* kSchemas = R"sql(WITH
store AS MATERIALIZED (SELECT * FROM unnest($1::name[], $2::name[], $3::name[], $4::name[])
  WITH ORDINALITY AS s(schema, owner, a, b, number)),
own AS MATERIALIZED (
  SELECT r.oid, s.number FROM store s, unnest(ARRAY[s.owner, s.a, s.b]) n(name) JOIN pg_roles r ON r.rolname = n.name),
me AS MATERIALIZED (SELECT oid FROM pg_roles WHERE rolname = current_user),
lord AS MATERIALIZED (SELECT oid FROM pg_roles WHERE rolsuper UNION SELECT oid FROM me),
space AS MATERIALIZED (
  SELECT n.oid, s.number, n.nspowner, n.nspacl FROM store s JOIN pg_namespace n ON n.nspname = s.schema),
thing AS MATERIALIZED (
  SELECT number, nspowner AS owner, nspacl AS acl, false AS open_kind FROM space
  UNION ALL SELECT s.number, c.relowner, c.relacl, false FROM pg_class c JOIN space s ON s.oid = c.relnamespace
    WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  UNION ALL SELECT s.number, NULL, b.attacl, false FROM pg_attribute b JOIN pg_class c ON c.oid = b.attrelid
    JOIN space s ON s.oid = c.relnamespace WHERE b.attrelid >= 16384 AND b.attacl IS NOT NULL
  UNION ALL SELECT s.number, f.proowner, f.proacl, true FROM pg_proc f JOIN space s ON s.oid = f.pronamespace WHERE f.oid >= 16384
  UNION ALL SELECT s.number, t.typowner, t.typacl, true FROM pg_type t JOIN space s ON s.oid = t.typnamespace WHERE t.oid >= 16384
  UNION ALL SELECT s.number, o.refobjid, NULL, false FROM pg_shdepend o JOIN pg_depend d
      ON d.classid = o.classid AND d.objid = o.objid AND d.refclassid = 'pg_namespace'::regclass JOIN space s ON s.oid = d.refobjid
    WHERE o.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND o.deptype = 'o'
      AND o.refclassid = 'pg_authid'::regclass AND o.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass,
        'pg_type'::regclass, 'pg_namespace'::regclass, 'pg_default_acl'::regclass, 'pg_largeobject'::regclass)),
odd AS (
  SELECT number FROM thing
    WHERE owner NOT IN (SELECT oid FROM lord) AND (owner, number) NOT IN (SELECT oid, number FROM own)
  UNION ALL SELECT t.number FROM thing t, aclexplode(t.acl) a
    WHERE (a.grantee <> 0 OR NOT t.open_kind) AND a.grantee NOT IN (SELECT oid FROM lord)
      AND (a.grantee, t.number) NOT IN (SELECT oid, number FROM own)
  UNION ALL SELECT o.number FROM pg_default_acl d JOIN own o ON o.oid = d.defaclrole, aclexplode(d.defaclacl) a
    WHERE a.grantee NOT IN (SELECT oid FROM me) AND (a.grantee, o.number) NOT IN (SELECT oid, number FROM own)
  UNION ALL SELECT o.number FROM pg_largeobject_metadata m JOIN own o ON o.oid = m.lomowner
    WHERE EXISTS (SELECT FROM aclexplode(m.lomacl) a WHERE a.grantee <> o.oid) OR {compatible}
  UNION ALL SELECT number FROM space WHERE {ways_out}
  UNION ALL SELECT number FROM space WHERE EXISTS (
    SELECT FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid, aclexplode(c.relacl) a
    WHERE n.nspname = 'freehold' AND a.grantee NOT IN (SELECT oid FROM lord)
    UNION ALL SELECT FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid JOIN pg_attribute b ON b.attrelid = c.oid,
      aclexplode(b.attacl) a WHERE n.nspname = 'freehold' AND a.grantee NOT IN (SELECT oid FROM lord)
    UNION ALL SELECT FROM pg_namespace n JOIN pg_proc f ON f.pronamespace = n.oid,
      aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
    WHERE n.nspname = 'freehold' AND a.grantee NOT IN (SELECT oid FROM lord))
  UNION ALL SELECT o.number FROM pg_foreign_server f JOIN own o ON o.oid = f.srvowner
  UNION ALL SELECT o.number FROM pg_proc f JOIN own o ON o.oid = f.proowner LEFT JOIN space s ON s.oid = f.pronamespace
    WHERE f.oid >= 16384 AND f.prosecdef AND s.number IS DISTINCT FROM o.number
  UNION ALL SELECT s.number FROM pg_rewrite w JOIN pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class c ON c.oid = d.refobjid JOIN space s ON s.oid = c.relnamespace
    WHERE w.oid >= 16384 AND v.relnamespace <> c.relnamespace
  UNION ALL SELECT s.number FROM pg_publication p JOIN space s ON p.puballtables
      OR EXISTS (SELECT FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid
        WHERE r.prpubid = p.oid AND c.relnamespace = s.oid){published_schemas}
    WHERE coalesce(obj_description(p.oid, 'pg_publication'), '') !~ '^freehold: ')
SELECT json_agg(number) FROM space WHERE number NOT IN (SELECT number FROM odd))sql";
// Set for the database a moment ago, it does not hold for connections of before.
constexpr const char* kCompatible = R"sql((current_setting('lo_compat_privileges')::bool OR EXISTS (
    SELECT FROM pg_db_role_setting s WHERE s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_database
      WHERE datname = current_database()) AND array_to_string(s.setconfig, ',') ~* 'lo_compat_privileges=(on|true|yes|1)')))sql";
constexpr const char* kWaysOut = R"sql((EXISTS (SELECT FROM pg_language WHERE oid >= 16384 AND NOT lanpltrusted)
    OR EXISTS (SELECT FROM pg_foreign_data_wrapper WHERE fdwacl IS NOT NULL)
    OR EXISTS (SELECT FROM pg_proc f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
      WHERE f.proname = 'dblink_connect_u' AND a.grantee <> f.proowner)))sql";
constexpr const char* kPublishedSchemas = R"sql(
      OR EXISTS (SELECT FROM pg_publication_namespace n WHERE n.pnpubid = p.oid AND n.pnnspid = s.oid))sql";

template <class Name>
std::string NamesOf(const std::vector<Layout>& stores, Name name) {
  std::vector<std::string> names;
  for (const auto& store : stores) names.push_back(name(store));
  return QuoteArray(names);
}

}  // namespace

Query ActivityQuery() { return {kActivity, {}}; }

Query ClosedSchemasQuery(int major, const std::vector<Layout>& stores) {
  return {Fill(kSchemas, {{"published_schemas", major >= 15 ? kPublishedSchemas : ""},
                          {"compatible", kCompatible},
                          {"ways_out", kWaysOut}}),
          {NamesOf(stores, [](const Layout& store) { return store.schema; }),
           NamesOf(stores, [](const Layout& store) { return store.owner; }),
           NamesOf(stores, [](const Layout& store) { return store.logins[0]; }),
           NamesOf(stores, [](const Layout& store) { return store.logins[1]; })}};
}

Query ClosedDatabaseQuery(const Layout& store) {
  return {Fill(kDatabase, {{"compatible", kCompatible}, {"ways_out", kWaysOut}}), {QuoteArray(RolesOf(store))}};
}

}  // namespace freehold::engines::postgres
