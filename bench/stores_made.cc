#include <iostream>

#include "freehold_run.h"
#include "limit.h"
#include "stores_bench.h"

namespace freehold::bench {
namespace {

constexpr int kSchemaConcurrency = 8;
/// CREATE DATABASE gets slower with more at once.
constexpr int kDatabaseConcurrency = 4;

/// A world is gone before the next one comes: a controller works for all that there are.
void Compare(api::Isolation isolation, int count, int concurrency) {
  if (count == 0) return;
  const std::string word = ToString(isolation);
  std::vector<Figures> figures;
  {
    test::OperatorWorld world(kStoresOn, kManyStores);
    world.Start()->Settle();
    Ask(world, word, 0, count);
    figures.push_back(RunLimit(world, isolation, count, concurrency));
  }
  {
    test::OperatorWorld world(kStoresOn, kManyStores);
    world.Start()->Settle();
    Ask(world, word, 0, count);
    figures.push_back(RunFreehold(world));
  }
  std::cout << Table(std::to_string(count) + " stores, isolation " + word, figures) << std::flush;
}

}  // namespace

void MeasureMade(int schemas, int databases) {
  Compare(api::Isolation::kSchema, schemas, kSchemaConcurrency);
  Compare(api::Isolation::kDatabase, databases, kDatabaseConcurrency);
}

}  // namespace freehold::bench
