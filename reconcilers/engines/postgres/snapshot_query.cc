#include "reconcilers/engines/postgres/snapshot_query.h"

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/grant_guard.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/subscription.h"
#include "reconcilers/engines/postgres/visit_query.h"
#include "reconcilers/engines/reporting.h"

namespace freehold::engines::postgres {
namespace {

// Tells the types of all parameters, whichever of them the rest of the text uses.
constexpr const char* kAsked =
    "asked AS (SELECT $1::name, $2::name, $3::name, $4::name, $5::name, $6::name, $7::name, $8::name, $9::name, "
    "$10::name, $11::name, $12::name, $13::name), ";

// {roles}, {databases}, {memberships}, {settings}, {rights}, {grantees}: which rows. A LATERAL … OFFSET 0 is looked up
// by its index, whatever the planner believes of catalogs that were filled a moment ago and never analyzed.
// holding: what each role owns, and who else has rights on it; of what the operator owns, what each has a right on. An
// object has one owner, and no entry is there twice, so that the exclusive or of all tells whether anything changed.
// feed: the roles that stores' channels and ways to the warehouse have, each with the database that it is there for.
constexpr const char* kShared = R"sql(
me AS MATERIALIZED (SELECT oid FROM pg_roles WHERE rolname = current_user),
super AS MATERIALIZED (SELECT oid FROM pg_roles WHERE rolsuper),
lord AS MATERIALIZED (SELECT oid FROM super UNION SELECT oid FROM me),
role AS MATERIALIZED (
  SELECT r.oid, r.rolname, json_build_array(r.rolname, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolreplication,
    r.rolbypassrls, r.rolcanlogin, r.rolinherit, r.rolconnlimit, coalesce(d.description, ''), {digest}, {verifier}) AS row
  FROM {role_catalog} r
  LEFT JOIN LATERAL (SELECT * FROM pg_shdescription WHERE classoid = 'pg_authid'::regclass AND objoid = r.oid OFFSET 0) d ON true
  WHERE {roles}),
base AS MATERIALIZED (
  SELECT b.*, d.description FROM pg_database b
  LEFT JOIN LATERAL (SELECT * FROM pg_shdescription WHERE classoid = 'pg_database'::regclass AND objoid = b.oid OFFSET 0) d ON true
  WHERE {databases}),
member AS MATERIALIZED ({memberships}),
strong AS MATERIALIZED (
  WITH RECURSIVE reach(oid, through, via) AS (
    SELECT oid, rolname, oid FROM pg_roles WHERE (rolreplication AND NOT rolsuper) OR rolname IN ('pg_read_all_data',
      'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_maintain')
    UNION SELECT m.member, r.through, m.roleid FROM reach r JOIN pg_auth_members m ON m.roleid = r.oid AND {effective})
  SELECT p.oid, p.rolname, r.through, pg_get_userbyid(r.via) AS via FROM reach r,
    LATERAL (SELECT * FROM pg_roles WHERE oid = r.oid OFFSET 0) p
  WHERE p.rolcanlogin AND NOT p.rolsuper AND p.oid <> (SELECT oid FROM me)),
commons AS MATERIALIZED (SELECT oid FROM base WHERE description = 'freehold: shared by services'),
feed AS MATERIALIZED (
  SELECT c.*, coalesce(d.oid, commons.oid, 0) AS home
  FROM pg_roles c JOIN pg_roles o ON o.rolname = regexp_replace(c.rolname, '_cdc(_[12])?$', '_owner')
    LEFT JOIN pg_database d ON d.datname = regexp_replace(c.rolname, '_cdc(_[12])?$', '') LEFT JOIN commons ON d.oid IS NULL
  WHERE c.rolname ~ '_cdc(_[12])?$' AND {feeds} AND shobj_description(c.oid, 'pg_authid') LIKE 'freehold: owned by %'
    AND shobj_description(c.oid, 'pg_authid') = shobj_description(o.oid, 'pg_authid')),
reacher AS (
  SELECT s.rolname, s.through, s.via, b.datname FROM strong s JOIN base b ON has_database_privilege(s.oid, b.oid, 'CONNECT')
  WHERE NOT (s.rolname = s.through AND (s.oid, b.oid) IN (SELECT oid, home FROM feed))),
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
)sql";

constexpr const char* kSharedDocument = R"sql(json_build_object(
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
    rolinherit, rolconnlimit, '', '', NULL) FROM pg_roles WHERE rolname = current_user),
'databases', (SELECT json_agg(json_build_array(datname, pg_get_userbyid(datdba), datallowconn, datistemplate, datconnlimit,
    coalesce(description, ''), datdba IN (SELECT oid FROM super),
    pg_has_role(datdba, 'USAGE'),
    coalesce(datacl, acldefault('d', datdba))))
    FROM base),
'roles', (SELECT json_agg(row) FROM role),
'memberships', (SELECT json_agg(json_build_array(pg_get_userbyid(roleid), pg_get_userbyid(member), pg_get_userbyid(grantor),
    admin_option, {inherit_option}, {set_option}, member IN (SELECT oid FROM super), roleid IN (SELECT oid FROM super))) FROM member),
'settings', (SELECT json_agg(json_build_array(coalesce(r.rolname, ''), coalesce(b.datname, ''), to_json(s.setconfig)))
    FROM ({settings}) s LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database b ON b.oid = s.setdatabase),
'holdings', (SELECT json_agg(json_build_array(b.datname, pg_get_userbyid(h.holder), h.digest::text,
    CASE WHEN h.strangers IS NOT NULL THEN (SELECT json_agg(DISTINCT pg_get_userbyid(s)::text) FROM unnest(h.strangers) s) END))
    FROM holding h JOIN pg_database b ON b.oid = h.dbid),
'reachers', (SELECT json_agg(json_build_array(rolname, through, via, datname)) FROM reacher),
'parameters', {parameters},
'trusted', {trusted},
'feeds', (SELECT json_agg(json_build_array(f.rolname, b.datname, f.rolreplication, f.rolsuper, f.rolcreatedb, f.rolcreaterole,
    f.rolbypassrls)) FROM feed f JOIN base b ON b.oid = f.home WHERE has_database_privilege(f.oid, b.oid, 'CONNECT')),
'feed_slots', (SELECT json_agg(json_build_array(slot_name, database)) FROM pg_replication_slots
    WHERE slot_name ~ '^freehold_' AND database IN (SELECT datname FROM base)))
)sql";

// Every store of the server: its roles carry a marker or at least a name of that form.
constexpr const char* kAllRoles = R"sql(r.rolname !~ '^pg_' AND (r.rolname ~ '_(owner|a|b)$' OR r.rolname ~ '^freehold_'
    OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls
    OR d.description LIKE 'freehold: %'))sql";
constexpr const char* kAllSettings = R"sql(SELECT * FROM pg_db_role_setting
  WHERE setrole IN (SELECT oid FROM role) OR (setrole = 0 AND setdatabase <> 0))sql";
constexpr const char* kSettingsOfRoles = R"sql(SELECT s.* FROM role o JOIN pg_db_role_setting s
  ON s.setrole = o.oid AND s.setdatabase = ANY (ARRAY[0, (SELECT oid FROM base)]::oid[]))sql";
constexpr const char* kSettingsOfDatabase = R"sql( UNION ALL SELECT * FROM pg_db_role_setting
  WHERE setrole = 0 AND setdatabase = (SELECT oid FROM base))sql";
constexpr const char* kParameters = R"sql((
    SELECT json_agg(json_build_array(CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type,
      p.parname)) FROM pg_parameter_acl p, aclexplode(p.paracl) a
    WHERE {grantees} AND a.grantee NOT IN (SELECT oid FROM lord)))sql";
// From the server's own machine whoever administers it comes in anyway.
constexpr const char* kTrusted =
    R"sql((SELECT json_agg(json_build_array(line_number, to_json(database), to_json(user_name),
      concat_ws('/', address, netmask))) FROM pg_hba_file_rules WHERE error IS NULL AND auth_method = 'trust' AND type <> 'local'
    AND address !~ '^(127[.]|::1$|localhost$|samehost$)'))sql";
constexpr const char* kMembershipsOfRoles = R"sql(
  WITH anchor AS (SELECT oid FROM role UNION SELECT oid FROM pg_roles WHERE rolname = ANY ({replicators}))
  SELECT * FROM (
  WITH RECURSIVE upward AS (
    SELECT m.* FROM anchor r, LATERAL (SELECT * FROM pg_auth_members WHERE roleid = r.oid OFFSET 0) m
    UNION SELECT m.* FROM upward u, LATERAL (SELECT m.* FROM pg_auth_members m, pg_roles p
      WHERE m.roleid = u.member AND p.oid = u.member AND NOT p.rolsuper OFFSET 0) m)
  SELECT * FROM upward) u UNION (
  WITH RECURSIVE belongs AS (
    SELECT m.* FROM anchor r, LATERAL (SELECT * FROM pg_auth_members WHERE member = r.oid OFFSET 0) m
    UNION SELECT m.* FROM belongs b, LATERAL (SELECT * FROM pg_auth_members WHERE member = b.roleid OFFSET 0) m)
  SELECT * FROM belongs))sql";
constexpr const char* kAllRights =
    "NOT MATERIALIZED (SELECT * FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND dbid <> 0)";

constexpr const char* kOneDatabase = R"sql((SELECT * FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass
  AND dbid = (SELECT oid FROM base WHERE datname = {database})))sql";
// All entries of the objects that have one which names a role of the store.
constexpr const char* kOneHolder = R"sql((SELECT e.* FROM (
    SELECT DISTINCT s.dbid, s.classid, s.objid FROM role r,
      LATERAL (SELECT * FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid OFFSET 0) s
    WHERE s.dbid = (SELECT oid FROM base WHERE datname = {database})) o,
  LATERAL (SELECT * FROM pg_shdepend WHERE dbid = o.dbid AND classid = o.classid AND objid = o.objid OFFSET 0) e
  WHERE e.refclassid = 'pg_authid'::regclass))sql";

// mentioned: the roles of others that have something of the store.  crowd: and whoever may act as one of them.
constexpr const char* kActors = R"sql(,
mentioned AS (SELECT member AS oid FROM member {by_database} {by_visit}),
crowd AS (
  WITH RECURSIVE crowd(oid) AS (
    SELECT oid FROM mentioned WHERE oid NOT IN (SELECT oid FROM role) AND oid <> (SELECT oid FROM me)
    UNION SELECT m.member FROM crowd c JOIN pg_auth_members m ON m.roleid = c.oid)
  SELECT p.oid, p.rolname, p.rolcanlogin, p.rolinherit FROM crowd c JOIN pg_roles p ON p.oid = c.oid
  WHERE NOT p.rolsuper AND p.oid NOT IN (SELECT oid FROM role) AND p.oid <> (SELECT oid FROM me))
)sql";
constexpr const char* kOfDatabase = R"sql(UNION SELECT datdba FROM base
  UNION SELECT a.grantee FROM base, aclexplode(coalesce(datacl, acldefault('d', datdba))) a)sql";

constexpr const char* kStoreDocument = R"sql(
'actors', (SELECT json_agg(json_build_array(rolname, rolcanlogin, rolinherit,
    has_database_privilege(c.oid, (SELECT oid FROM base), 'CONNECT'), {usable_schemas})) FROM crowd c),
'bonds', (SELECT json_agg(json_build_array(pg_get_userbyid(roleid), pg_get_userbyid(member), pg_get_userbyid(grantor),
    admin_option, {inherit_option}, {set_option}, false, false)) FROM crowd c JOIN pg_auth_members m ON m.roleid = c.oid),
'slots', (SELECT json_agg(json_build_array(slot_name, coalesce(a.usename, '')) ORDER BY slot_name)
    FROM pg_replication_slots s LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid
    WHERE s.database = {database} AND s.slot_name !~ '^freehold_' AND NOT {copies}),
'elsewhere', (SELECT json_agg(DISTINCT b.datname) FROM role r,
    LATERAL (SELECT * FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid OFFSET 0) s
    JOIN pg_database b ON b.oid = s.dbid WHERE b.datname <> {database}),
'sessions', (SELECT json_object_agg(usename, sessions) FROM (
    SELECT usename, count(*) AS sessions FROM pg_stat_activity
    WHERE coalesce(backend_type, 'client backend') IN ('client backend', 'walsender') AND pid <> pg_backend_pid()
      AND (usesysid, datid) NOT IN (SELECT oid, home FROM feed)
      AND ({sessions})
      AND NOT (SELECT rolsuper FROM pg_roles r WHERE r.oid = usesysid)
    GROUP BY usename) a)
)sql";

// What PostgreSQL makes for as long as a table is copied to a warehouse.
constexpr const char* kCopies =
    R"sql((s.slot_name ~ '^pg_[0-9]+_sync_[0-9]+_[0-9]+$' AND coalesce(a.usename ~ '_cdc$', true)
      AND EXISTS (SELECT FROM pg_replication_slots f WHERE f.database = s.database AND f.slot_name ~ '^freehold__')))sql";

/// What of a row of pg_shdepend can change: eight bytes, by its two numbers and the rest as a seed.
std::string DigestOf(const std::string& entry) {
  return Fill(
      "hashint8extended({e}objid::bigint << 32 | {e}refobjid::bigint, "
      "({e}classid::bigint << 20 | {e}objsubid) << 8 | ascii({e}deptype::text))",
      {{"e", entry}});
}

std::string WithDialect(const std::string& text, const Dialect& dialect) {
  const bool options = dialect.major >= 16;
  return Fill(
      text,
      {{"own_digest", DigestOf("")},
       {"entry_digest", DigestOf("e.")},
       {"inherit_option", options ? "inherit_option" : "true"},
       {"set_option", options ? "set_option" : "true"},
       {"subscribes", options ? "pg_has_role('pg_create_subscription', 'USAGE')" : "false"},
       {"effective", options ? "(m.inherit_option OR m.set_option)" : "true"},
       {"parameters", dialect.major >= 15 ? kParameters : "NULL"},
       {"conninfo_digest", ConninfoDigest(dialect.insights)},
       {"authorities",
        dialect.insights.verifiers ? "(SELECT json_agg(f) FROM pg_ls_dir('.') f WHERE f ~ '^freehold_ca_')" : "NULL"},
       {"trusted", dialect.insights.access_file ? kTrusted : "NULL"},
       {"role_catalog", dialect.insights.verifiers ? "pg_authid" : "pg_roles"},
       {"digest", dialect.insights.verifiers ? "coalesce(hashtextextended(r.rolpassword, 0)::text, '')" : "''"}});
}

}  // namespace

std::string ServerQuery(const Dialect& dialect, const std::string& shared_database) {
  const auto text = std::string("WITH ") + kShared + "SELECT json_build_object('shared', " + kSharedDocument +
                    ", 'visited', current_database() = {shared}, 'schemas', " + SchemasDocument() +
                    ", 'grant_guard', " + GrantGuardDocument() + ")";
  return Fill(WithDialect(text, dialect), {{"verifier", "NULL"},
                                           {"grantees", "true"},
                                           {"roles", kAllRoles},
                                           {"databases", "true"},
                                           {"feeds", "true"},
                                           {"memberships", "SELECT * FROM pg_auth_members"},
                                           {"settings", kAllSettings},
                                           {"rights", kAllRights},
                                           {"shared", QuoteValue(shared_database)}});
}

Query StoreQuery(const Dialect& dialect, const Layout& layout, bool visit) {
  const bool own = HasOwnDatabase(layout);
  auto text = std::string("WITH ") + kAsked + kShared + (visit ? ", " + VisitTables(layout) : "") + kActors +
              "SELECT json_build_object('shared', " + kSharedDocument + ", " + kStoreDocument +
              (visit ? ", 'local', " + VisitDocument(dialect.major, layout) : "") + ")";
  text = Fill(WithDialect(text, dialect), {{"rights", own ? kOneDatabase : kOneHolder},
                                           {"verifier", dialect.insights.verifiers ? "r.rolpassword" : "NULL"},
                                           {"roles", "r.rolname IN ({us})"},
                                           {"databases", "b.datname = {database}"},
                                           {"grantees", "a.grantee IN (SELECT oid FROM role)"},
                                           {"copies", kCopies},
                                           {"feeds", own ? "c.rolname = ANY ({replicators})" : "true"},
                                           {"memberships", kMembershipsOfRoles},
                                           {"by_database", own ? kOfDatabase : ""},
                                           {"by_visit", visit ? VisitedRoles(layout) : ""},
                                           {"usable_schemas", visit ? UsableSchemas() : "NULL"},
                                           {"settings", kSettingsOfRoles + std::string(own ? kSettingsOfDatabase : "")},
                                           {"sessions", own ? "datname = {database}" : "usename IN ({us})"}});
  text = Fill(text, {{"replicators", "ARRAY[{cdc}, {cdc} || '_1', {cdc} || '_2']::name[]"}});
  text = Fill(text, {{"owner", "$1"},
                     {"us", "$1, $2, $3"},
                     {"database", "$4"},
                     {"schema", "$5"},
                     {"outbox", "$6"},
                     {"inbox", "$7"},
                     {"inbox_table", "$8"},
                     {"channels", "$9"},
                     {"cdc", "$10"},
                     {"projections", "$11"},
                     {"projections_end", "$12"},
                     {"report", "$13"}});
  return {std::move(text),
          {layout.owner, layout.logins[0], layout.logins[1], layout.database, layout.schema, OutboxTable(layout),
           InboxView(layout), InboxTable(layout), ChannelsOf(layout), CdcRoleOf(layout), ProjectionPrefix(layout),
           ProjectionPrefixEnd(layout), ReportName(FeedOf(layout))}};
}

}  // namespace freehold::engines::postgres
