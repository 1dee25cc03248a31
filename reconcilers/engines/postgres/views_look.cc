#include "reconcilers/engines/postgres/views_look.h"

#include "operator/base/json.h"
#include "reconcilers/engines/postgres/warehouse_look.h"

namespace freehold::engines::postgres {
namespace {

constexpr const char* kLook = R"sql(WITH
here AS MATERIALIZED (SELECT oid FROM pg_database WHERE datname = current_database()),
readers AS MATERIALIZED (SELECT oid FROM pg_roles WHERE rolname = $1),
owner AS MATERIALIZED (SELECT oid FROM pg_roles WHERE rolname = $2 AND NOT rolcanlogin
  AND shobj_description(oid, 'pg_authid') LIKE 'freehold: %'),
space AS MATERIALIZED (SELECT oid, nspname, coalesce(obj_description(oid, 'pg_namespace'), '') = $3 AS ours
  FROM pg_namespace WHERE nspname !~ '^pg_'),
view AS MATERIALIZED (SELECT c.oid, n.nspname || '.' || c.relname AS name, greatest(c.reltuples, 0)::bigint AS rows,
    coalesce(substr(obj_description(c.oid, 'pg_class'), length($4) + 1), '') AS digest
  FROM pg_class c JOIN space n ON n.oid = c.relnamespace
  WHERE n.ours AND c.relkind = 'm' AND c.relowner = (SELECT oid FROM owner))
SELECT json_build_object(
'comment', (SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM here),
'readers', EXISTS (SELECT FROM readers),
'role', EXISTS (SELECT FROM owner),
'schemas', (SELECT json_object_agg(nspname, json_build_array(ours,
    coalesce((SELECT has_schema_privilege(o.oid, s.oid, 'CREATE') AND has_schema_privilege(r.oid, s.oid, 'USAGE')
      FROM owner o, readers r), false))) FROM space s),
'views', (SELECT json_object_agg(v.name, json_build_array(v.digest, v.rows,
    EXISTS (SELECT FROM pg_index i WHERE i.indrelid = v.oid AND i.indisunique AND i.indisvalid
      AND i.indpred IS NULL AND i.indexprs IS NULL),
    (SELECT json_agg(DISTINCT w.name) FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass
      AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass JOIN view w ON w.oid = d.refobjid AND w.oid <> v.oid
      WHERE r.ev_class = v.oid))) FROM view v))::text)sql";

}  // namespace

Result<ViewsSeen> LookAtViews(Connection& connection, const std::string& database) {
  const auto answer = connection.Ask({kLook, {ReadersOf(database), ViewsRoleOf(database), kHoldsViews, kViewOf}});
  if (!answer) return std::unexpected(answer.error());
  const auto look = base::ParseJson(*answer);
  if (!look) return std::unexpected(look.error());
  ViewsSeen seen{.exists = true,
                 .comment = look->at("comment").get<std::string>(),
                 .readers = look->at("readers").get<bool>(),
                 .role = look->at("role").get<bool>()};
  for (const auto& [name, row] : look->at("schemas").items()) {
    seen.schemas[name] = {.ours = row.at(0).get<bool>(), .open = row.at(1).get<bool>()};
  }
  if (look->at("views").is_null()) return seen;
  for (const auto& [name, row] : look->at("views").items()) {
    auto& view = seen.views[name];
    view.digest = row.at(0).get<std::string>();
    view.rows = row.at(1).get<std::int64_t>();
    view.unique = row.at(2).get<bool>();
    if (!row.at(3).is_null()) view.reads = row.at(3).get<std::set<std::string>>();
  }
  return seen;
}

}  // namespace freehold::engines::postgres
