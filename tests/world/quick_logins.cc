// Part of every program that tests the operator on real servers: logging in as a server's superuser costs one round of
// SCRAM from then on instead of 4,096, which take the client as long as all the rest of a connection takes.
#include <gtest/gtest.h>

#include <cstdlib>

#include "operator_world.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/scram.h"

namespace freehold::test {
namespace {

namespace postgres = engines::postgres;

class QuickLogins : public testing::Environment {
 public:
  void SetUp() override {
    for (const int major : {14, 15, 16, 17, 18}) {
      if (!std::getenv(("FREEHOLD_TEST_PG" + std::to_string(major)).c_str())) continue;
      const auto server = PostgresOf(major);
      const auto verifier = postgres::ScramVerifier(base::Sensitive(server.password), "sixteen of bytes", 1);
      Query(server.With("postgres", server.user, server.password),
            "ALTER ROLE " + postgres::QuoteName(server.user) + " PASSWORD " + postgres::QuoteValue(verifier));
    }
  }
};

const auto* const kQuickLogins = testing::AddGlobalTestEnvironment(new QuickLogins);

}  // namespace
}  // namespace freehold::test
