// What others made in advance under the names that a store would take, and what is asked for beyond one's own
// namespace.
#include <gmock/gmock.h>

#include "operator_world.h"

namespace freehold::test {
namespace {

using base::Json;
using testing::HasSubstr;

std::string MessageOf(const api::ServiceDatabase& object, const std::string& type) {
  for (const auto& condition : object.status.conditions) {
    if (condition.type == type) return condition.message;
  }
  return "";
}

/// Something of somebody else's, and how to see whether it is still as it was. {ns}: the namespace; {s}: the service.
struct Made {
  std::string service;
  std::string spec;
  std::string database;  ///< where it is made
  std::string make;
  std::string look;
  std::string named;  ///< by the condition
};

std::string Filled(std::string text, const OperatorWorld& world, const std::string& service) {
  for (const auto& [word, value] : {std::pair<std::string, std::string>{"{ns}", world.ns}, {"{s}", service}}) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word)) text.replace(at, word.size(), value);
  }
  return text;
}

TEST(Claims, AreNeverLaidToWhatOthersMadeUnderNamesThatWouldBeDerived) {
  OperatorWorld world;
  world.Start()->Settle();
  const std::string role =
      "SELECT rolname || rolcanlogin || coalesce(rolvaliduntil::text, '') || coalesce(rolpassword, '') "
      "FROM pg_authid WHERE starts_with(rolname, '{ns}_{s}') ORDER BY 1";
  const std::vector<Made> all = {
      {"database", "{}", "postgres", "CREATE DATABASE {ns}_{s}_db",
       "SELECT datname || datdba || coalesce(datacl::text, '') FROM pg_database WHERE datname = '{ns}_{s}_db'",
       "{ns}_{s}_db"},
      {"owner", "{}", "postgres", "CREATE ROLE {ns}_{s}_db_owner VALID UNTIL '2001-01-01'", role, "{ns}_{s}_db_owner"},
      {"login", "{}", "postgres", "CREATE ROLE {ns}_{s}_db_b LOGIN VALID UNTIL '2001-01-01'", role, "{ns}_{s}_db_b"},
      {"schema", R"({"isolation": "Schema"})", "{ns}_apps", "CREATE SCHEMA {ns}_{s}",
       "SELECT nspname || nspowner || coalesce(nspacl::text, '') FROM pg_namespace WHERE nspname = '{ns}_{s}'",
       "{ns}_{s}"},
  };
  std::map<std::string, std::vector<std::string>> before;
  for (const auto& made : all) {
    const auto filled = [&](const std::string& text) { return Filled(text, world, made.service); };
    world.Sql(filled(made.make), filled(made.database));
    before[made.service] = world.Sql(filled(made.look), filled(made.database));
    ASSERT_FALSE(before[made.service].empty()) << made.service;
    world.Apply(made.service, made.spec);
  }
  Cluster::Instance().admin().Create(credentials::SecretType(), world.ns,
                                     {{"metadata", {{"name", "secret.freehold"}}}, {"stringData", {{"mine", "yes"}}}});
  Cluster::Instance().admin().Create(credentials::SecretType(), world.ns,
                                     {{"metadata", {{"name", "app-config"}}}, {"stringData", {{"mine", "yes"}}}});
  world.Apply("secret", "{}");
  world.Apply("named", R"({"credentials": {"secretName": "app-config"}})");
  world.Start()->Settle();

  for (const auto& made : all) {
    SCOPED_TRACE(made.service);
    const auto filled = [&](const std::string& text) { return Filled(text, world, made.service); };
    EXPECT_EQ(world.Sql(filled(made.look), filled(made.database)), before[made.service]);
    const auto store = world.Get(made.service);
    EXPECT_EQ(ReasonOf(store, "Stalled"), "StoreExists");
    EXPECT_THAT(MessageOf(store, "Stalled"), HasSubstr(filled(made.named)));
    EXPECT_THAT(MessageOf(store, "Stalled"), HasSubstr("adopt"));
  }
  for (const auto& [service, secret] : {std::pair("secret", "secret.freehold"), std::pair("named", "app-config")}) {
    EXPECT_EQ(world.Secret(secret), (std::map<std::string, std::string>{{"mine", "yes"}}));
    const auto store = world.Get(service);
    EXPECT_EQ(ReasonOf(store, "Ready"), "SecretNotOurs");
    EXPECT_THAT(MessageOf(store, "Ready"), HasSubstr(secret));
  }
  world.Sql("DROP SCHEMA " + world.ns + "_schema", world.ns + "_apps");
}

TEST(Claims, EndAtTheNamespaceThatTheyAreMadeIn) {
  OperatorWorld theirs;
  OperatorWorld closed(15, R"({"allowedNamespaces": {"matchLabels": {"kubernetes.io/metadata.name": "nobody"}}})");
  theirs.Apply("orders", "{}");
  theirs.Start()->Settle();
  const auto before = theirs.Secret("orders.freehold");
  closed.Apply("thief", "{}");
  theirs.Apply("thief", R"({"name": ")" + theirs.ns + R"(_orders_db", "service": "thief"})");
  closed.Start()->Settle();
  theirs.Start()->Settle();
  EXPECT_EQ(ReasonOf(closed.Get("thief"), "Ready"), "ServerNotAllowed") << MessageOf(closed.Get("thief"), "Ready");
  EXPECT_TRUE(closed.Secrets().empty());
  EXPECT_EQ(ReasonOf(theirs.Get("thief"), "Ready"), "StoreOwnedByAnother");
  EXPECT_EQ(theirs.Secret("orders.freehold"), before);
}

/// All that a mutation could have left behind: what is on the server under the world's names, and the Secrets.
std::vector<std::string> Everything(OperatorWorld& world) {
  auto all = world.Sql(
      "SELECT concat_ws(' ', 'role', rolname, rolsuper, rolcanlogin, rolconnlimit, rolpassword, shobj_description(oid, "
      "'pg_authid')) "
      "FROM pg_authid WHERE starts_with(rolname, '" +
      world.ns +
      "') UNION ALL "
      "SELECT concat_ws(' ', 'database', datname, datdba::regrole, datacl, datconnlimit, shobj_description(oid, "
      "'pg_database')) "
      "FROM pg_database WHERE starts_with(datname, '" +
      world.ns +
      "') UNION ALL "
      "SELECT concat_ws(' ', 'setting', setrole::regrole, setconfig) FROM pg_db_role_setting WHERE setrole IN "
      "(SELECT oid FROM pg_roles WHERE starts_with(rolname, '" +
      world.ns +
      "')) UNION ALL "
      "SELECT concat_ws(' ', 'member', roleid::regrole, member::regrole, admin_option) FROM pg_auth_members WHERE "
      "roleid IN "
      "(SELECT oid FROM pg_roles WHERE starts_with(rolname, '" +
      world.ns + "')) ORDER BY 1");
  for (const auto& line : world.Sql("SELECT concat_ws(' ', 'relation', n.nspname, c.relname, c.relkind, "
                                    "c.relowner::regrole, c.relacl) FROM pg_class c "
                                    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_' AND "
                                    "n.nspname <> 'information_schema' UNION ALL "
                                    "SELECT concat_ws(' ', 'check', conrelid::regclass, conname) FROM pg_constraint "
                                    "WHERE contype = 'c' AND conrelid <> 0 AND "
                                    "connamespace <> 'information_schema'::regnamespace UNION ALL "
                                    "SELECT concat_ws(' ', 'schema', nspname, nspowner::regrole, nspacl) FROM "
                                    "pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1",
                                    world.ns + "_orders_db")) {
    all.push_back(line);
  }
  for (const auto& name : world.Secrets()) {
    for (const auto& [key, value] : world.Secret(name)) all.push_back(name + " " + key + "=" + value);
  }
  return all;
}

TEST(Mutations, ThatTheApiServerTakesLeaveNothingOnceTheyAreTakenBack) {
  OperatorWorld world;
  const std::string sound = R"({"publishes": [{"event": "OrderConfirmed"}], "limits": {"connections": 20}})";
  world.Apply("orders", sound);
  world.Start()->Settle();
  ASSERT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
  const auto before = Everything(world);
  Json base = Json::parse(sound);
  const std::vector<std::pair<std::string, Json>> fields = {
      {"calls",
       {{{"service", "a"},
         {"api", "'; DROP TABLE x; -- \" ` \\ \n {schema} $$ \U0001F418 \u202E"},
         {"why", "%s\t$1"}}}},
      {"owns", {{{"aggregate", "Select"}, {"tables", {"select", "user", "pg_class", "public"}}}}},
      {"publishes", {{{"event", "NULL"}}, {{"event", "Select"}, {"to", {"nobody", "other/nobody"}}}}},
      {"serviceAccounts", {"postgres", "none", "a.b"}},
      {"bus", "nowhere"},
      {"extensions", {"nosuchextension"}},
      {"limits", {{"connections", 1}, {"statementTimeout", "1ms"}}},
      {"reporting", {{"warehouse", "nowhere"}, {"tables", {{{"name", "select"}, {"exclude", {"order"}}}}}}},
      {"credentials", {{"overlap", "0s"}}},
      {"deletionPolicy", "Delete"},
      {"adopt", true}};
  for (const auto& [field, value] : fields) {
    Json spec = base;
    spec[field] = value;
    world.Apply("orders", spec.dump());
    auto mutated = world.Start();
    EXPECT_NO_THROW(mutated->Settle()) << field;
    for (const auto& condition : world.Get("orders").status.conditions) {
      if (condition.status != kube::Condition::Status::kTrue || condition.type == "Stalled") {
        EXPECT_FALSE(condition.message.empty()) << field << ": " << condition.type << " " << condition.reason;
      }
    }
  }
  world.Apply("orders", sound);
  world.clock.Advance(std::chrono::minutes(10));
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
  const auto after = Everything(world);
  std::vector<std::string> changed;
  std::ranges::set_symmetric_difference(std::multiset(before.begin(), before.end()),
                                        std::multiset(after.begin(), after.end()), std::back_inserter(changed));
  EXPECT_THAT(changed, testing::IsEmpty());
}

}  // namespace
}  // namespace freehold::test
