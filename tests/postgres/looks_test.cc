// What a look at a store costs on a server of many.
#include <nlohmann/json.hpp>

#include "reconcilers/engines/postgres/snapshot_query.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;

/// How often a plan, as EXPLAIN tells it, reads all of the table.
int PassesOver(const std::string& table, const nlohmann::json& plan) {
  if (!plan.is_structured()) return 0;
  int passes =
      plan.is_object() && plan.value("Node Type", "") == "Seq Scan" && plan.value("Relation Name", "") == table;
  for (const auto& part : plan) passes += PassesOver(table, part);
  return passes;
}

class Looks : public ServerTest {
 protected:
  void MakeRoles(int count) {
    Root().Ask("DO $$BEGIN FOR n IN 1.." + std::to_string(count) + " LOOP EXECUTE format('CREATE ROLE " +
               Unique("other_%s") + "', n); END LOOP; END$$");
  }
  void DropRoles(int count) {
    Root().Ask("DO $$BEGIN FOR n IN 1.." + std::to_string(count) + " LOOP EXECUTE format('DROP ROLE " +
               Unique("other_%s") + "', n); END LOOP; END$$");
  }
};

INSTANTIATE_TEST_SUITE_P(, Looks, testing::Values(Site{"FREEHOLD_TEST_PG18", AdminKind::kSuperuser}), PrintSite);

TEST_P(Looks, ReadAllRolesOnceInAMessageHoweverManyThereAre) {
  constexpr int kRoles = 10'000;
  std::vector<Store> stores{NewStore(Isolation::kDatabase), NewStore(Isolation::kSchema, "billing")};
  for (const auto& store : stores) Converge(store);
  MakeRoles(kRoles);
  const Dialect dialect{major_, {.verifiers = true, .access_file = true, .conninfos = true}};
  for (const auto& store : stores) {
    auto client = Root(store.layout.database);
    for (const auto& message :
         {StoreQuestions(dialect, store.layout, true), FurtherQuestions(dialect, store.layout, true)}) {
      const auto& first = message.front();
      for (const auto& question : message) {
        const auto plan = client.Ask(first.text + "; EXPLAIN (FORMAT JSON) " + question.text);
        EXPECT_EQ(PassesOver("pg_authid", nlohmann::json::parse(plan)), question.key.empty() ? 1 : 0)
            << question.section << " " << question.key << "\n"
            << question.text << "\n"
            << plan;
      }
    }
  }
  DropRoles(kRoles);
}

}  // namespace
}  // namespace freehold::engines::postgres
