// Small worlds made by chance: what the list of ways into a store says must agree with what logins that try really get.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;

/// For each major and kind of admin; FREEHOLD_RANDOM_WORLDS asks for more.
int Worlds() {
  const char* asked = std::getenv("FREEHOLD_RANDOM_WORLDS");
  return asked ? std::atoi(asked) : 12;
}
const std::vector<std::string> kTables = {"orders", "lines"};

class RandomWorlds : public ServerTest {
 protected:
  void MakeStores() {
    for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema}) {
      auto store = NewStore(isolation, "s" + std::to_string(static_cast<int>(isolation)));
      Converge(store, 1);
      for (auto& login : store.logins) login.new_verifier.reset();
      for (const auto& table : kTables) {
        Service(store).Ask("CREATE TABLE " + table + " (id int, note text); INSERT INTO " + table + " VALUES (1, 'x')");
      }
      stores_.push_back(store);
    }
  }

  /// One world: made, compared, and unmade.
  void Live(unsigned seed) {
    random_.seed(seed);
    const auto& store = stores_[seed % stores_.size()];
    history_ = "seed " + std::to_string(seed) + ", " + PrintSite({GetParam(), 0}) + ":";
    MakeRoles(store);
    for (int i = Pick(3, 8); i > 0; --i) Happen(store);
    Compare(store);
    if (!IsManaged()) ExpectMended(store);
    Unmake(store);
    EXPECT_EQ(Print(Observe(store.layout).foreign), "") << history_;
    EXPECT_FALSE(IsSuspect(store.layout)) << history_;
  }

  int worlds_that_leak_ = 0;

 private:
  int Pick(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }
  bool Toss() { return Pick(0, 1) == 1; }
  template <class T>
  const T& One(const std::vector<T>& of) {
    return of[Pick(0, static_cast<int>(of.size()) - 1)];
  }

  void Do(const Store& store, const std::string& statement) {
    history_ += "\n  " + statement;
    Root(store.layout.database).Ask(statement);
  }

  void MakeRoles(const Store& store) {
    roles_.clear();
    logins_.clear();
    const int count = Pick(3, 4);
    for (int i = 0; i < count; ++i) {
      // Somebody always comes as far as the door of a shared database.
      const bool login = i == 0 || Toss();
      const std::string options = std::string(login ? "LOGIN" : "NOLOGIN") + (Toss() ? " NOINHERIT" : "");
      roles_.push_back(Stranger("r" + std::to_string(++made_), options));
      history_ += "\n  CREATE ROLE " + roles_.back() + " " + options;
      if (login) logins_.push_back(roles_.back());
    }
    if (!HasOwnDatabase(store.layout)) {
      Do(store, "GRANT " + ServicesRole(store.layout.database) + " TO " + roles_[0] +
                    (major_ >= 16 ? " WITH INHERIT TRUE" : ""));
    }
  }

  std::string Options() {
    if (major_ < 16) return Toss() ? " WITH ADMIN OPTION" : "";
    const auto one = [&](const char* name) { return std::string(name) + (Toss() ? " TRUE" : " FALSE"); };
    return " WITH " + one("ADMIN") + ", " + one("INHERIT") + ", " + one("SET");
  }

  void Happen(const Store& store) {
    const auto& layout = store.layout;
    const auto schema = QuoteName(layout.schema);
    const auto table = QuoteName(layout.schema, One(kTables));
    const auto role = One(roles_);
    const auto anybody = Pick(0, 4) == 0 ? std::string("PUBLIC") : role;
    switch (Pick(0, 10)) {
      case 0:
      case 1: {
        const int group = Pick(0, static_cast<int>(roles_.size()) - 2);
        const int member = Pick(group + 1, static_cast<int>(roles_.size()) - 1);
        // Towards the first, who gets in, as often as away from it.
        return Forwards() ? Do(store, "GRANT " + roles_[group] + " TO " + roles_[member] + Options())
                          : Do(store, "GRANT " + roles_[member] + " TO " + roles_[group] + Options());
      }
      case 2:
        return Do(store, "GRANT " + One(RolesOf(layout)) + " TO " + role + Options());
      case 3:
      case 4:
        return Do(store,
                  "GRANT CONNECT ON DATABASE " + layout.database + " TO " + (HasOwnDatabase(layout) ? anybody : role));
      case 5:
      case 6:
        return Do(store, "GRANT USAGE ON SCHEMA " + schema + " TO " + anybody);
      case 7:
        return Do(store, "GRANT SELECT ON " + table + " TO " + anybody);
      case 8:
        return Do(store, "GRANT SELECT (note) ON " + table + " TO " + anybody);
      case 9:
        return Do(store, "ALTER TABLE " + QuoteName(layout.schema, kTables[0]) + " OWNER TO " + role);
      default:
        Do(store, "ALTER DEFAULT PRIVILEGES FOR ROLE " + layout.owner + " GRANT SELECT ON TABLES TO " + role);
        return Do(store, "SET ROLE " + layout.owner + "; CREATE TABLE IF NOT EXISTS " + schema +
                             ".late AS SELECT 1 AS id, 'x'::text AS note");
    }
  }

  /// One direction for each world: a membership can't go round.
  bool Forwards() { return made_ % 2 == 0; }

  std::set<std::string> TablesOf(const Store& store) {
    std::set<std::string> tables(kTables.begin(), kTables.end());
    if (!Root(store.layout.database)
             .Ask("SELECT to_regclass('" + QuoteName(store.layout.schema, "late") + "')")
             .empty())
      tables.insert("late");
    return tables;
  }

  bool MayActAs(const std::string& login, const std::string& role) {
    if (role == "PUBLIC") return true;
    return Root().Ask("SELECT pg_has_role(" + QuoteValue(login) + ", " + QuoteValue(role) + ", 'MEMBER')") == "t";
  }

  static bool TellsOf(const ForeignAccess& access, const Store& store, const std::string& table) {
    return access.right == "MEMBER" || access.path.ends_with(" " + store.layout.schema + "." + table);
  }

  void Compare(const Store& store) {
    const auto seen = Observe(store.layout);
    EXPECT_TRUE(seen.foreign.empty() || IsSuspect(store.layout)) << Print(seen.foreign) << "\n" << history_;
    const auto tables = TablesOf(store);
    std::map<std::string, std::set<std::string>> reads;  // by login
    for (const auto& login : logins_) {
      for (const auto& table : tables) {
        const auto query = "SELECT note FROM " + QuoteName(store.layout.schema, table);
        if (Reads(login, store.layout.database, query)) reads[login].insert(table);
      }
    }
    worlds_that_leak_ += reads.empty() ? 0 : 1;
    for (const auto& [login, read] : reads) {
      for (const auto& table : read) {
        EXPECT_TRUE(std::ranges::any_of(seen.foreign,
                                        [&](const ForeignAccess& access) {
                                          return access.severity == Severity::kCritical &&
                                                 TellsOf(access, store, table) && MayActAs(login, access.principal);
                                        }))
            << login << " reads " << table << ", but listed is:" << Print(seen.foreign) << "\n"
            << history_;
      }
    }
    for (const auto& access : seen.foreign) {
      const bool reading = access.right == "SELECT" || access.right == "MEMBER" || access.right == "OWNER";
      if (access.severity != Severity::kCritical || !reading) continue;
      EXPECT_TRUE(std::ranges::any_of(reads,
                                      [&](const auto& who) {
                                        return MayActAs(who.first, access.principal) &&
                                               std::ranges::any_of(who.second, [&](const auto& table) {
                                                 return TellsOf(access, store, table);
                                               });
                                      }))
          << "nobody can use:" << Print({access}) << "\n"
          << history_;
    }
  }

  void ExpectMended(const Store& store) {
    Converge(store, 3);
    EXPECT_EQ(Print(Observe(store.layout).foreign), "") << history_;
    for (const auto& login : logins_) {
      for (const auto& table : TablesOf(store)) {
        EXPECT_FALSE(Reads(login, store.layout.database, "SELECT FROM " + QuoteName(store.layout.schema, table)))
            << history_;
      }
    }
  }

  void Unmake(const Store& store) {
    const auto& layout = store.layout;
    const auto schema = QuoteName(layout.schema);
    const auto roles = QuoteNames(roles_);
    auto root = Root(layout.database);
    root.Ask("REASSIGN OWNED BY " + roles + " TO " + layout.owner);
    root.Ask("DROP OWNED BY " + roles + "; DROP ROLE " + roles);
    root.Ask("REVOKE ALL ON DATABASE " + layout.database + " FROM PUBLIC; REVOKE ALL ON SCHEMA " + schema +
             " FROM PUBLIC; REVOKE ALL ON ALL TABLES IN SCHEMA " + schema + " FROM PUBLIC; DROP TABLE IF EXISTS " +
             schema + ".late");
  }

  static std::string Print(const std::vector<ForeignAccess>& foreign) {
    std::string text;
    for (const auto& access : foreign) {
      text += "\n  " + ToString(access.severity) + ": " + access.principal + ": " + access.right + " by " + access.path;
    }
    return text;
  }

  std::mt19937 random_;
  std::vector<Store> stores_;
  std::vector<std::string> roles_, logins_;
  int made_ = 0;
  std::string history_;
};

INSTANTIATE_TEST_SUITE_P(, RandomWorlds, testing::ValuesIn(SitesInPairs()), PrintSite);

TEST_P(RandomWorlds, AreSeenAsTheyAre) {
  MakeStores();
  const int worlds = Worlds();
  for (int seed = 0; seed < worlds && !HasFailure(); ++seed) Live(seed);
  EXPECT_GT(worlds_that_leak_, worlds / 10);
}

}  // namespace
}  // namespace freehold::engines::postgres
