#include "reconcilers/engines/postgres/operator_schema.h"

#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

// Its owner could run code with the operator's rights.
constexpr const char* kIsOurs = R"sql(DO $check$ BEGIN
  IF EXISTS (SELECT FROM pg_namespace WHERE nspname = 'freehold' AND nspowner <> current_user::regrole) THEN
    RAISE EXCEPTION 'schema freehold of database % belongs to somebody else; rename it, or give it to %',
      current_database(), current_user;
  END IF;
END $check$)sql";

}  // namespace

const char* const kBePolite = "SELECT set_config('lock_timeout', '1s', true)";

std::vector<std::string> EnsureOperatorSchema(const PlanContext& context) {
  std::vector<std::string> statements;
  // Stores that share a database may make it at the same moment: the second one waits and finds it there.
  if (!context.has_own_database) {
    statements.push_back("SELECT pg_advisory_xact_lock(hashtextextended('freehold schema', 0))");
  }
  statements.push_back("CREATE SCHEMA IF NOT EXISTS " + QuoteName(kOperatorSchema));
  statements.push_back(kIsOurs);
  return statements;
}

}  // namespace freehold::engines::postgres
