#include "end.h"

#include <algorithm>
#include <set>

#include "reconcilers/api/kinds.h"

namespace freehold::test {
namespace {

using Lines = std::vector<std::string>;

// Which of two logins is in use, and which partitions there are, is a matter of time; which slot a sink is of, of
// chance.
constexpr const char* kRoles =
    "SELECT regexp_replace(regexp_replace(rolname, '_(a|b|1|2)$', '_login'), '_[0-9a-f]{8}_sink$', '_sink') || CASE "
    "WHEN rolcanlogin THEN '+' ELSE '' END "
    "FROM pg_roles WHERE rolname LIKE '{ns}%' ORDER BY 1";

// One line for each thing of some weight in a database.
constexpr const char* kInside = R"sql(
SELECT line FROM (
  SELECT c.relkind::text || ' ' || n.nspname || '.' || c.relname AS line FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema)'
  UNION ALL
  SELECT 'trigger ' || c.oid::regclass || ' ' || t.tgname || ' ' || t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE t.tgparentid = 0 AND t.tgname LIKE 'freehold_%'
  UNION ALL
  SELECT 'publication ' || pubname || ' of ' || coalesce((SELECT string_agg(tablename, ' ' ORDER BY 1) FROM pg_publication_tables t
                                                        WHERE t.pubname = p.pubname), 'nothing') FROM pg_publication p
  UNION ALL
  SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE database = current_database()
  UNION ALL
  SELECT 'subscription ' || subname || ' ' || subenabled::text FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
  WHERE d.datname = current_database()
) lines ORDER BY 1)sql";

constexpr const char* kRows = R"sql(
SELECT n.nspname || '.' || c.relname || ' has ' ||
       (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I.%I', n.nspname, c.relname), false, true, '')))[1]
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE c.relkind = 'r' AND c.relname IN ('kept', 'more') ORDER BY 1)sql";

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

Lines EndOfStore(OperatorWorld& world, const api::ServiceDatabase& store) {
  Lines lines;
  for (const auto& condition : store.status.conditions) {
    lines.push_back(condition.type + " " + kube::ToString(condition.status) + " " + condition.reason);
  }
  if (store.status.credentials) lines.push_back("credentials " + ToString(store.status.credentials->phase));
  for (const auto& event : store.status.consumes)
    lines.push_back(event.event + " " + event.state + " " + event.transport);
  const auto secret = world.Secret(api::SecretNameOf(store));
  if (!store.status.store || secret.empty()) return lines;
  const auto login = world.LoginIn(secret);
  const bool opens = Opens(login);
  lines.push_back(opens ? "a login that works" : "a login that doesn't");
  const bool has_inbox = std::ranges::any_of(store.spec.consumes,
                                             [](const auto& event) { return event.deliver == api::Delivery::kInbox; });
  if (!opens || !has_inbox) return lines;
  for (const auto& id : Query(login, "SELECT 'arrived: ' || aggregateid FROM inbox ORDER BY position"))
    lines.push_back(id);
  return lines;
}

Lines EndOfWarehouse(OperatorWorld& world, const api::ReportingWarehouse& warehouse) {
  Lines lines;
  for (const auto& condition : warehouse.status.conditions) {
    lines.push_back(condition.type + " " + kube::ToString(condition.status) + " " + condition.reason);
  }
  for (const auto& feed : warehouse.status.feeds) {
    if (feed.secret.empty()) continue;
    const auto tool = world.Secret(feed.secret, Cluster::kNamespace);
    lines.push_back(!tool.empty() && Opens(world.LoginIn(tool)) ? "a tool's login that works"
                                                                : "a tool's login that doesn't");
  }
  return lines;
}

}  // namespace

End EndOf(OperatorWorld& world) {
  world.CollectGarbage();
  End end;
  for (const auto& store : world.All()) end["store " + store.meta.name] = EndOfStore(world, store);
  if (const auto warehouse = world.GetWarehouse()) end["warehouse"] = EndOfWarehouse(world, *warehouse);
  end["secrets"] = world.Secrets();
  auto server = world.SessionIn("postgres");
  end["roles"] = server.Query(Replaced(kRoles, "{ns}", world.ns));
  for (const auto& database :
       server.Query("SELECT datname FROM pg_database WHERE datname LIKE '" + world.ns + "%' ORDER BY 1")) {
    auto inside = world.SessionIn(database);
    auto& lines = end["database " + database];
    lines = inside.Query(kInside);
    std::ranges::move(inside.Query(kRows), std::back_inserter(lines));
  }
  End plain;
  for (auto& [what, lines] : end) {
    for (auto& line : lines) line = Replaced(std::move(line), world.ns, "");
    plain[Replaced(what, world.ns, "")] = std::move(lines);
  }
  return plain;
}

std::string Difference(const End& seen, const End& expected) {
  std::string text;
  const auto compare = [&](const char* sign, const End& one, const End& other) {
    for (const auto& [what, lines] : one) {
      const auto found = other.find(what);
      if (found == other.end()) text += std::string(sign) + what + "\n";
      for (const auto& line : lines) {
        const bool both =
            found != other.end() && std::ranges::count(found->second, line) == std::ranges::count(lines, line);
        if (!both) text += std::string(sign) + what + ": " + line + "\n";
      }
    }
  };
  compare("- ", expected, seen);
  compare("+ ", seen, expected);
  return text.empty() && seen != expected ? "the same in another order\n" : text;
}

}  // namespace freehold::test
