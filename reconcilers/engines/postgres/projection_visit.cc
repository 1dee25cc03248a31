#include "reconcilers/engines/postgres/projection_visit.h"

#include "reconcilers/engines/postgres/projection_sql.h"

namespace freehold::engines::postgres {
namespace {

using base::JsonView;

// The failed events are in a table that need not be there, so they are read by a query in a query; as hexadecimal
// digits, which XML leaves as they are.
constexpr const char* kDocument = R"sql((SELECT json_build_object(
'tables', (SELECT json_agg(json_build_array(c.relname, coalesce(obj_description(c.oid, 'pg_class'), ''),
    (SELECT json_object_agg(a.attname, col_description(c.oid, a.attnum)) FROM pg_attribute a WHERE a.attrelid = c.oid
      AND a.attnum > 0 AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NOT NULL)) ORDER BY c.relname)
  FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'r' AND c.relname >= {projections}
    AND c.relname < {projections_end}),
'functions', (SELECT json_agg(json_build_array(f.proname, f.pronargs > 0,
    left(encode(sha256(convert_to(f.prosrc, 'UTF8')), 'hex'), 32),
    f.prosecdef AND pg_get_userbyid(f.proowner) = current_user
      AND coalesce(f.proconfig[1] = 'search_path=pg_catalog, pg_temp', false)
      AND cardinality(f.proconfig) = CASE WHEN f.pronargs > 0 THEN 3 ELSE 1 END
      AND NOT EXISTS (SELECT FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a WHERE a.grantee <> f.proowner))
      ORDER BY f.proname)
  FROM pg_proc f WHERE f.pronamespace = n.oid AND f.proname >= {projections} AND f.proname < {projections_end}),
'triggers', (SELECT json_agg(json_build_array(g.tgname, g.tgenabled = 'A' AND f.proname = g.tgname AND f.pronargs = 0
      AND (SELECT count(*) FROM pg_trigger k WHERE k.tgparentid = g.oid AND k.tgenabled = 'A')
        = (SELECT count(*) FROM pg_inherits WHERE inhparent = t.oid)) ORDER BY g.tgname)
  FROM inbox_table t JOIN pg_trigger g ON g.tgrelid = t.oid AND g.tgname >= {projections} AND g.tgname < {projections_end}
  JOIN pg_proc f ON f.oid = g.tgfoid),
'views', (SELECT json_agg(json_build_array(r.relname, r.relkind,
    coalesce((SELECT min(c.relname::text) FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass
      AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass JOIN pg_class c ON c.oid = d.refobjid
      WHERE w.ev_class = r.oid AND c.relnamespace = n.oid), ''),
    r.relkind = 'v' AND pg_get_userbyid(r.relowner) = current_user AND coalesce(obj_description(r.oid, 'pg_class') =
      'freehold: ' || encode(sha256(convert_to(pg_get_viewdef(r.oid), 'UTF8')), 'hex'), false),
    (SELECT json_agg(privilege ORDER BY privilege) FROM (
      SELECT pg_get_userbyid(a.grantee) || ' ' || a.privilege_type AS privilege FROM aclexplode(r.relacl) a
        WHERE a.grantee IN (SELECT oid FROM {role_catalog} WHERE rolname IN ({us}))
      UNION ALL SELECT a.privilege_type || ' ' || b.attname FROM pg_attribute b, aclexplode(b.attacl) a
        WHERE b.attrelid = r.oid AND a.grantee IN (SELECT oid FROM {role_catalog} WHERE rolname IN ({us}))) p),
    r.oid::text, pg_has_role(r.relowner, 'USAGE'),
    coalesce((SELECT min(replace(pg_describe_object(d.classid, d.objid, 0), 'rule _RETURN on ', '')) FROM pg_depend d
      WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.deptype = 'n'
        AND NOT (d.classid = 'pg_rewrite'::regclass AND d.objid IN (SELECT oid FROM pg_rewrite WHERE ev_class = r.oid))), '')) ORDER BY r.relname)
  FROM pg_namespace o JOIN pg_class r ON r.relnamespace = o.oid
  WHERE o.nspname = {schema} AND r.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND r.relname IN (
    SELECT substring(obj_description(c.oid, 'pg_class') FROM '^freehold: (?:copy|filling) (.*)$') FROM pg_class c
    WHERE c.relnamespace = n.oid AND c.relkind = 'r' AND c.relname >= {projections}
    AND c.relname < {projections_end})),
'gaps', (SELECT convert_from(decode(substring(query_to_xml(format($gaps$
      SELECT encode(convert_to(coalesce(json_agg(g), '[]')::text, 'UTF8'), 'hex') AS gaps FROM (
        SELECT json_build_array(f.copy, f.source, f.type, count(*), (array_agg(f.error ORDER BY f.failed_at DESC))[1],
          (array_agg(f.id ORDER BY f.failed_at DESC))[1], floor(extract(epoch FROM min(f.received_at)))::bigint, bool_or(f.again))
        FROM freehold.%1$I f WHERE NOT f.held OR NOT EXISTS (SELECT FROM freehold.%2$I i WHERE i.id = f.id
          AND i.source = f.source AND i.received_at = f.received_at AND i.processed_at IS NOT NULL)
        GROUP BY f.copy, f.source, f.type ORDER BY 1::text) q(g)$gaps$, c.relname, t.relname),
      false, true, '')::text FROM '<gaps>([0-9a-f]*)</gaps>'), 'hex'), 'UTF8')::json
  FROM inbox_table t JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r'
    AND c.relname = {inbox_table} || '_failed'))
FROM pg_namespace n WHERE n.nspname = 'freehold'))sql";

/// What is not there is null.
template <class Visit>
void ForEach(JsonView rows, Visit visit) {
  if (rows.is_null()) return;
  for (const auto row : rows) visit(row);
}

ProjectionGapSeen ToGap(JsonView row) {
  return {.name = row[0],
          .gap = {.source = row[1],
                  .type = row[2],
                  .events = row[3],
                  .last_error = row[4],
                  .last_event = row[5],
                  .since = base::Timestamp(std::chrono::seconds(row[6].get<std::int64_t>()))},
          .again = row[7]};
}

}  // namespace

std::string ProjectionsDocument() { return kDocument; }

ProjectionsSeen ParseProjections(JsonView document) {
  ProjectionsSeen seen;
  if (document.is_null()) return seen;
  ForEach(document["tables"], [&](JsonView row) {
    const auto note = ParseProjectionComment(row[1].get<std::string>());
    auto& table = seen.tables.emplace_back(ProjectionTableSeen{row[0], note.table, note.filled, {}});
    if (!row[2].is_null()) table.definitions = row[2].get<std::map<std::string, std::string>>();
  });
  ForEach(document["functions"], [&](JsonView row) {
    auto& functions = row[1].get<bool>() ? seen.apply : seen.take;
    functions[row[0].get<std::string>()] = {row[2], row[3]};
  });
  ForEach(document["triggers"], [&](JsonView row) { seen.triggers[row[0].get<std::string>()] = row[1].get<bool>(); });
  ForEach(document["views"], [&](JsonView row) {
    auto& view = seen.views[row[0].get<std::string>()];
    view = {.kind = row[1],
            .target = row[2],
            .sound = row[3],
            .reachable = row[6],
            .rights = {},
            .id = row[5],
            .used_by = row[7]};
    if (!row[4].is_null()) view.rights = row[4].get<std::vector<std::string>>();
  });
  ForEach(document["gaps"], [&](JsonView row) { seen.gaps.push_back(ToGap(row)); });
  return seen;
}

}  // namespace freehold::engines::postgres
