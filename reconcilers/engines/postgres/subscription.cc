#include "reconcilers/engines/postgres/subscription.h"

#include <algorithm>

#include "operator/base/text.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/secrecy.h"

namespace freehold::engines::postgres {
namespace {

constexpr const char* kWriteAuthority = R"sql(DO $write$
BEGIN
  EXECUTE format('COPY (SELECT line FROM unnest(string_to_array(%L, chr(10))) WITH ORDINALITY AS t(line, n)
    WHERE length(line) > 0 ORDER BY n) TO %L', {pem}, current_setting('data_directory') || '/' || {file});
END
$write$)sql";

std::string AuthorityFile(const Upstream& upstream) {
  return "freehold_ca_" + base::Sha256Hex(upstream.ca_pem).substr(0, 16) + ".pem";
}

bool BringsAuthority(const Upstream& upstream) {
  return upstream.tls == api::TlsMode::kVerifyFull && upstream.root_cert.empty() && !upstream.ca_pem.empty();
}

}  // namespace

std::string ConnectionTo(const Upstream& upstream) {
  std::string text = ConnectParameter("host", upstream.host) + ConnectParameter("port", std::to_string(upstream.port)) +
                     ConnectParameter("dbname", upstream.database) + ConnectParameter("user", upstream.user) +
                     ConnectParameter("password", upstream.password.Reveal()) +
                     ConnectParameter("sslmode", api::SslModeOf(upstream.tls));
  // A relative path is one in the server's own directory, where its workers are at home.
  if (upstream.tls == api::TlsMode::kVerifyFull) {
    const auto by_operator = BringsAuthority(upstream) ? AuthorityFile(upstream) : "system";
    text += ConnectParameter("sslrootcert", upstream.root_cert.empty() ? by_operator : upstream.root_cert);
  }
  return text + "connect_timeout=10";
}

std::string ConnectionNote(const Upstream& upstream) {
  return ", connection " + base::Sha256Hex(ConnectionTo(upstream));
}

std::string ConninfoDigest(const Insights& insights) {
  if (insights.conninfos) return "encode(sha256(convert_to(s.subconninfo, 'UTF8')), 'hex')";
  return "coalesce(substring(obj_description(s.oid, 'pg_subscription') FROM ', connection ([0-9a-f]{64})'), '')";
}

bool NeedsAuthority(const Upstream& upstream, const std::vector<std::string>& authorities) {
  return BringsAuthority(upstream) && std::ranges::count(authorities, AuthorityFile(upstream)) == 0;
}

std::vector<std::string> WriteAuthority(const Upstream& upstream) {
  return {Fill(kWriteAuthority, {{"pem", QuoteValue(upstream.ca_pem)}, {"file", QuoteValue(AuthorityFile(upstream))}})};
}

std::vector<std::string> MendSubscription(const std::string& subscription, const std::string& comment) {
  const auto alter = "ALTER SUBSCRIPTION " + subscription;
  return {BySecret(alter + " CONNECTION {secret}"), comment, alter + " SET (" + kOnDisk + ")", alter + " ENABLE"};
}

std::vector<std::string> EndSubscription(const std::string& subscription) {
  return {"ALTER SUBSCRIPTION " + subscription + " DISABLE",
          "ALTER SUBSCRIPTION " + subscription + " SET (slot_name = NONE)", "DROP SUBSCRIPTION " + subscription};
}

}  // namespace freehold::engines::postgres
