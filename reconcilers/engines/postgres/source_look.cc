#include "reconcilers/engines/postgres/source_look.h"

#include "operator/base/json.h"
#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/warehouse_look.h"

namespace freehold::engines::postgres {
namespace {

using base::Json;

constexpr int kKnowsColumnLists = 15;

// Types that only this database has are text in the warehouse; so are those that name something in it.
constexpr const char* kLook = R"sql(WITH
wanted AS MATERIALIZED (
  SELECT c.* FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
  WHERE n.nspname = $2::name AND c.relname = ANY ($1::name[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))
SELECT json_build_object(
'tables', (SELECT json_object_agg(c.relname, json_build_array(
    CASE WHEN pg_get_userbyid(c.relowner) <> $3::name THEN 'it belongs to role ' || pg_get_userbyid(c.relowner)
      WHEN c.relkind NOT IN ('r', 'p') THEN 'it is no table'
      WHEN c.relpersistence <> 'p' THEN 'it is an unlogged table'
      WHEN c.relrowsecurity THEN 'it has row level security, whose policies would run as the role that copies it' ELSE '' END,
    (SELECT json_agg(json_build_array(a.attname, CASE
        WHEN t.typtype = 'd' AND b.typnamespace = 'pg_catalog'::regnamespace THEN format_type(t.typbasetype, t.typtypmod)
        WHEN t.typnamespace <> 'pg_catalog'::regnamespace OR t.typtype NOT IN ('b', 'r', 'm') OR t.typname ~ '^_?reg' THEN 'text'
        ELSE format_type(a.atttypid, a.atttypmod) END, a.attnotnull OR a.atthasdef,
        CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN format_type(t.typbasetype, NULL)
          ELSE format_type(a.atttypid, NULL) END) ORDER BY a.attnum)
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
    (SELECT json_agg(a.attname ORDER BY k.n) FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n),
        pg_attribute a WHERE i.indrelid = c.oid AND a.attrelid = c.oid AND a.attnum = k.attnum AND k.n <= i.indnkeyatts
        AND i.indisvalid AND i.indimmediate
        AND (c.relreplident = 'd' AND i.indisprimary OR c.relreplident = 'i' AND i.indisreplident)),
    c.relreplident = 'f', (SELECT json_agg(a.attname) FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> ''))) FROM wanted c),
'published', (SELECT json_object_agg(c.relname, {listed}) FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid
    JOIN wanted c ON c.oid = r.prrelid WHERE p.pubname = ANY (ARRAY[$4::text, $4::text || '_k', $4::text || '_i']::name[])),
'ready', (SELECT count(*) = 3 FROM pg_publication p WHERE p.pubname = ANY (ARRAY[$4::text, $4::text || '_k', $4::text || '_i']::name[])),
'slot', (SELECT json_build_array(s.wal_status IS NOT DISTINCT FROM 'lost', s.active,
    pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::bigint,
    (SELECT coalesce(substring(obj_description(p.oid, 'pg_publication') FROM {noted}), '') FROM pg_publication p
      WHERE p.pubname = $4::text), pg_wal_lsn_diff(s.confirmed_flush_lsn, '0/0')::bigint,
    pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint) FROM pg_replication_slots s WHERE s.slot_name = $4::text),
'tool', (SELECT json_object_agg(r.rolname, json_build_array(r.rolcanlogin, {verifier})) FROM {role_catalog} r
    WHERE r.rolname = ANY ($5::name[])),
'superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user))::text)sql";

constexpr const char* kListed = R"sql((SELECT json_agg(a.attname ORDER BY a.attname) FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs::int2[])))sql";

std::vector<std::string> Texts(const Json& list) {
  return list.is_null() ? std::vector<std::string>{} : list.get<std::vector<std::string>>();
}

LoginSeen ToLogin(const Json& row) {
  LoginSeen login{.exists = true, .can_login = row.at(0).get<bool>(), .verifier = {}};
  if (!row.at(1).is_null()) login.verifier = row.at(1).get<std::string>();
  return login;
}

SourceTable ToTable(const Json& row) {
  SourceTable table{.unfit = row.at(0).get<std::string>(),
                    .columns = {},
                    .identity = Texts(row.at(2)),
                    .whole_identity = row.at(3).get<bool>(),
                    .generated = Texts(row.at(4))};
  if (row.at(1).is_null()) return table;
  for (const auto& column : row.at(1)) {
    table.columns.push_back({column.at(0).get<std::string>(), column.at(1).get<std::string>(), column.at(2).get<bool>(),
                             column.at(3).get<std::string>()});
  }
  return table;
}

}  // namespace

Result<SourceSeen> LookAtSource(Connection& connection, const Layout& layout, const std::vector<std::string>& tables,
                                bool verifiers) {
  const bool lists = connection.major() >= kKnowsColumnLists;
  const auto logins = ToolLoginsOf(layout);
  const auto answer = connection.Ask({Fill(kLook, {{"listed", lists ? kListed : "NULL"},
                                                   {"noted", kSlotNoted},
                                                   {"verifier", verifiers ? "r.rolpassword" : "NULL"},
                                                   {"role_catalog", verifiers ? "pg_authid" : "pg_roles"}}),
                                      {QuoteArray(tables), layout.schema, layout.owner, ReportName(FeedOf(layout)),
                                       QuoteArray({logins[0], logins[1]})}});
  if (!answer) return std::unexpected(answer.error());
  const auto look = base::ParseJson(*answer);
  if (!look) return std::unexpected(look.error());
  SourceSeen seen;
  seen.lists_columns = lists;
  seen.yields = look->at("superuser").get<bool>();
  if (const auto& rows = look->at("tables"); !rows.is_null()) {
    for (const auto& [name, row] : rows.items()) seen.tables[name] = ToTable(row);
  }
  if (const auto& rows = look->at("published"); !rows.is_null()) {
    for (const auto& [name, columns] : rows.items()) seen.published[name] = Texts(columns);
  }
  if (const auto& rows = look->at("tool"); !rows.is_null()) {
    for (std::size_t i = 0; i < logins.size(); ++i) {
      if (const auto row = rows.find(logins[i]); row != rows.end()) seen.tool[i] = ToLogin(*row);
    }
  }
  const auto& slot = look->at("slot");
  if (slot.is_null()) return seen;
  seen.lost = slot.at(0).get<bool>();
  seen.active = slot.at(1).get<bool>();
  seen.retained = slot.at(2).is_null() ? 0 : slot.at(2).get<std::int64_t>();
  seen.ready = look->at("ready").get<bool>() && !seen.lost;
  if (!slot.at(3).is_null()) seen.slot = slot.at(3).get<std::string>();
  if (!slot.at(4).is_null()) seen.confirmed = slot.at(4).get<std::int64_t>();
  seen.written = slot.at(5).get<std::int64_t>();
  return seen;
}

}  // namespace freehold::engines::postgres
