#include "reconcilers/engines/postgres/warehouse_look.h"

#include "operator/base/json.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/subscription.h"
#include "reconcilers/engines/views.h"

namespace freehold::engines::postgres {
namespace {

using base::Json;

constexpr int kCountsErrors = 15;

constexpr const char* kLook = R"sql(WITH
here AS MATERIALIZED (SELECT oid FROM pg_database WHERE datname = current_database()),
readers AS MATERIALIZED (SELECT oid FROM pg_roles WHERE rolname = $1),
space AS MATERIALIZED (SELECT oid, nspname FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')),
feed AS MATERIALIZED (SELECT oid, subname, subenabled, {conninfo_digest} AS digest FROM pg_subscription s
  WHERE subdbid = (SELECT oid FROM here) AND subname ~ '^freehold__')
SELECT json_build_object(
'comment', (SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM here),
'schemas', (SELECT json_object_agg(n.nspname, json_build_array(coalesce(obj_description(n.oid, 'pg_namespace'), ''),
    (SELECT has_schema_privilege(oid, n.oid, 'USAGE') FROM readers),
    (SELECT json_object_agg(c.relname, json_build_array(
        (SELECT json_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
        (SELECT json_agg(a.attname ORDER BY k.n) FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n),
          pg_attribute a WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.attnum),
        (SELECT has_table_privilege(oid, c.oid, 'SELECT') FROM readers),
        coalesce(obj_description(c.oid, 'pg_class'), ''),
        (SELECT conname FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')))
      FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'r'))) FROM space n),
'feeds', (SELECT json_object_agg(substr(s.subname, 10), json_build_array(s.subenabled,
    s.digest,
    EXISTS (SELECT FROM pg_stat_subscription w WHERE w.subid = s.oid AND w.pid IS NOT NULL AND w.relid IS NULL),
    (SELECT json_object_agg(n.nspname || '.' || c.relname, r.srsubstate = 'r') FROM pg_subscription_rel r
      JOIN pg_class c ON c.oid = r.srrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.srsubid = s.oid),
    {errors}, coalesce(substring(obj_description(s.oid, 'pg_subscription') FROM {noted}), ''))) FROM feed s),
'group', EXISTS (SELECT FROM readers),
'views', EXISTS (SELECT FROM pg_roles WHERE rolname = $2 AND shobj_description(oid, 'pg_authid') LIKE 'freehold: %'),
'logins', (SELECT json_object_agg(r.rolname, json_build_array(r.rolcanlogin, {verifier},
    (SELECT array_to_string(d.setconfig, chr(10)) FROM pg_db_role_setting d WHERE d.setrole = r.oid AND d.setdatabase = 0)))
    FROM readers g JOIN pg_auth_members m ON m.roleid = g.oid JOIN {role_catalog} r ON r.oid = m.member AND NOT r.rolsuper
      AND r.rolname <> current_user AND r.rolname <> $2),
'superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
'authorities', {authorities})::text)sql";

WarehouseSeen Parse(const Json& look) {
  WarehouseSeen seen{.exists = true, .comment = look.at("comment").get<std::string>()};
  seen.by_superuser = look.at("superuser").get<bool>();
  if (!look.at("schemas").is_null()) {
    for (const auto& [name, row] : look.at("schemas").items()) {
      auto& schema = seen.schemas[name];
      const auto comment = row.at(0).get<std::string>();
      if (comment.starts_with(kReportsOf)) schema.source = comment.substr(std::string(kReportsOf).size());
      schema.readable = !row.at(1).is_null() && row.at(1).get<bool>();
      if (row.at(2).is_null()) continue;
      for (const auto& [table, of] : row.at(2).items()) {
        auto& landed = schema.tables[table];
        if (!of.at(0).is_null()) landed.columns = of.at(0).get<std::map<std::string, std::string>>();
        if (!of.at(1).is_null()) landed.key = of.at(1).get<std::vector<std::string>>();
        landed.readable = !of.at(2).is_null() && of.at(2).get<bool>();
        if (!of.at(4).is_null()) landed.key_name = of.at(4).get<std::string>();
        auto note = of.at(3).get<std::string>();
        landed.anew = note.ends_with(kAnew);
        if (landed.anew) note.resize(note.size() - std::string_view(kAnew).size());
        if (note.starts_with(kReported)) landed.deletes = note.substr(std::string(kReported).size());
      }
    }
  }
  if (!look.at("feeds").is_null()) {
    for (const auto& [name, row] : look.at("feeds").items()) {
      auto& landing = seen.landings[name];
      landing.enabled = row.at(0).get<bool>();
      landing.digest = row.at(1).get<std::string>();
      landing.running = row.at(2).get<bool>();
      if (!row.at(3).is_null()) landing.tables = row.at(3).get<std::map<std::string, bool>>();
      landing.errors = row.at(4).is_null() ? 0 : row.at(4).get<int>();
      landing.slot = row.at(5).get<std::string>();
    }
  }
  seen.group = look.at("group").get<bool>();
  seen.views = look.at("views").get<bool>();
  if (!look.at("logins").is_null()) {
    for (const auto& [name, row] : look.at("logins").items()) {
      auto& login = seen.logins[name];
      login.exists = true;
      login.can_login = row.at(0).get<bool>();
      if (!row.at(1).is_null()) login.verifier = row.at(1).get<std::string>();
      seen.settings[name] = row.at(2).is_null() ? "" : row.at(2).get<std::string>();
    }
  }
  if (!look.at("authorities").is_null()) seen.authorities = look.at("authorities").get<std::vector<std::string>>();
  return seen;
}

}  // namespace

std::string ReadersOf(const std::string& database) { return database + "_readers"; }

Result<WarehouseSeen> LookAtWarehouse(Connection& connection, const std::string& database, const Insights& insights) {
  const auto text =
      Fill(kLook,
           {{"noted", kSlotNoted},
            {"conninfo_digest", ConninfoDigest(insights)},
            {"verifier", insights.verifiers ? "r.rolpassword" : "NULL"},
            {"role_catalog", insights.verifiers ? "pg_authid" : "pg_roles"},
            {"authorities",
             insights.verifiers ? "(SELECT json_agg(f) FROM pg_ls_dir('.') f WHERE f ~ '^freehold_ca_')" : "NULL"},
            {"errors",
             connection.major() >= kCountsErrors
                 ? "(SELECT least(e.apply_error_count + e.sync_error_count, 1000000) FROM pg_stat_subscription_stats e "
                   "WHERE e.subid = s.oid)"
                 : "NULL"}});
  const auto answer = connection.Ask({text, {ReadersOf(database), ViewsRoleOf(database)}});
  if (!answer) return std::unexpected(answer.error());
  const auto look = base::ParseJson(*answer);
  if (!look) return std::unexpected(look.error());
  return Parse(*look);
}

}  // namespace freehold::engines::postgres
