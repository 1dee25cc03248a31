#include "tests/postgres/server_fixture.h"

#include <sstream>
#include <stdexcept>

#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
void ServerTest::TearDown() {
  stays_.clear();
  ground_.Clear(prefix_);
}

std::string ServerTest::Unique(const std::string& name) { return prefix_ + name; }

Store ServerTest::NewStore(api::Isolation isolation, const std::string& name) {
  const bool shares = isolation == api::Isolation::kSchema;
  Store store{.layout = LayoutOf(isolation, Unique(name), shares ? Unique(name) : name, access_.shared_database),
              .marker = {"uid-1", "shop/" + name}};
  store.logins[0] = {.can_login = true, .new_verifier = QuickVerifier(kPassword)};
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

void ServerTest::StayAt(const Layout& layout) {
  const std::lock_guard lock(mutex_);
  auto& stay = stays_[layout.database];
  if (!stay) stay = engine_.StayAt(access_, layout);
}

StoreSeen ServerTest::Observe(const Layout& layout) {
  StayAt(layout);
  auto seen = engine_.ObserveStore(access_, layout);
  if (!seen) throw std::runtime_error(seen.error().reason + ": " + seen.error().message);
  return *seen;
}

bool ServerTest::IsSuspect(const Layout& layout) { return !engine_.Suspects(access_, *Snapshot(), {layout}).empty(); }

std::vector<Step> ServerTest::Plan(const Store& store) { return engine_.Plan(store, Observe(store.layout)); }

Result<void> ServerTest::Try(const std::vector<Step>& steps) {
  for (const auto& step : steps) {
    auto done = engine_.Run(access_, step);
    if (done) continue;
    done.error().message = step.verb + ": " + done.error().message;
    for (const auto& statement : step.statements) done.error().message += "\n  " + Masked(statement);
    return done;
  }
  return {};
}

void ServerTest::Run(const std::vector<Step>& steps) {
  if (const auto done = Try(steps); !done) throw std::runtime_error(done.error().reason + ": " + done.error().message);
}

StoreSeen ServerTest::Converge(const Store& store, int rounds) {
  auto kept = store;
  for (int round = 0;; ++round) {
    auto seen = Observe(kept.layout);
    const auto steps = engine_.Plan(kept, seen);
    // A verifier that can't be read can't be compared: it is given once, as the credentials' machine does.
    for (auto& login : kept.logins) login.new_verifier.reset();
    kept.new_cdc_verifier.reset();
    if (steps.empty()) {
      EXPECT_THAT(engine_.Hindrances(kept, seen), testing::IsEmpty());
      return seen;
    }
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
    return seen;
  }
}

void ServerTest::ConvergeRemoval(const Layout& layout, api::DeletionPolicy policy, const std::string& uid) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (int round = 0; round < 3;) {
    const auto steps = engine_.PlanRemoval(layout, uid, policy, Observe(layout));
    if (steps.empty()) return;
    stays_.erase(layout.database);
    const auto done = Try(steps);
    if (done) {
      ++round;
    } else if (done.error().kind != base::FailureClass::kRetryable || std::chrono::steady_clock::now() > until) {
      throw std::runtime_error(done.error().reason + ": " + done.error().message);
    }
  }
  ADD_FAILURE() << "removal does not end";
}

Client ServerTest::Root(const std::string& database) { return ground_.Root(database); }

Client ServerTest::Careless(const Store& store, const std::string& role) {
  const auto options = " -c role=" + role + " -c search_path=" + store.layout.schema;
  const auto& root = ground_.root();
  return Client(ground_.ConnectTo(store.layout.database, root.username, root.password, options));
}

Client ServerTest::Service(const Store& store, int login) {
  return As(store.layout.logins[login], store.layout.database);
}

bool ServerTest::MayLogIn(const Store& store, int login) {
  return engine_.TryLogin(access_, store.layout.database, store.layout.logins[login], kPassword).has_value();
}

std::string ServerTest::Stranger(const std::string& name, const std::string& options) {
  const auto role = Unique(name);
  Root().Ask("CREATE ROLE " + QuoteName(role) + " PASSWORD " + QuoteValue(QuickVerifier(kPassword)) + " " + options);
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
  return Client(ground_.ConnectTo(database, role, kPassword));
}

}  // namespace freehold::engines::postgres
