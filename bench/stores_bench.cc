// How long until stores that were asked for are Ready, beside the limit measured in the same run.
// Prints Markdown: freehold_bench [SCHEMA_COUNT [DATABASE_COUNT]]
#include <cstdlib>
#include <iostream>

#include "freehold_run.h"
#include "limit.h"

namespace freehold::bench {
namespace {

/// The limit plans for the newest version, see Engine::BlankServer.
constexpr int kMajor = 18;
constexpr int kSchemaConcurrency = 8;
/// CREATE DATABASE gets slower with more at once.
constexpr int kDatabaseConcurrency = 4;

void Ask(test::OperatorWorld& world, const std::string& isolation, int count) {
  for (int index = 0; index < count; ++index) {
    const std::string name = "s" + std::to_string(index);
    world.Apply(name, R"({"isolation": ")" + isolation + R"(", "name": ")" + world.ns + "_" + name + R"("})");
  }
}

void Compare(api::Isolation isolation, int count, int concurrency) {
  const std::string word = ToString(isolation);
  std::vector<Figures> figures;
  {
    test::OperatorWorld world(kMajor);
    world.Start()->Settle();
    Ask(world, word, count);
    figures.push_back(RunLimit(world, isolation, count, concurrency));
  }
  {
    test::OperatorWorld world(kMajor);
    world.Start()->Settle();
    Ask(world, word, count);
    figures.push_back(RunFreehold(world, count));
  }
  std::cout << Table(std::to_string(count) + " stores, isolation " + word, figures) << std::flush;
}

int Run(int argc, char** argv) {
  const int schemas = argc > 1 ? std::atoi(argv[1]) : 200;
  const int databases = argc > 2 ? std::atoi(argv[2]) : 50;
  Compare(api::Isolation::kSchema, schemas, kSchemaConcurrency);
  Compare(api::Isolation::kDatabase, databases, kDatabaseConcurrency);
  return 0;
}

}  // namespace
}  // namespace freehold::bench

int main(int argc, char** argv) {
  try {
    return freehold::bench::Run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "freehold_bench: " << error.what() << "\n";
    return 1;
  }
}
