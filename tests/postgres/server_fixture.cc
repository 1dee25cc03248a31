#include "tests/postgres/server_fixture.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"

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

int Next() {
  static std::atomic<int> counter = 0;
  return ++counter;
}

constexpr const char* kManagedPassword = "managed-secret";

}  // namespace

std::string PrintSite(const testing::TestParamInfo<Site>& info) {
  return info.param.variable.substr(std::string("FREEHOLD_TEST_").size()) +
         (info.param.kind == AdminKind::kManaged ? "Managed" : "Superuser");
}

std::vector<Site> AllSites() {
  std::vector<Site> sites;
  for (const auto* variable : {"FREEHOLD_TEST_PG14", "FREEHOLD_TEST_PG15", "FREEHOLD_TEST_PG18"}) {
    for (const auto kind : {AdminKind::kSuperuser, AdminKind::kManaged}) sites.push_back({variable, kind});
  }
  return sites;
}

Client::Client(const std::string& connect_string) : connection_(connect_string) {}

std::string Client::Ask(const std::string& sql) {
  pqxx::nontransaction transaction(connection_);
  const auto rows = transaction.exec(sql);
  return rows.empty() || rows[0].size() == 0 || rows[0][0].is_null() ? std::string() : rows[0][0].as<std::string>();
}

bool Client::IsAlive() {
  try {
    return Ask("SELECT 1") == "1";
  } catch (const pqxx::failure&) {
    return false;
  }
}

bool Client::Hears(const std::string& channel, const std::function<void()>& act) {
  struct Receiver final : pqxx::notification_receiver {
    using pqxx::notification_receiver::notification_receiver;
    void operator()(const std::string&, int) override { heard = true; }
    bool heard = false;
  } receiver(connection_, channel);
  act();
  connection_.await_notification(10, 0);
  return receiver.heard;
}

void ServerTest::SetUp() {
  const auto& variable = GetParam().variable;
  const char* conninfo = std::getenv(variable.c_str());
  ASSERT_NE(conninfo, nullptr) << variable << " must name a PostgreSQL superuser; dev/with-servers sets it";
  const auto values = ParseConninfo(conninfo);
  ca_file_ = values.at("sslrootcert");
  prefix_ = "t" + std::to_string(getpid()) + "x" + std::to_string(Next()) + "_";
  root_ = {.name = variable,
           .host = values.at("host"),
           .port = std::stoi(values.at("port")),
           .ca_pem = ReadFile(ca_file_),
           .username = values.at("user"),
           .password = base::Sensitive(values.at("password")),
           .shared_database = prefix_ + "apps",
           .maintenance_database = values.at("dbname")};
  access_ = root_;
  if (IsManaged()) MakeManagedAdmin();
  const auto snapshot = engine_.ObserveServer(access_);
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  major_ = std::stoi((*snapshot)->version);
  for (int round = 0;; ++round) {
    // Other tests close the same databases at the same moment.
    const auto steps = engine_.PlanServer(*Snapshot(), access_, true);
    if (steps.empty()) break;
    ASSERT_LT(round, 20);
    for (const auto& step : steps) {
      const auto done = engine_.Run(access_, step);
      if (!done && done.error().kind == base::FailureClass::kRetryable) break;
      ASSERT_TRUE(done) << step.verb << ": " << done.error().message;
    }
  }
}

void ServerTest::MakeManagedAdmin() {
  access_.username = prefix_ + "admin";
  access_.password = base::Sensitive(kManagedPassword);
  // A cloud's admin owns the database that it connects to first.
  access_.maintenance_database = prefix_ + "main";
  auto root = Root();
  root.Ask("CREATE ROLE " + access_.username + " LOGIN CREATEDB CREATEROLE PASSWORD '" + kManagedPassword + "'");
  root.Ask("CREATE DATABASE " + access_.maintenance_database + " OWNER " + access_.username + " TEMPLATE template0");
}

void ServerTest::TearDown() {
  if (prefix_.empty()) return;
  auto root = Root();
  const auto drop_all = [&](const std::string& list, const std::function<void(const std::string&)>& drop) {
    for (auto name = root.Ask(list); !name.empty(); name = root.Ask(list)) drop(name);
  };
  const auto mine = " LIKE '" + prefix_ + "%'";
  drop_all("SELECT datname FROM pg_database WHERE datname" + mine,
           [&](const auto& name) { root.Ask("DROP DATABASE " + QuoteName(name) + " WITH (FORCE)"); });
  std::string roles;
  drop_all("SELECT string_agg(quote_ident(rolname), ', ') FROM pg_roles WHERE rolname" + mine +
               " OR rolname ~ '^freehold_(services|tables)_" + prefix_ + "'",
           [&](const auto& names) {
             root.Ask("DROP OWNED BY " + names + " CASCADE");
             root.Ask("DROP ROLE " + names);
           });
}

std::string ServerTest::Unique(const std::string& name) { return prefix_ + name; }

Store ServerTest::NewStore(api::Isolation isolation, const std::string& name) {
  const bool shares = isolation == api::Isolation::kSchema;
  Store store{.layout = LayoutOf(isolation, Unique(name), shares ? Unique(name) : name, access_.shared_database),
              .marker = {"uid-1", "shop/" + name}};
  store.logins[0] = {.can_login = true, .new_verifier = engine_.MakeVerifier(kPassword)};
  return store;
}

Store ServerTest::ClaimedByAnother(Store store) {
  store.marker = {"uid-2", "shop/other"};
  return store;
}

std::shared_ptr<const ServerSnapshot> ServerTest::Snapshot() {
  auto snapshot = engine_.ObserveServer(access_);
  if (!snapshot) throw std::runtime_error(snapshot.error().message);
  return *snapshot;
}

StoreSeen ServerTest::Observe(const Layout& layout) {
  auto seen = engine_.ObserveStore(access_, layout);
  if (!seen) throw std::runtime_error(seen.error().reason + ": " + seen.error().message);
  return *seen;
}

bool ServerTest::IsSuspect(const Layout& layout) { return !engine_.Suspects(access_, *Snapshot(), {layout}).empty(); }

std::vector<Step> ServerTest::Plan(const Store& store) {
  return engine_.Plan(store, Observe(store.layout), *Snapshot());
}

void ServerTest::Run(const std::vector<Step>& steps) {
  for (const auto& step : steps) {
    const auto done = engine_.Run(access_, step);
    if (!done) {
      std::string text;
      for (const auto& statement : step.statements) text += "\n  " + Masked(statement);
      throw std::runtime_error(step.verb + ": " + done.error().reason + ": " + done.error().message + text);
    }
  }
}

void ServerTest::Converge(const Store& store, int rounds) {
  auto kept = store;
  for (int round = 0; round <= rounds; ++round) {
    const auto steps = Plan(kept);
    // A verifier that can't be read can't be compared: it is given once, as the credentials' machine does.
    for (auto& login : kept.logins) login.new_verifier.reset();
    if (steps.empty()) return;
    if (round < rounds) {
      Run(steps);
      continue;
    }
    std::string text;
    for (const auto& step : steps) {
      text += "\n" + step.verb + " " + step.target;
      for (const auto& statement : step.statements) text += "\n  " + Masked(statement);
    }
    ADD_FAILURE() << "still to do after " << rounds << " rounds:" << text;
  }
}

void ServerTest::ConvergeRemoval(const Layout& layout, api::DeletionPolicy policy, const std::string& uid) {
  for (int round = 0; round < 3; ++round) {
    const auto steps = engine_.PlanRemoval(layout, uid, policy, Observe(layout), *Snapshot());
    if (steps.empty()) return;
    Run(steps);
  }
  ADD_FAILURE() << "removal does not end";
}

std::string ServerTest::ConnectTo(const std::string& database, const std::string& user, const std::string& password,
                                  const std::string& options) const {
  return ConnectParameter("host", root_.host) + ConnectParameter("port", std::to_string(root_.port)) +
         ConnectParameter("dbname", database) + ConnectParameter("user", user) +
         ConnectParameter("password", password) + ConnectParameter("sslrootcert", ca_file_) +
         "sslmode=verify-full options='-c client_min_messages=error -c freehold.allow_grants=on" + options + "'";
}

Client ServerTest::Root(const std::string& database) {
  return Client(ConnectTo(database, root_.username, root_.password.Reveal()));
}

Client ServerTest::Careless(const Store& store, const std::string& role) {
  const auto options = " -c role=" + role + " -c search_path=" + store.layout.schema;
  return Client(ConnectTo(store.layout.database, root_.username, root_.password.Reveal(), options));
}

Client ServerTest::Service(const Store& store, int login) {
  return As(store.layout.logins[login], store.layout.database);
}

bool ServerTest::MayLogIn(const Store& store, int login) {
  return engine_.TryLogin(access_, store.layout.database, store.layout.logins[login], kPassword).has_value();
}

std::string ServerTest::Stranger(const std::string& name, const std::string& options) {
  const auto role = Unique(name);
  Root().Ask("CREATE ROLE " + QuoteName(role) + " PASSWORD '" + kPassword.Reveal() + "' " + options);
  return role;
}

bool ServerTest::Reads(const std::string& login, const std::string& database, const std::string& query) {
  const auto right = major_ >= 16 ? "SET" : "MEMBER";
  auto root = Root();
  const auto settable =
      root.Ask("SELECT string_agg(format('SET ROLE %I', rolname), ';') FROM pg_roles WHERE pg_has_role(" +
               QuoteValue(login) + ", oid, '" + right + "')");
  bool answered = false;
  try {
    auto client = As(login, database);
    std::istringstream roles("RESET ROLE;" + settable);
    for (std::string become; !answered && std::getline(roles, become, ';');) {
      client.Ask(become);
      try {
        client.Ask(query);
        answered = true;
      } catch (const pqxx::sql_error&) {
      }
    }
  } catch (const pqxx::broken_connection&) {
  }
  root.Ask("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = " + QuoteValue(login));
  return answered;
}

Client ServerTest::As(const std::string& role, const std::string& database) {
  return Client(ConnectTo(database, role, kPassword.Reveal()));
}

}  // namespace freehold::engines::postgres
