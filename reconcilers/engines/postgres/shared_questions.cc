#include "reconcilers/engines/postgres/shared_questions.h"

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/subscription.h"

namespace freehold::engines::postgres {

const char* const kFeedRoles = R"sql(
home AS MATERIALIZED (SELECT b.oid FROM pg_database b JOIN pg_shdescription d ON d.classoid = 'pg_database'::regclass
    AND d.objoid = b.oid WHERE {databases} AND d.description = 'freehold: shared by services'),
feed AS MATERIALIZED (
  SELECT c.*, coalesce(b.oid, home.oid, 0) AS home
  FROM {role_catalog} c
    CROSS JOIN LATERAL (SELECT oid FROM {role_catalog} WHERE rolname = regexp_replace(c.rolname, '_cdc(_[12])?$', '_owner')::name OFFSET 0) o
    JOIN pg_shdescription m ON m.classoid = 'pg_authid'::regclass AND m.objoid = c.oid AND m.description LIKE 'freehold: owned by %'
    JOIN pg_shdescription n ON n.classoid = 'pg_authid'::regclass AND n.objoid = o.oid AND n.description = m.description
    LEFT JOIN pg_database b ON b.datname = regexp_replace(c.rolname, '_cdc(_[12])?$', '') LEFT JOIN home ON b.oid IS NULL
  WHERE c.rolname ~ '_cdc(_[12])?$' AND {feeds}))sql";

namespace {

// One pass over the roles, of which there may be tens of thousands, for all questions of the transaction.
constexpr const char* kRanks = R"sql(SELECT concat(
    set_config('freehold.superusers', coalesce(array_agg(oid) FILTER (WHERE rolsuper), '{}')::text, true),
    set_config('freehold.lords', coalesce(array_agg(oid) FILTER (WHERE rolsuper OR rolname = current_user), '{}')::text, true),
    set_config('freehold.replicating', coalesce(array_agg(oid) FILTER (WHERE rolreplication AND NOT rolsuper), '{}')::text, true),
    set_config('freehold.feeding', coalesce(array_agg(oid) FILTER (WHERE {feeding}), '{}')::text, true))
  FROM {role_catalog} WHERE rolsuper OR rolreplication OR rolname = current_user OR {feeding})sql";

constexpr const char* kServer = R"sql(SELECT json_build_object(
'version', split_part(current_setting('server_version'), ' ', 1),
'major', current_setting('server_version_num')::int / 10000,
'identity', (SELECT system_identifier::text FROM pg_control_system()),
'wal_level', current_setting('wal_level'),
'readers', least(current_setting('max_replication_slots')::int, current_setting('max_wal_senders')::int),
'subscriptions', least(current_setting('max_logical_replication_workers')::int,
  current_setting('max_worker_processes')::int - 1,
  coalesce(current_setting('max_active_replication_origins', true), current_setting('max_replication_slots'))::int),
'signals', pg_has_role('pg_signal_backend', 'USAGE'),
'subscribes', {subscribes},
'shows_blocks', coalesce(current_setting('pg_stat_statements.track', true) = 'all'
  AND current_setting('pg_stat_statements.track_utility', true) = 'on', false),
'admin', (SELECT json_build_array(rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolcanlogin,
    rolinherit, rolconnlimit, '', '', NULL) FROM {role_catalog} WHERE rolname = current_user),
'trusted', {trusted}))sql";

// A LATERAL … OFFSET 0 is looked up by its index, whatever the planner believes of catalogs that were filled a moment
// ago and never analyzed.
constexpr const char* kRoles =
    R"sql(SELECT json_agg(json_build_array(r.rolname, r.rolsuper, r.rolcreatedb, r.rolcreaterole,
    r.rolreplication, r.rolbypassrls, r.rolcanlogin, r.rolinherit, r.rolconnlimit, coalesce(d.description, ''), {digest}, {verifier}))
  FROM {role_catalog} r
  LEFT JOIN LATERAL (SELECT * FROM pg_shdescription WHERE classoid = 'pg_authid'::regclass AND objoid = r.oid OFFSET 0) d ON true
  WHERE {roles})sql";

constexpr const char* kDatabases =
    R"sql(SELECT json_agg(json_build_array(b.datname, pg_get_userbyid(b.datdba), b.datallowconn,
    b.datistemplate, b.datconnlimit, coalesce(d.description, ''), b.datdba IN ({superusers}),
    pg_has_role(b.datdba, 'USAGE'), coalesce(b.datacl, acldefault('d', b.datdba)),
    CASE WHEN starts_with(b.datname, 'freehold_spare_') THEN pg_stat_get_db_sessions(b.oid) > 0 ELSE false END))
  FROM pg_database b
  LEFT JOIN LATERAL (SELECT * FROM pg_shdescription WHERE classoid = 'pg_database'::regclass AND objoid = b.oid OFFSET 0) d ON true
  WHERE {databases})sql";

constexpr const char* kMemberships = R"sql(WITH super AS MATERIALIZED ({superusers})
SELECT json_agg(json_build_array(pg_get_userbyid(roleid), pg_get_userbyid(member), pg_get_userbyid(grantor),
    admin_option, {inherit_option}, {set_option}, member IN (SELECT oid FROM super), roleid IN (SELECT oid FROM super)))
  FROM ({memberships}) m)sql";

// Every role sets what it likes for itself, of any name and size: only what is kept is looked at, and no more of it
// than tells that it is wrong.
constexpr const char* kSettings = R"sql(SELECT json_agg(json_build_array(
    CASE WHEN s.setrole = 0 THEN '' ELSE pg_get_userbyid(s.setrole) END, coalesce(b.datname, ''),
    coalesce((SELECT json_agg(left(v, 8000)) FROM unnest(s.setconfig) v
      WHERE v ~ '^(role|search_path|statement_timeout|lo_compat_privileges|row_security)='), '[]')))
  FROM ({settings}) s LEFT JOIN pg_database b ON b.oid = s.setdatabase)sql";

// holding: what each role owns, and who else has rights on it; of what the operator owns, what each has a right on. An
// object has one owner, and no entry is there twice, so that the exclusive or of all tells whether anything changed.
constexpr const char* kHoldings = R"sql(WITH
me AS MATERIALIZED (SELECT oid FROM {role_catalog} WHERE rolname = current_user),
lord AS MATERIALIZED ({lords}),
entry AS {rights},
own AS MATERIALIZED (SELECT dbid, classid, objid, refobjid, {own_digest} AS digest
  FROM entry WHERE deptype = 'o' AND refobjid <> (SELECT oid FROM me)),
holding AS (
  SELECT dbid, holder, bit_xor(digest) AS digest, array_agg(stranger) FILTER (WHERE stranger IS NOT NULL) AS strangers FROM (
    SELECT dbid, refobjid AS holder, digest, NULL::oid AS stranger FROM own UNION ALL
    SELECT e.dbid, coalesce(o.refobjid, e.refobjid), {entry_digest},
      CASE WHEN e.refobjid <> o.refobjid AND e.classid <> 'pg_default_acl'::regclass
        AND e.refobjid NOT IN (SELECT oid FROM lord) THEN e.refobjid END
    FROM entry e LEFT JOIN own o USING (dbid, classid, objid)
    WHERE NOT (e.deptype = 'o' AND e.refobjid <> (SELECT oid FROM me))) entries
  GROUP BY 1, 2)
SELECT json_agg(json_build_array(b.datname, pg_get_userbyid(h.holder), h.digest::text,
    CASE WHEN h.strangers IS NOT NULL THEN (SELECT json_agg(DISTINCT pg_get_userbyid(s)::text) FROM unnest(h.strangers) s) END))
  FROM holding h JOIN pg_database b ON b.oid = h.dbid)sql";

// strong: who may log in and reaches all that is in a database, and by which role.
constexpr const char* kReachers = R"sql(WITH {feed_roles},
strong AS MATERIALIZED (
  WITH RECURSIVE reach(oid, through, via) AS (
    SELECT * FROM (SELECT oid, rolname, oid FROM {role_catalog} WHERE oid IN ({replicating})
      UNION SELECT oid, rolname, oid FROM {role_catalog} WHERE rolname IN ('pg_read_all_data', 'pg_write_all_data',
        'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_maintain')) s(oid, rolname, via)
    UNION SELECT m.member, r.through, m.roleid FROM reach r JOIN pg_auth_members m ON m.roleid = r.oid AND {effective})
  SELECT p.oid, p.rolname, r.through, pg_get_userbyid(r.via) AS via FROM reach r,
    LATERAL (SELECT * FROM {role_catalog} WHERE oid = r.oid OFFSET 0) p
  WHERE p.rolcanlogin AND NOT p.rolsuper AND p.rolname <> current_user)
SELECT json_build_object(
'reachers', (SELECT json_agg(json_build_array(s.rolname, s.through, s.via, b.datname))
    FROM strong s JOIN pg_database b ON {databases} AND has_database_privilege(s.oid, b.oid, 'CONNECT')
    WHERE NOT (s.rolname = s.through AND (s.oid, b.oid) IN (SELECT oid, home FROM feed))),
'feeds', (SELECT json_agg(json_build_array(f.rolname, b.datname, f.rolreplication, f.rolsuper, f.rolcreatedb, f.rolcreaterole,
    f.rolbypassrls)) FROM feed f JOIN pg_database b ON b.oid = f.home AND {databases}
    WHERE has_database_privilege(f.oid, b.oid, 'CONNECT')),
'slots', (SELECT json_agg(json_build_array(s.slot_name, b.datname)) FROM pg_get_replication_slots() s
    JOIN pg_database b ON b.oid = s.datoid AND {databases} WHERE s.slot_name ~ '^freehold_')))sql";

constexpr const char* kParameters = R"sql(SELECT json_agg(json_build_array(
    CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type, p.parname))
  FROM pg_parameter_acl p, aclexplode(p.paracl) a
  WHERE {grantees} AND a.grantee NOT IN ({lords}))sql";

// From the server's own machine whoever administers it comes in anyway.
constexpr const char* kTrusted =
    R"sql((SELECT json_agg(json_build_array(line_number, to_json(database), to_json(user_name),
      concat_ws('/', address, netmask))) FROM pg_hba_file_rules WHERE error IS NULL AND auth_method = 'trust' AND type <> 'local'
    AND address !~ '^(127[.]|::1$|localhost$|samehost$)'))sql";

/// What of a row of pg_shdepend can change: eight bytes, by its two numbers and the rest as a seed.
std::string DigestOf(const std::string& entry) {
  return Fill(
      "hashint8extended({e}objid::bigint << 32 | {e}refobjid::bigint, "
      "({e}classid::bigint << 20 | {e}objsubid) << 8 | ascii({e}deptype::text))",
      {{"e", entry}});
}

/// What RanksQuestion found, as long as the transaction lasts.
std::string Remembered(const std::string& rank) {
  return "SELECT unnest(current_setting('freehold." + rank + "')::oid[]) AS oid";
}

}  // namespace

Question RanksQuestion() { return {"", kRanks, ""}; }

Questions SharedQuestions(const Dialect& dialect) {
  return {{"server", Fill(kServer, {{"trusted", dialect.insights.access_file ? kTrusted : "NULL"}})},
          {"databases", kDatabases},
          {"roles", kRoles},
          {"memberships", kMemberships},
          {"settings", kSettings},
          {"holdings", Fill(kHoldings, {{"own_digest", DigestOf("")}, {"entry_digest", DigestOf("e.")}})},
          {"reach", Fill(kReachers, {{"feed_roles", kFeedRoles}})},
          {"parameters", dialect.major >= 15 ? kParameters : "SELECT NULL"}};
}

std::string InDialect(const std::string& text, const Dialect& dialect) {
  const bool options = dialect.major >= 16;
  const bool verifiers = dialect.insights.verifiers;
  const std::string catalog = verifiers ? "pg_authid" : "pg_roles";
  return Fill(text, {{"role_catalog", catalog},
                     {"superusers", Remembered("superusers")},
                     {"lords", Remembered("lords")},
                     {"replicating", Remembered("replicating")},
                     {"feeding_roles", Remembered("feeding")},
                     {"inherit_option", options ? "inherit_option" : "true"},
                     {"set_option", options ? "set_option" : "true"},
                     {"subscribes", options ? "pg_has_role('pg_create_subscription', 'USAGE')" : "false"},
                     {"effective", options ? "(m.inherit_option OR m.set_option)" : "true"},
                     {"on_disk", kIsOnDisk},
                     {"conninfo_digest", ConninfoDigest(dialect.insights)},
                     {"authorities",
                      verifiers ? "(SELECT json_agg(f) FROM pg_ls_dir('.') f WHERE f ~ '^freehold_ca_')" : "NULL"},
                     {"digest", verifiers ? "coalesce(hashtextextended(r.rolpassword, 0)::text, '')" : "''"}});
}

}  // namespace freehold::engines::postgres
