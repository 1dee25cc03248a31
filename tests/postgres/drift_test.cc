// Somebody grants, drops, renames or alters: the next look finds it, the next plan mends it.
#include "reconcilers/engines/postgres/names.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

class Drift : public ServerTest {
 protected:
  void MakeStore(Isolation isolation) {
    store_ = NewStore(isolation);
    Converge(store_, 1);
    store_.logins[0].new_verifier.reset();
    stranger_ = Stranger("stranger");
    schema_ = "\"" + store_.layout.schema + "\"";
    Service(store_).Ask(
        "CREATE TABLE order_lines (id int, note text); CREATE SEQUENCE numbers; "
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TYPE mood AS ENUM ('fine')");
  }
  Client Inside() { return Root(store_.layout.database); }

  struct Expected {
    std::string principal, right, path;
  };
  void ExpectForeign(const std::vector<Expected>& all) {
    const auto seen = ExpectLooksAgree();
    for (const auto& one : all) {
      EXPECT_THAT(seen.foreign, Contains(AllOf(Field(&ForeignAccess::principal, one.principal),
                                               Field(&ForeignAccess::right, one.right),
                                               Field(&ForeignAccess::path, HasSubstr(one.path)))));
    }
  }
  /// Roles that replicate for another program's tests come and go on this server; one may reach what is open to all.
  StoreSeen ExpectLooksAgree() {
    for (int look = 0;; ++look) {
      const auto fingerprint = engine_.Fingerprint(*Snapshot(), store_.layout);
      auto seen = Observe(store_.layout);
      if (fingerprint == seen.fingerprint) return seen;
      if (look < 5) continue;
      ADD_FAILURE() << "the looks at the server and at the store give two fingerprints";
      return seen;
    }
  }
  void ExpectHindered(const std::string& hindrance) {
    EXPECT_THAT(engine_.Hindrances(store_, Observe(store_.layout)), Contains(HasSubstr(hindrance)));
    ExpectMended();
  }
  void ExpectMended() {
    EXPECT_THAT(Converge(store_, 2).foreign, IsEmpty());
    EXPECT_TRUE(MayLogIn(store_));
  }

  void GrantsOfEveryKindAreRevoked(Isolation isolation) {
    MakeStore(isolation);
    auto service = Careless(store_, store_.layout.owner);
    service.Ask("GRANT USAGE ON SCHEMA " + schema_ + " TO PUBLIC");
    service.Ask("GRANT SELECT ON order_lines TO " + stranger_ + " WITH GRANT OPTION");
    service.Ask("GRANT UPDATE (note) ON order_lines TO " + stranger_);
    service.Ask("GRANT USAGE ON SEQUENCE numbers TO " + stranger_);
    service.Ask("GRANT EXECUTE ON FUNCTION f() TO " + stranger_);
    service.Ask("GRANT USAGE ON TYPE mood TO PUBLIC");
    ExpectForeign({{"PUBLIC", "USAGE", "schema"},
                   {stranger_, "SELECT", "table"},
                   {stranger_, "UPDATE", "column note"},
                   {stranger_, "USAGE", "sequence"},
                   {stranger_, "EXECUTE", "routine"},
                   {"PUBLIC", "USAGE", "type"}});
    ExpectMended();
  }

  /// Only a superuser can make event triggers. Elsewhere the planner revokes what was granted.
  void GrantsAreRefusedAtOnce(Isolation isolation) {
    MakeStore(isolation);
    const std::vector<std::pair<std::string, std::string>> grants = {
        {"GRANT SELECT ON order_lines TO " + stranger_, "order_lines would be open to role"},
        {"GRANT UPDATE (note) ON order_lines TO PUBLIC", "column note"},
        {"GRANT USAGE ON SEQUENCE numbers TO " + stranger_, "numbers"},
        {"GRANT EXECUTE ON FUNCTION f() TO " + stranger_, "f()"},
        {"GRANT USAGE ON TYPE mood TO " + stranger_, "mood"},
        {"GRANT USAGE ON SCHEMA " + schema_ + " TO PUBLIC", "PUBLIC"},
        {"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO " + stranger_, "from now on"},
        {"DO $$BEGIN GRANT SELECT ON order_lines TO " + stranger_ + "; END$$", "order_lines"},
    };
    for (const auto& [grant, what] : grants) {
      const auto words = IsManaged() ? "" : what;
      EXPECT_THAT(RefusalOf(grant), HasSubstr(words)) << grant;
      EXPECT_THAT(RefusalOf("SET freehold.allow_grants = on; " + grant), HasSubstr(words)) << grant;
    }
    EXPECT_EQ(Observe(store_.layout).foreign.empty(), !IsManaged());
    EXPECT_EQ(RefusalOf("GRANT SELECT ON order_lines TO " + store_.layout.logins[1]), "");

    // What is open already, and being reported, doesn't keep the service from its work.
    Careless(store_, store_.layout.owner).Ask("GRANT SELECT ON order_lines TO " + stranger_);
    EXPECT_EQ(RefusalOf("GRANT UPDATE ON order_lines TO " + store_.layout.logins[0]), "");
    ExpectMended();
  }

  /// Only a superuser can give away what belongs to a store's owner.
  void StrangersAsOwnersAreRefusedAtOnce(Isolation isolation) {
    MakeStore(isolation);
    Inside().Ask(
        "CREATE SCHEMA open; GRANT USAGE ON SCHEMA open TO PUBLIC; CREATE TABLE open.rates (id int); "
        "ALTER TABLE open.rates OWNER TO " +
        stranger_);
    for (const auto& what : {"TABLE " + schema_ + ".order_lines", "SEQUENCE " + schema_ + ".numbers",
                             "FUNCTION " + schema_ + ".f()", "TYPE " + schema_ + ".mood"}) {
      const auto give = "ALTER " + what + " OWNER TO ";
      EXPECT_THAT(RefusalOfCareless(give + stranger_), HasSubstr(IsManaged() ? "" : "would be open to role")) << what;
      EXPECT_EQ(RefusalOfCareless(give + store_.layout.logins[0]), "") << what;
    }
    EXPECT_THAT(RefusalOfCareless("ALTER SCHEMA " + schema_ + " OWNER TO " + stranger_),
                HasSubstr(IsManaged() ? "" : "schema " + store_.layout.schema + " would be open to role"));
    Inside().Ask("ALTER SCHEMA " + schema_ + " OWNER TO " + store_.layout.owner);
    EXPECT_THAT(RefusalOfCareless("ALTER TABLE open.rates SET SCHEMA " + schema_),
                HasSubstr(IsManaged() ? "" : "rates would be open to role"));

    Inside().Ask("ALTER TABLE " + schema_ + ".order_lines OWNER TO " + stranger_);
    EXPECT_EQ(RefusalOf("CREATE TABLE bills (id int); ALTER TABLE bills ADD COLUMN note text"), "");
    EXPECT_EQ(RefusalOfCareless("ALTER TABLE " + schema_ + ".order_lines ADD COLUMN amount int"), "")
        << "what is open already is no reason";
  }

  /// No event trigger of PostgreSQL fires for REASSIGN OWNED.
  void AllThatWasReassignedIsTakenBack(Isolation isolation) {
    MakeStore(isolation);
    EXPECT_EQ(RefusalOfCareless("REASSIGN OWNED BY " + store_.layout.owner + " TO " + stranger_), "");
    ExpectForeign({{stranger_, "OWNER", "schema " + store_.layout.schema},
                   {stranger_, "OWNER", "table " + store_.layout.schema + ".order_lines"}});
    EXPECT_TRUE(IsSuspect(store_.layout));
    // The admin of a managed server may not act as the stranger.
    if (IsManaged()) return;
    ExpectMended();
    EXPECT_EQ(Service(store_).Ask("SELECT count(*) FROM order_lines"), "0");
  }

  std::string RefusalOf(const std::string& statement) { return RefusalOf(Service(store_), statement); }
  /// Of a superuser who doesn't know better.
  std::string RefusalOfCareless(const std::string& statement) {
    return RefusalOf(Inside(), "SET freehold.allow_grants = off; " + statement);
  }
  static std::string RefusalOf(Client client, const std::string& statement) {
    try {
      client.Ask(statement);
      return "";
    } catch (const pqxx::sql_error& error) {
      return error.what();
    }
  }

  Store store_;
  std::string stranger_, schema_;
};

INSTANTIATE_TEST_SUITE_P(, Drift, testing::ValuesIn(SitesInPairs()), PrintSite);

TEST_P(Drift, OfADatabaseOpenedToAllIsClosedAndWhoCameInIsSentOut) {
  MakeStore(Isolation::kDatabase);
  Root().Ask("GRANT CONNECT ON DATABASE " + store_.layout.database + " TO PUBLIC");
  ExpectForeign({{"PUBLIC", "CONNECT", "database"}});
  auto intruder = As(stranger_, store_.layout.database);
  Converge(store_, 2);
  EXPECT_ANY_THROW(As(stranger_, store_.layout.database));
  // Without pg_signal_backend an admin ends nobody else's sessions.
  EXPECT_EQ(intruder.IsAlive(), IsManaged());
}

TEST_P(Drift, OfGrantsInADatabaseOfItsOwnIsRevoked) { GrantsOfEveryKindAreRevoked(Isolation::kDatabase); }
TEST_P(Drift, OfGrantsInASharedDatabaseIsRevoked) { GrantsOfEveryKindAreRevoked(Isolation::kSchema); }

TEST_P(Drift, OfAReassignedDatabaseIsMended) { AllThatWasReassignedIsTakenBack(Isolation::kDatabase); }
TEST_P(Drift, OfAReassignedSchemaIsMended) { AllThatWasReassignedIsTakenBack(Isolation::kSchema); }

TEST_P(Drift, OfRightsPassedOnByAGranteeIsRevoked) {
  MakeStore(Isolation::kSchema);
  const auto second = Stranger("second");
  Root().Ask("GRANT " + ServicesRole(store_.layout.database) + " TO " + stranger_);
  auto service = Careless(store_, store_.layout.owner);
  service.Ask("GRANT USAGE ON SCHEMA " + schema_ + " TO " + stranger_ + "; GRANT SELECT ON order_lines TO " +
              stranger_ + " WITH GRANT OPTION");
  Careless(store_, stranger_).Ask("GRANT SELECT ON " + schema_ + ".order_lines TO " + second);
  ExpectForeign({{second, "SELECT", "order_lines"}});
  ExpectMended();
}

TEST_P(Drift, OfDefaultPrivilegesIsMended) {
  MakeStore(Isolation::kSchema);
  auto service = Careless(store_, store_.layout.owner);
  service.Ask("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO " + stranger_);
  service.Ask("ALTER DEFAULT PRIVILEGES IN SCHEMA " + schema_ + " GRANT EXECUTE ON FUNCTIONS TO " + stranger_);
  service.Ask("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC");
  ExpectForeign({{stranger_, "SELECT", "default privileges of " + store_.layout.owner},
                 {stranger_, "EXECUTE", "default privileges"}});
  ExpectMended();
  service.Ask("CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 2'");
  EXPECT_THAT(Observe(store_.layout).foreign, IsEmpty());
}

TEST_P(Drift, OfStrangersInItsRolesIsMended) {
  MakeStore(Isolation::kDatabase);
  Root().Ask("GRANT " + store_.layout.owner + " TO " + stranger_ + " WITH ADMIN OPTION");
  ExpectForeign({{stranger_, "MEMBER", "member of " + store_.layout.owner}});
  // From 16 on only a superuser revokes what a superuser granted.
  if (IsManaged() && major_ >= 16) {
    EXPECT_THAT(Plan(store_), IsEmpty());
    return;
  }
  ExpectMended();
}

TEST_P(Drift, OfPredefinedRolesIsMended) {
  MakeStore(Isolation::kSchema);
  Root().Ask("GRANT pg_read_all_data TO " + store_.layout.logins[0]);
  ExpectForeign({{store_.layout.logins[0], "MEMBER", "pg_read_all_data"}});
  if (IsManaged() && major_ >= 16) return;
  ExpectMended();
}

TEST_P(Drift, OfARoleThatReadsAllOfTheSharedDatabaseIsTold) {
  MakeStore(Isolation::kSchema);
  Root().Ask("GRANT pg_read_all_data, " + ServicesRole(store_.layout.database) + " TO " + stranger_);
  ExpectForeign({{stranger_, "MEMBER", "member of pg_read_all_data"}});
  EXPECT_THAT(Snapshot()->findings, Contains(HasSubstr(stranger_)));
}

TEST_P(Drift, OfARolesAttributesIsMended) {
  MakeStore(Isolation::kDatabase);
  auto root = Root();
  root.Ask("ALTER ROLE " + store_.layout.owner + " LOGIN CREATEDB CREATEROLE");
  root.Ask("ALTER ROLE " + store_.layout.logins[0] + " CONNECTION LIMIT 3 NOINHERIT");
  root.Ask("ALTER ROLE " + store_.layout.logins[0] + " SET search_path = public");
  root.Ask("ALTER ROLE " + store_.layout.logins[0] + " IN DATABASE " + store_.layout.database + " SET role = none");
  root.Ask("ALTER ROLE " + store_.layout.logins[0] + " RESET role");
  root.Ask("COMMENT ON ROLE " + store_.layout.logins[1] + " IS NULL");
  if (!IsManaged()) root.Ask("ALTER ROLE " + store_.layout.logins[1] + " REPLICATION BYPASSRLS SUPERUSER");
  ExpectHindered("does not work as " + store_.layout.owner);
  EXPECT_EQ(root.Ask("SELECT count(*) FROM pg_roles WHERE rolname LIKE '" + Unique("orders") +
                     "%' AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)"),
            "0");
}

TEST_P(Drift, OfADroppedLoginIsMended) {
  MakeStore(Isolation::kDatabase);
  auto inside = Inside();
  inside.Ask("DROP OWNED BY " + store_.layout.logins[0] + "; DROP ROLE " + store_.layout.logins[0]);
  EXPECT_FALSE(Observe(store_.layout).logins[0].exists);
  store_.logins[0].new_verifier = engine_.MakeVerifier(kPassword);
  ExpectMended();
}

TEST_P(Drift, OfOwnershipIsMended) {
  MakeStore(Isolation::kSchema);
  auto inside = Inside();
  inside.Ask("ALTER TABLE " + schema_ + ".order_lines OWNER TO " + store_.layout.logins[1]);
  inside.Ask("ALTER FUNCTION " + schema_ + ".f() OWNER TO " + store_.layout.logins[0]);
  inside.Ask("CREATE TABLE " + schema_ + ".serials (id serial)");
  inside.Ask("ALTER TABLE " + schema_ + ".serials OWNER TO " + store_.layout.logins[0]);
  inside.Ask("CREATE OPERATOR " + schema_ + ".=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)");
  inside.Ask("ALTER OPERATOR " + schema_ + ".=== (int, int) OWNER TO " + store_.layout.logins[0]);
  ExpectMended();
  EXPECT_EQ(inside.Ask("SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE schemaname = '" +
                       store_.layout.schema + "'"),
            store_.layout.owner);
}

TEST_P(Drift, OfAStrangersTableInTheSchemaIsFound) {
  MakeStore(Isolation::kDatabase);
  auto inside = Inside();
  inside.Ask("ALTER TABLE " + schema_ + ".order_lines OWNER TO " + stranger_);
  ExpectForeign({{stranger_, "OWNER", "table"}});
  if (IsManaged()) return;  // its admin is no member of the stranger, so it can take nothing from it
  ExpectMended();
}

TEST_P(Drift, OfADroppedSchemaIsMended) {
  MakeStore(Isolation::kDatabase);
  Service(store_).Ask("DROP SCHEMA " + schema_ + " CASCADE");
  ExpectHindered("schema orders does not exist");
  Service(store_).Ask("CREATE TABLE again (id int)");
}

TEST_P(Drift, OfRightsThatTheOwnerTookFromItselfIsMended) {
  MakeStore(Isolation::kSchema);
  Service(store_).Ask("REVOKE ALL ON SCHEMA " + schema_ + " FROM " + store_.layout.owner);
  ExpectHindered("has no USAGE on schema");
  Service(store_).Ask("CREATE TABLE again (id int)");
}

TEST_P(Drift, OfAShutDatabaseIsMended) {
  MakeStore(Isolation::kDatabase);
  Root().Ask("ALTER DATABASE " + store_.layout.database + " WITH ALLOW_CONNECTIONS false");
  Root().Ask("ALTER DATABASE " + store_.layout.database + " WITH CONNECTION LIMIT 0");
  ExpectHindered("accepts no connections");
}

TEST_P(Drift, OfAnObjectMadeByTheLoginItselfStaysUsableByTheOwner) {
  MakeStore(Isolation::kSchema);
  Service(store_).Ask("SET ROLE NONE; CREATE TABLE " + schema_ + ".own (id int)");
  EXPECT_EQ(Service(store_).Ask("SELECT count(*) FROM own"), "0");
  ExpectMended();
}

TEST_P(Drift, OfWhatATenantPlantedNeverRunsAsTheOperator) {
  MakeStore(Isolation::kDatabase);
  auto service = Service(store_);
  for (const auto* name : {"format(text, text)", "lower(text)", "count(int)", "coalesce_(text)"}) {
    service.Ask("CREATE FUNCTION " + std::string(name) +
                " RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''planted''; END'");
  }
  service.Ask(
      "CREATE FUNCTION eq(name, name) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''planted''; END'; "
      "CREATE OPERATOR = (LEFTARG = name, RIGHTARG = name, FUNCTION = eq)");
  Root().Ask("ALTER DATABASE " + store_.layout.database + " SET search_path = " + schema_ + ", pg_catalog");
  ExpectMended();
}

TEST_P(Drift, NeverMovesAStoreThatCarriesAnothersMarker) {
  for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema}) {
    auto store = NewStore(isolation, "s" + std::to_string(static_cast<int>(isolation)));
    const auto seen = Converge(store, 1);
    auto thief = ClaimedByAnother(store);
    thief.adopt = true;
    EXPECT_THAT(engine_.Plan(thief, seen), IsEmpty());
    for (const auto policy :
         {api::DeletionPolicy::kDelete, api::DeletionPolicy::kRetain, api::DeletionPolicy::kOrphan}) {
      EXPECT_THAT(engine_.PlanRemoval(store.layout, "uid-2", policy, seen), IsEmpty());
    }
    EXPECT_EQ(seen.marker->uid, "uid-1");
  }
}

TEST_P(Drift, OfLimitsIsMended) {
  MakeStore(Isolation::kSchema);
  store_.connections = 7;
  store_.statement_timeout = std::chrono::seconds(30);
  ExpectMended();
  EXPECT_EQ(Service(store_).Ask("SHOW statement_timeout"), "30s");
  Service(store_).Ask("SET ROLE NONE; ALTER ROLE " + store_.layout.logins[0] + " SET statement_timeout = 0");
  ExpectMended();
  store_.statement_timeout.reset();
  store_.connections.reset();
  ExpectMended();
  EXPECT_EQ(Service(store_).Ask("SHOW statement_timeout"), "0");
}

TEST_P(Drift, OfExtensionsIsMended) {
  for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema}) {
    auto store = NewStore(isolation, "e" + std::to_string(static_cast<int>(isolation)));
    store.extensions = {"pgcrypto"};
    EXPECT_THAT(Converge(store, 1).foreign, IsEmpty());
    EXPECT_NE(Service(store).Ask("SELECT crypt('a', gen_salt('bf', 4))"), "");
  }
}

TEST_P(Drift, ByGrantsInADatabaseOfItsOwnIsRefusedAtOnce) { GrantsAreRefusedAtOnce(Isolation::kDatabase); }
TEST_P(Drift, ByGrantsInASharedDatabaseIsRefusedAtOnce) { GrantsAreRefusedAtOnce(Isolation::kSchema); }

TEST_P(Drift, ByAStrangerAsOwnerInADatabaseOfItsOwnIsRefusedAtOnce) {
  StrangersAsOwnersAreRefusedAtOnce(Isolation::kDatabase);
}
TEST_P(Drift, ByAStrangerAsOwnerInASharedDatabaseIsRefusedAtOnce) {
  StrangersAsOwnersAreRefusedAtOnce(Isolation::kSchema);
}

TEST_P(Drift, OfTheGuardOfGrantsIsMended) {
  MakeStore(Isolation::kDatabase);
  for (const auto* drift : {"ALTER EVENT TRIGGER freehold_guard_end DISABLE", "DROP EVENT TRIGGER freehold_guard_start",
                            "COMMENT ON EVENT TRIGGER freehold_guard_end IS 'freehold: of an older version'"}) {
    if (!IsManaged()) Inside().Ask(drift);
    Converge(store_, 1);
    EXPECT_EQ(RefusalOf("GRANT SELECT ON order_lines TO " + stranger_).empty(), IsManaged()) << drift;
  }
}

}  // namespace
}  // namespace freehold::engines::postgres
