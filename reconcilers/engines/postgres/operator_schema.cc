#include "reconcilers/engines/postgres/operator_schema.h"

#include "operator/base/text.h"
#include "reconcilers/engines/postgres/fill.h"
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

constexpr const char* kTakeTurns = R"sql(DO $turn$ DECLARE before text := current_setting('lock_timeout'); BEGIN
  PERFORM set_config('lock_timeout', '2s', true);
  PERFORM pg_advisory_xact_lock(hashtextextended({what}, 0));
  PERFORM set_config('lock_timeout', before, true);
EXCEPTION WHEN lock_not_available THEN
  NULL;
END $turn$)sql";

// Only the operator makes what is the operator's, so its owner tells. In the class of what is locked or in use.
constexpr const char* kAreOurs = R"sql(DO $check$ BEGIN
  IF EXISTS (SELECT FROM unnest(ARRAY[{tables}]::regclass[]) AS t(oid) JOIN pg_class c ON c.oid = t.oid
      WHERE c.relowner <> current_user::regrole) THEN
    RAISE EXCEPTION USING ERRCODE = 'object_in_use', MESSAGE = 'somebody put a relation of their own in place of the operator''s';
  END IF;
END $check$)sql";

}  // namespace

const char* const kBePolite = "SELECT set_config('lock_timeout', '1s', true)";

std::string TakeTurns(const std::string& what) { return Fill(kTakeTurns, {{"what", QuoteValue("freehold " + what)}}); }

std::vector<std::string> HoldOurs(const std::vector<std::string>& tables) {
  return {"LOCK TABLE " + base::Join(tables) + " IN ACCESS SHARE MODE",
          Fill(kAreOurs, {{"tables", QuoteValues(tables)}})};
}

std::vector<std::string> EnsureOperatorSchema(const PlanContext& context) {
  std::vector<std::string> statements;
  if (!context.has_own_database) statements.push_back(TakeTurns("schema"));
  statements.push_back("CREATE SCHEMA IF NOT EXISTS " + QuoteName(kOperatorSchema));
  statements.push_back(kIsOurs);
  return statements;
}

}  // namespace freehold::engines::postgres
