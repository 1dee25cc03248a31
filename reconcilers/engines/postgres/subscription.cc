#include "reconcilers/engines/postgres/subscription.h"

#include <algorithm>
#include <utility>

#include "operator/base/text.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

constexpr const char* kWriteAuthority = R"sql(DO $write$
BEGIN
  EXECUTE format('COPY (SELECT line FROM unnest(string_to_array(%L, chr(10))) WITH ORDINALITY AS t(line, n)
    WHERE length(line) > 0 ORDER BY n) TO %L', {pem}, current_setting('data_directory') || '/' || {file});
END
$write$)sql";

// For as long as a password stands in a statement: it is written to no log and no statistics.
constexpr std::pair<const char*, const char*> kDiscreet[] = {{"log_statement", "none"},
                                                             {"log_min_duration_statement", "-1"},
                                                             {"log_min_error_statement", "panic"},
                                                             {"pg_stat_statements.track_utility", "off"}};

std::string AuthorityFile(const Upstream& upstream) {
  return "freehold_ca_" + base::Sha256Hex(upstream.ca_pem).substr(0, 16) + ".pem";
}

bool BringsAuthority(const Upstream& upstream) {
  return upstream.tls == api::TlsMode::kVerifyFull && !upstream.ca_pem.empty();
}

}  // namespace

std::string ConnectionTo(const Upstream& upstream) {
  std::string text = ConnectParameter("host", upstream.host) + ConnectParameter("port", std::to_string(upstream.port)) +
                     ConnectParameter("dbname", upstream.database) + ConnectParameter("user", upstream.user) +
                     ConnectParameter("password", upstream.password.Reveal()) +
                     ConnectParameter("sslmode", api::SslModeOf(upstream.tls));
  // A relative path is one in the server's own directory, where its workers are at home.
  if (upstream.tls == api::TlsMode::kVerifyFull) {
    text += ConnectParameter("sslrootcert", BringsAuthority(upstream) ? AuthorityFile(upstream) : "system");
  }
  return text + "connect_timeout=10";
}

bool NeedsAuthority(const Upstream& upstream, const std::vector<std::string>& authorities) {
  return BringsAuthority(upstream) && std::ranges::count(authorities, AuthorityFile(upstream)) == 0;
}

std::vector<std::string> WriteAuthority(const Upstream& upstream) {
  return {Fill(kWriteAuthority, {{"pem", QuoteValue(upstream.ca_pem)}, {"file", QuoteValue(AuthorityFile(upstream))}})};
}

std::vector<std::string> Discreetly(std::vector<std::string> statements) {
  std::vector<std::string> discreet;
  for (const auto& [setting, value] : kDiscreet) {
    discreet.push_back(std::string("SET ") + setting + " = " + QuoteValue(value));
  }
  for (auto& statement : statements) discreet.push_back(std::move(statement));
  for (const auto& [setting, value] : kDiscreet) discreet.push_back(std::string("RESET ") + setting);
  return discreet;
}

std::vector<std::string> EndSubscription(const std::string& subscription) {
  return {"ALTER SUBSCRIPTION " + subscription + " DISABLE",
          "ALTER SUBSCRIPTION " + subscription + " SET (slot_name = NONE)", "DROP SUBSCRIPTION " + subscription};
}

}  // namespace freehold::engines::postgres
