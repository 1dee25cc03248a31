#include "tests/postgres/ground.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/scram.h"

namespace freehold::engines::postgres {
namespace {

std::map<std::string, std::string> ParseConninfo(const std::string& text) {
  char* error = nullptr;
  PQconninfoOption* options = PQconninfoParse(text.c_str(), &error);
  if (!options) throw std::runtime_error("conninfo not understood");
  std::map<std::string, std::string> values;
  for (auto* option = options; option->keyword; ++option) {
    if (option->val) values[option->keyword] = option->val;
  }
  PQconninfoFree(options);
  return values;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

const base::Sensitive kManagedPassword{"managed-secret"};

constexpr const char* kNewest = "FREEHOLD_TEST_PG18";
#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// Statistics come and go by themselves, and so do the schemas of temporary tables. Rows that were written since have
// a newer xmin, rows that are gone are missing from the count.
constexpr const char* kCatalogs = R"sql(
SELECT string_agg(format('SELECT %L AS name, count(*) AS rows, max(xmin::text::bigint) AS newest FROM %I%s', relname, relname,
    CASE relname WHEN 'pg_namespace' THEN $$ WHERE nspname !~ '^pg_(toast_)?temp_'$$ END), ' UNION ALL ')
  FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared
    AND relname NOT IN ('pg_statistic', 'pg_statistic_ext_data'))sql";

constexpr const char* kAround = R"sql(
WITH base AS (SELECT * FROM pg_database WHERE datname IN ({databases})),
role AS (SELECT * FROM pg_authid WHERE starts_with(rolname, {prefix}) OR rolname IN ({roles})),
line AS (
  SELECT concat_ws(' ', datname, datdba, datallowconn, datconnlimit, datistemplate, datacl) AS text FROM base
  UNION ALL SELECT r::text FROM role r
  UNION ALL SELECT concat_ws(' ', roleid, member, admin_option) FROM pg_auth_members
    WHERE roleid IN (SELECT oid FROM role) OR member IN (SELECT oid FROM role)
  UNION ALL SELECT s::text FROM pg_db_role_setting s
    WHERE setdatabase IN (SELECT oid FROM base) OR setrole IN (SELECT oid FROM role)
  UNION ALL SELECT d::text FROM pg_shdescription d
    WHERE objoid IN (SELECT oid FROM base UNION ALL SELECT oid FROM role)
  UNION ALL SELECT d::text FROM pg_shdepend d
    WHERE dbid IN (SELECT oid FROM base) OR objid IN (SELECT oid FROM base) OR refobjid IN (SELECT oid FROM role)
  UNION ALL SELECT slot_name FROM pg_replication_slots WHERE database IN (SELECT datname FROM base))
SELECT coalesce(string_agg(text, ';' ORDER BY text), '') FROM line)sql";

// By a superuser, in the shared database, after the roles that owned most of it are gone.
constexpr const char* kDropRest = R"sql(
DO $$DECLARE one text; BEGIN
  FOR one IN
    SELECT format('DROP EXTENSION %I CASCADE', extname) FROM pg_extension WHERE extname <> 'plpgsql'
    UNION ALL SELECT format('DROP PUBLICATION %I', pubname) FROM pg_publication
    UNION ALL SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace
      WHERE oid >= 16384 AND nspname !~ '^pg_' AND nspname NOT IN ({kept})
  LOOP EXECUTE one; END LOOP;
END$$)sql";

using Grounds = std::map<Site, std::unique_ptr<Ground>>;
Grounds& All() {
  static Grounds grounds;
  return grounds;
}

}  // namespace

std::string PrintSite(const testing::TestParamInfo<Site>& info) {
  return info.param.variable.substr(std::string("FREEHOLD_TEST_").size()) +
         (info.param.kind == AdminKind::kManaged       ? "Managed"
          : info.param.kind == AdminKind::kReplicating ? "Replicating"
                                                       : "Superuser");
}

std::vector<Site> SitesInPairs() {
  auto sites = SitesByTurns();
  if constexpr (!kSanitized) sites.push_back({kNewest, AdminKind::kSuperuser});
  return sites;
}

std::vector<Site> SuperuserSites() {
  auto sites = SitesByTurns();
  for (auto& site : sites) site.kind = AdminKind::kSuperuser;
  return sites;
}

std::vector<Site> ReplicatingSites() {
  auto sites = SuperuserSites();
  if constexpr (kSanitized) sites.push_back({kNewest, AdminKind::kReplicating});
  return sites;
}

std::vector<Site> SitesByTurns() {
  if constexpr (kSanitized) return {{kNewest, AdminKind::kManaged}};
  return {{"FREEHOLD_TEST_PG14", AdminKind::kManaged}, {"FREEHOLD_TEST_PG15", AdminKind::kSuperuser}};
}

std::string QuickVerifier(const base::Sensitive& password) { return ScramVerifier(password, "sixteen of bytes", 1); }

std::string UniquePrefix() {
  static std::atomic<int> counter = 0;
  return "t" + std::to_string(getpid()) + "x" + std::to_string(++counter) + "_";
}

Ground& Ground::Of(const Site& site) {
  const auto known = All().find(site);
  if (known != All().end()) return *known->second;
  std::unique_ptr<Ground> made(new Ground(site));
  return *(All()[site] = std::move(made));
}

Ground::Ground(const Site& site) : site_(site) {
  const char* conninfo = std::getenv(site.variable.c_str());
  if (!conninfo) throw std::runtime_error(site.variable + " must name a superuser; dev/with-servers sets it");
  const auto values = ParseConninfo(conninfo);
  ca_file_ = values.at("sslrootcert");
  root_ = {.name = site.variable,
           .host = values.at("host"),
           .port = std::stoi(values.at("port")),
           .ca_pem = ReadFile(ca_file_),
           .username = values.at("user"),
           .password = base::Sensitive(values.at("password")),
           .shared_database = prefix_ + "apps",
           .maintenance_database = values.at("dbname")};
  access_ = root_;
  KeepPasswordQuick();
  if (site.kind != AdminKind::kSuperuser) MakeManagedAdmin();
  MakeShared();
  new_ = Inventory();
}

void Ground::KeepPasswordQuick() const {
  auto root = Root(root_.maintenance_database);
  const auto verifier = QuoteValue(QuickVerifier(root_.password));
  if (!root.Ask("SELECT 1 FROM pg_authid WHERE rolname = current_user AND rolpassword = " + verifier).empty()) return;
  root.Ask("ALTER ROLE " + QuoteName(root_.username) + " PASSWORD " + verifier);
}

void Ground::MakeManagedAdmin() {
  access_.username = prefix_ + "admin";
  access_.password = kManagedPassword;
  // A cloud's admin owns the database that it connects to first.
  access_.maintenance_database = prefix_ + "main";
  auto root = Root(root_.maintenance_database);
  root.Ask("CREATE ROLE " + access_.username + " LOGIN CREATEDB CREATEROLE PASSWORD " +
           QuoteValue(QuickVerifier(kManagedPassword)));
  if (site_.kind == AdminKind::kReplicating) {
    root.Ask("ALTER ROLE " + access_.username + " REPLICATION");
    root.Ask("GRANT pg_create_subscription TO " + access_.username);
  }
  root.Ask("CREATE DATABASE " + access_.maintenance_database + " OWNER " + access_.username + " TEMPLATE template0");
}

void Ground::MakeShared() {
  const auto require = [](const auto& result) -> const auto& {
    if (!result) throw std::runtime_error(result.error().reason + ": " + result.error().message);
    return result;
  };
  for (int round = 0; round < 20; ++round) {
    const auto snapshot = engine_.ObserveServer(access_);
    major_ = std::stoi((*require(snapshot))->version);
    const auto steps = engine_.PlanServer(**snapshot, access_, true);
    if (steps.empty()) return;
    for (const auto& step : steps) {
      const auto done = engine_.Run(access_, step);
      // Other tests close the same databases at the same moment.
      if (!done && done.error().kind == base::FailureClass::kRetryable) break;
      require(done);
    }
  }
  throw std::runtime_error("the server is never ready");
}

Client Ground::Root(const std::string& database) const {
  const auto where = ConnectTo(database, root_.username, root_.password);
  const bool stays = database == root_.maintenance_database || database == root_.shared_database;
  return stays ? Client::Kept(where) : Client(where);
}

std::string Ground::ConnectTo(const std::string& database, const std::string& user, const base::Sensitive& password,
                              const std::string& options) const {
  return ConnectParameter("host", root_.host) + ConnectParameter("port", std::to_string(root_.port)) +
         ConnectParameter("dbname", database) + ConnectParameter("user", user) +
         ConnectParameter("password", password.Reveal()) + ConnectParameter("sslrootcert", ca_file_) +
         "sslmode=verify-full options='-c client_min_messages=error -c freehold.allow_grants=on" + options + "'";
}

void Ground::DropAll(const std::string& prefix) const {
  auto root = Root(root_.maintenance_database);
  const auto mine = [&](const std::string& name) { return "starts_with(" + name + ", " + QuoteValue(prefix) + ")"; };
  const auto next = "SELECT quote_ident(datname) FROM pg_database WHERE " + mine("datname");
  for (auto name = root.Ask(next); !name.empty(); name = root.Ask(next)) {
    root.Ask("DROP DATABASE " + name + " WITH (FORCE)");
  }
  const auto roles = " FROM pg_roles WHERE " + mine("rolname") + " OR " +
                     mine("substring(rolname FROM '^freehold_(?:services|tables)_(.*)')");
  // One command for each: in one for all, PostgreSQL stumbles over default privileges that one gave to another.
  const auto release = root.Ask("SELECT string_agg(format('DROP OWNED BY %I CASCADE', rolname), '; ')" + roles);
  if (release.empty()) return;
  root.Ask(release);
  if (prefix != prefix_) Root(root_.shared_database).Ask(release);
  root.Ask(root.Ask("SELECT 'DROP ROLE ' || string_agg(quote_ident(rolname), ', ')" + roles));
}

void Ground::Clear(const std::string& prefix) {
  DropAll(prefix);
  const auto kept = QuoteValue(kExtensionSchema) + ", " + QuoteValue(kSharedSchema);
  Root(root_.shared_database).Ask(Fill(kDropRest, {{"kept", kept}}));
  if (Inventory() != new_) Drop();
}

void Ground::Drop() {
  DropAll(prefix_);
  All().erase(site_);
}

std::string Ground::Inventory() const {
  auto root = Root(root_.shared_database);
  const auto inside = root.Ask("SELECT string_agg(concat_ws(' ', name, rows, newest), ',' ORDER BY name) FROM (" +
                               root.Ask(kCatalogs) + ") c");
  const auto& shared = root_.shared_database;
  const auto around =
      Fill(kAround, {{"databases", QuoteValue(shared) + ", " + QuoteValue(access_.maintenance_database)},
                     {"prefix", QuoteValue(prefix_)},
                     {"roles", QuoteValue(ServicesRole(shared)) + ", " + QuoteValue(TablesRole(shared))}});
  return inside + ";" + root.Ask(around);
}

namespace {

class AllGroundsGone final : public testing::Environment {
 public:
  void TearDown() override {
    while (!All().empty()) All().begin()->second->Drop();
    Client::EndKept();
  }
};

[[maybe_unused]] const auto* const kAllGroundsGone = testing::AddGlobalTestEnvironment(new AllGroundsGone);

}  // namespace

}  // namespace freehold::engines::postgres
