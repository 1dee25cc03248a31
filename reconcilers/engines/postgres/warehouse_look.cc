#include "reconcilers/engines/postgres/warehouse_look.h"

#include "operator/base/json.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/subscription.h"
#include "reconcilers/engines/views.h"

namespace freehold::engines::postgres {
namespace {

using base::Json;

constexpr int kCountsErrors = 15;
constexpr const char* kReported = "freehold: reported, deletes ";
constexpr const char* kWithout = ", without ";
constexpr const char* kAnew = ", anew";
// What BeatTableOf begins with.
constexpr const char* kBeats = "freehold__";

constexpr const char* kLook = R"sql(WITH
here AS MATERIALIZED (SELECT oid FROM pg_database WHERE datname = current_database()),
readers AS MATERIALIZED (SELECT oid FROM pg_roles WHERE rolname = $1),
writers AS MATERIALIZED (SELECT oid FROM pg_roles WHERE rolname = $2),
sink AS MATERIALIZED (SELECT r.* FROM writers g JOIN pg_auth_members m ON m.roleid = g.oid
  JOIN {role_catalog} r ON r.oid = m.member AND NOT r.rolsuper AND r.rolname <> current_user),
space AS MATERIALIZED (SELECT oid, nspname FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')),
feed AS MATERIALIZED (SELECT oid, subname, subenabled, {on_disk} AS on_disk, {conninfo_digest} AS digest
  FROM pg_subscription s
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
        (SELECT conname FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'),
        (SELECT json_agg(s.rolname) FROM sink s WHERE has_table_privilege(s.oid, c.oid, 'INSERT'))))
      FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'r'),
    (SELECT json_agg(s.rolname) FROM sink s WHERE has_schema_privilege(s.oid, n.oid, 'USAGE')))) FROM space n),
'feeds', (SELECT json_object_agg(substr(s.subname, 10), json_build_array(s.subenabled,
    s.digest,
    EXISTS (SELECT FROM pg_stat_subscription w WHERE w.subid = s.oid AND w.pid IS NOT NULL AND w.relid IS NULL),
    (SELECT json_object_agg(n.nspname || '.' || c.relname, r.srsubstate = 'r') FROM pg_subscription_rel r
      JOIN pg_class c ON c.oid = r.srrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.srsubid = s.oid),
    {errors}, coalesce(substring(obj_description(s.oid, 'pg_subscription') FROM {noted}), ''), s.on_disk)) FROM feed s),
'group', EXISTS (SELECT FROM readers),
'views', EXISTS (SELECT FROM pg_roles WHERE rolname = $3 AND shobj_description(oid, 'pg_authid') LIKE 'freehold: %'),
'writers', EXISTS (SELECT FROM writers),
'sinks', (SELECT json_object_agg(r.rolname, json_build_array(r.rolcanlogin, {verifier},
    coalesce(shobj_description(r.oid, 'pg_authid') LIKE '%{whole}', false))) FROM sink r),
'logins', (SELECT json_object_agg(r.rolname, json_build_array(r.rolcanlogin, {verifier},
    (SELECT array_to_string(d.setconfig, chr(10)) FROM pg_db_role_setting d WHERE d.setrole = r.oid AND d.setdatabase = 0)))
    FROM readers g JOIN pg_auth_members m ON m.roleid = g.oid JOIN {role_catalog} r ON r.oid = m.member AND NOT r.rolsuper
      AND r.rolname <> current_user AND r.rolname <> $3),
'superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
'authorities', {authorities})::text)sql";

std::vector<std::string> Names(const Json& list) {
  return list.is_null() ? std::vector<std::string>{} : list.get<std::vector<std::string>>();
}

LoginSeen ToLogin(const Json& row) {
  LoginSeen login{.exists = true, .can_login = row.at(0).get<bool>(), .verifier = {}};
  if (!row.at(1).is_null()) login.verifier = row.at(1).get<std::string>();
  return login;
}

/// See CommentOn.
void ReadComment(std::string note, LandedTable& landed) {
  landed.anew = note.ends_with(kAnew);
  if (landed.anew) note.resize(note.size() - std::string_view(kAnew).size());
  const auto without = note.find(kWithout);
  if (without != std::string::npos) {
    const auto columns = base::ParseJson(note.substr(without + std::string_view(kWithout).size()));
    if (columns && columns->is_array()) landed.excluded = columns->get<std::set<std::string>>();
    note.resize(without);
  }
  if (note.starts_with(kReported)) landed.deletes = note.substr(std::string(kReported).size());
}

WarehouseSeen Parse(const Json& look) {
  WarehouseSeen seen{.exists = true, .comment = look.at("comment").get<std::string>()};
  seen.by_superuser = look.at("superuser").get<bool>();
  if (!look.at("schemas").is_null()) {
    for (const auto& [name, row] : look.at("schemas").items()) {
      auto& schema = seen.schemas[name];
      const auto comment = row.at(0).get<std::string>();
      if (comment.starts_with(kReportsOf)) schema.source = comment.substr(std::string(kReportsOf).size());
      schema.readable = !row.at(1).is_null() && row.at(1).get<bool>();
      schema.writers = Names(row.at(3));
      if (row.at(2).is_null()) continue;
      for (const auto& [table, of] : row.at(2).items()) {
        auto& landed = schema.tables[table];
        if (!of.at(0).is_null()) landed.columns = of.at(0).get<std::map<std::string, std::string>>();
        if (!of.at(1).is_null()) landed.key = of.at(1).get<std::vector<std::string>>();
        landed.readable = !of.at(2).is_null() && of.at(2).get<bool>();
        if (!of.at(4).is_null()) landed.key_name = of.at(4).get<std::string>();
        landed.writers = Names(of.at(5));
        ReadComment(of.at(3).get<std::string>(), landed);
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
      landing.on_disk = row.at(6).get<bool>();
    }
  }
  seen.group = look.at("group").get<bool>();
  seen.views = look.at("views").get<bool>();
  seen.writers = look.at("writers").get<bool>();
  if (!look.at("sinks").is_null()) {
    for (const auto& [name, row] : look.at("sinks").items()) {
      seen.sinks[name] = ToLogin(row);
      if (row.at(2).get<bool>()) seen.whole.insert(name);
    }
  }
  if (!look.at("logins").is_null()) {
    for (const auto& [name, row] : look.at("logins").items()) {
      seen.logins[name] = ToLogin(row);
      seen.settings[name] = row.at(2).is_null() ? "" : row.at(2).get<std::string>();
    }
  }
  if (!look.at("authorities").is_null()) seen.authorities = look.at("authorities").get<std::vector<std::string>>();
  return seen;
}

Result<std::map<std::string, Beats>> LookAtBeats(Connection& connection, const WarehouseSeen& seen) {
  std::string rows;
  for (const auto& [name, schema] : seen.schemas) {
    for (const auto& [table, landed] : schema.tables) {
      if (!table.starts_with(kBeats) || !landed.columns.contains("ts_ms")) continue;
      rows += std::string(rows.empty() ? "" : " UNION ALL ") + "SELECT " + QuoteValue(table) +
              " AS feed, \"serverName\" AS source, ts_ms FROM " + QuoteName(name, table);
    }
  }
  std::map<std::string, Beats> beats;
  if (rows.empty()) return beats;
  const auto answer = connection.Ask(
      {"SELECT coalesce(json_agg(json_build_array(feed, source, ts_ms)), '[]')::text FROM (" + rows + ") b", {}});
  if (!answer) return std::unexpected(answer.error());
  const auto look = base::ParseJson(*answer);
  if (!look) return std::unexpected(look.error());
  for (const auto& row : *look) {
    if (!row.at(2).is_null()) beats[row.at(0).get<std::string>()][row.at(1).get<std::string>()] = row.at(2);
  }
  return beats;
}

}  // namespace

std::string CommentOn(const LandingTable& table, bool anew) {
  const auto without = table.excluded.empty() ? std::string() : kWithout + Json(table.excluded).dump();
  return kReported + ToString(table.deletes) + without + (anew ? kAnew : "");
}

std::string ReadersOf(const std::string& database) { return database + "_readers"; }
std::string WritersOf(const std::string& database) { return database + "_writers"; }

Result<WarehouseSeen> LookAtWarehouse(Connection& connection, const std::string& database, const Insights& insights) {
  const auto text =
      Fill(kLook,
           {{"noted", kSlotNoted},
            {"whole", kWhole},
            {"on_disk", kIsOnDisk},
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
  const auto answer = connection.Ask({text, {ReadersOf(database), WritersOf(database), ViewsRoleOf(database)}});
  if (!answer) return std::unexpected(answer.error());
  const auto look = base::ParseJson(*answer);
  if (!look) return std::unexpected(look.error());
  auto seen = Parse(*look);
  if (!seen.writers) return seen;
  auto beats = LookAtBeats(connection, seen);
  if (!beats) return std::unexpected(std::move(beats.error()));
  seen.beats = std::move(*beats);
  return seen;
}

}  // namespace freehold::engines::postgres
