#include "reconcilers/engines/postgres/secrecy.h"

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

constexpr const char* kTable = "pg_temp.freehold_secret";
constexpr const char* kForget = "DROP TABLE IF EXISTS pg_temp.freehold_secret";
// What fails is raised anew, since the context of the failure has the statement.
constexpr const char* kBlock = R"sql(DO $secret$ DECLARE secret text := (SELECT value FROM pg_temp.freehold_secret);
BEGIN
  BEGIN
    PERFORM set_config('pg_stat_statements.track_utility', 'off', true);
  EXCEPTION WHEN insufficient_privilege THEN
    NULL;
  END;
  EXECUTE format({statement}, secret);
EXCEPTION WHEN OTHERS THEN
  RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM;
END $secret$)sql";

std::string Escaped(const std::string& statement) {
  std::string format;
  for (const char c : statement) format += c == '%' ? "%%" : std::string(1, c);
  return format;
}

}  // namespace

std::string BySecret(const std::string& statement) {
  return Fill(kBlock, {{"statement", QuoteValue(Fill(Escaped(statement), {{"secret", "%L"}}))}});
}

Result<void> WithSecret(Connection& connection, const base::Sensitive& secret,
                        const std::function<Result<void>()>& run) {
  auto done = connection.Do(std::string(kForget) + "; CREATE TEMPORARY TABLE freehold_secret (value text)");
  if (done) done = connection.Copy(kTable, secret.Reveal());
  if (done) done = run();
  if (connection.broken()) return done;
  auto forgotten = connection.Do(kForget);
  return done ? forgotten : done;
}

}  // namespace freehold::engines::postgres
