#include "reconcilers/engines/postgres/grant_guard.h"

#include "reconcilers/engines/postgres/digest.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

constexpr const char* kStart = "freehold_guard_start";
constexpr const char* kEnd = "freehold_guard_end";

// GRANT does not say on which object it was, so what is open before is compared with what is open after.
// stores: the schemas of stores that the user may use, as they were before.  granted: rights in them, the owners' too;
// PUBLIC's EXECUTE on routines and USAGE on types are by nature, and closed by the schema. Nobody but a superuser can
// give an object of a store to a role that may not already make some there, so ALTER costs all others nothing.
constexpr const char* kFunction =
    R"sql(CREATE OR REPLACE FUNCTION extensions.freehold_guard_grants() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE
  mighty boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = session_user);
  stores jsonb;
  open_now text[];
  opened text;
BEGIN
  IF mighty AND current_setting('freehold.allow_grants', true) = 'on' THEN
    RETURN;
  END IF;
  IF NOT mighty AND TG_TAG NOT IN ('GRANT', 'ALTER DEFAULT PRIVILEGES') THEN
    RETURN;
  END IF;
  IF TG_EVENT = 'ddl_command_start' THEN
    PERFORM set_config('freehold.stores', (
      SELECT coalesce(jsonb_object_agg(n.oid, left(o.rolname, -6)), '{}')
      FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner
      WHERE o.rolname LIKE '%\_owner' AND shobj_description(o.oid, 'pg_authid') LIKE 'freehold: owned by %'
        AND (mighty OR has_schema_privilege(n.oid, 'USAGE')))::text, true);
  END IF;
  stores := current_setting('freehold.stores');
  open_now := ARRAY(
    WITH store AS (
      SELECT n.*, s.value AS stem FROM jsonb_each_text(stores) s JOIN pg_namespace n ON n.oid = s.key::oid),
    granted AS (
      SELECT s.stem, format('schema %I', s.nspname) AS what, a.grantee FROM store s, aclexplode(s.nspacl) a
      UNION ALL SELECT s.stem, format('schema %I', s.nspname), s.nspowner FROM store s
      UNION ALL SELECT s.stem, format('%I.%I', s.nspname, c.relname), a.grantee
        FROM store s JOIN pg_class c ON c.relnamespace = s.oid, aclexplode(c.relacl) a
      UNION ALL SELECT s.stem, format('%I.%I', s.nspname, c.relname), c.relowner FROM store s JOIN pg_class c ON c.relnamespace = s.oid
      UNION ALL SELECT s.stem, f.oid::regprocedure::text, f.proowner FROM store s JOIN pg_proc f ON f.pronamespace = s.oid
      UNION ALL SELECT s.stem, format('%I.%I', s.nspname, t.typname), t.typowner FROM store s JOIN pg_type t ON t.typnamespace = s.oid
      UNION ALL SELECT s.stem, format('column %I of %I.%I', b.attname, s.nspname, c.relname), a.grantee
        FROM store s JOIN pg_class c ON c.relnamespace = s.oid JOIN pg_attribute b ON b.attrelid = c.oid, aclexplode(b.attacl) a
      UNION ALL SELECT s.stem, f.oid::regprocedure::text, a.grantee
        FROM store s JOIN pg_proc f ON f.pronamespace = s.oid, aclexplode(f.proacl) a WHERE a.grantee <> 0
      UNION ALL SELECT s.stem, format('%I.%I', s.nspname, t.typname), a.grantee
        FROM store s JOIN pg_type t ON t.typnamespace = s.oid, aclexplode(t.typacl) a WHERE a.grantee <> 0
      UNION ALL SELECT s.stem, 'what ' || r.rolname || ' makes from now on', a.grantee
        FROM store s JOIN pg_roles r ON r.rolname IN (s.stem || '_owner', s.stem || '_a', s.stem || '_b')
        JOIN pg_default_acl d ON d.defaclrole = r.oid, aclexplode(d.defaclacl) a
        WHERE a.grantee <> 0 OR d.defaclobjtype IN ('r', 'S', 'n'))
    SELECT DISTINCT g.what || ' would be open to ' || coalesce('role ' || quote_ident(r.rolname), 'PUBLIC')
    FROM granted g LEFT JOIN pg_roles r ON r.oid = g.grantee
    WHERE r.oid IS NULL OR NOT (r.rolsuper OR r.rolname IN (g.stem || '_owner', g.stem || '_a', g.stem || '_b')
      OR r.oid = (SELECT datdba FROM pg_database WHERE datname = current_database())));
  IF TG_EVENT = 'ddl_command_start' THEN
    PERFORM set_config('freehold.open_before', open_now::text, true);
    RETURN;
  END IF;
  SELECT o INTO opened FROM unnest(open_now) o WHERE o <> ALL (current_setting('freehold.open_before')::text[]) ORDER BY o LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = opened,
      DETAIL = 'Freehold: every service owns its data, and nobody else''s.',
      HINT = 'Let the other service consume your events or call your API. A superuser who knows better: SET freehold.allow_grants = on.';
  END IF;
END
$guard$)sql";

// Commands that give rights, give objects away, or move them into a schema.
constexpr const char* kTags =
    "'GRANT', 'ALTER DEFAULT PRIVILEGES', 'ALTER TABLE', 'ALTER FOREIGN TABLE', 'ALTER VIEW', "
    "'ALTER MATERIALIZED VIEW', 'ALTER SEQUENCE', 'ALTER FUNCTION', 'ALTER PROCEDURE', 'ALTER ROUTINE', "
    "'ALTER AGGREGATE', 'ALTER TYPE', 'ALTER DOMAIN', 'ALTER SCHEMA'";

std::string Trigger(const char* name, const char* event) {
  return std::string("CREATE EVENT TRIGGER ") + name + " ON " + event + " WHEN TAG IN (" + kTags +
         ") EXECUTE FUNCTION extensions.freehold_guard_grants()";
}

}  // namespace

std::string GrantGuardVersion() {
  static const std::string version = "freehold: " + HexDigest(kFunction + Trigger(kStart, "") + Trigger(kEnd, ""));
  return version;
}

std::vector<std::string> GuardGrants() {
  std::vector<std::string> statements = {kFunction,
                                         "REVOKE ALL ON FUNCTION extensions.freehold_guard_grants() FROM PUBLIC"};
  for (const auto& [name, event] : {std::pair(kStart, "ddl_command_start"), std::pair(kEnd, "ddl_command_end")}) {
    statements.push_back(std::string("DROP EVENT TRIGGER IF EXISTS ") + name);
    statements.push_back(Trigger(name, event));
    statements.push_back(std::string("COMMENT ON EVENT TRIGGER ") + name + " IS " + QuoteValue(GrantGuardVersion()));
  }
  return statements;
}

std::string GrantGuardDocument() {
  return std::string(
             "(SELECT to_json(min(version)) FROM (SELECT coalesce(obj_description(oid, 'pg_event_trigger'), '') "
             "AS version FROM pg_event_trigger WHERE evtenabled IN ('O', 'A') AND evtname IN ('") +
         kStart + "', '" + kEnd + "')) g HAVING count(*) = 2 AND min(version) = max(version))";
}

}  // namespace freehold::engines::postgres
