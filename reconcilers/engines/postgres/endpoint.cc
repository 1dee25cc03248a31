#include "reconcilers/engines/postgres/endpoint.h"

#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/trust.h"

namespace freehold::engines::postgres {
namespace {

// Set in the startup packet, these win over every ALTER ROLE and ALTER DATABASE … SET: no tenant can put a schema of
// its own before pg_catalog, change how times are printed, or keep the operator waiting. The planner expects far more
// rows of memberships than there are, and a hash table is made as large as it expects; work_mem bounds that.
constexpr const char* kPinned =
    "-c search_path=pg_catalog,pg_temp -c statement_timeout=60000 -c lock_timeout=10000 "
    "-c idle_in_transaction_session_timeout=60000 -c TimeZone=UTC -c DateStyle=ISO -c standard_conforming_strings=on "
    "-c client_min_messages=error -c default_transaction_read_only=off -c jit=off -c work_mem=256kB "
    "-c freehold.allow_grants=on -c plan_cache_mode=force_generic_plan";

// An admin who is no superuser would run the policies of a tenant's table: what reads one fails instead.
constexpr const char* kPinnedForAdmin = " -c row_security=off";

base::Sensitive Text(const ServerAccess& access, const std::string& database, const std::string& username,
                     const base::Sensitive& password, const std::string& session, const std::string& options) {
  std::string text = ConnectParameter("host", access.host) + ConnectParameter("port", std::to_string(access.port)) +
                     ConnectParameter("dbname", database) + ConnectParameter("user", username) +
                     ConnectParameter("password", password.Reveal()) +
                     ConnectParameter("sslmode", api::SslModeOf(access.tls)) + ConnectParameter("options", options) +
                     ConnectParameter("application_name", session);
  if (access.tls == api::TlsMode::kVerifyFull) text += ConnectParameter("sslrootcert", TrustFile(access.ca_pem));
  return base::Sensitive(text +
                         "client_encoding=UTF8 gssencmode=disable passfile=/dev/null "
                         "connect_timeout=10 keepalives=1 keepalives_idle=15 keepalives_interval=5 keepalives_count=3 "
                         "tcp_user_timeout=20000");
}

}  // namespace

base::Sensitive ConnectString(const ServerAccess& access, const std::string& database, const std::string& session) {
  return Text(access, database, access.username, access.password, session, std::string(kPinned) + kPinnedForAdmin);
}

base::Sensitive ConnectString(const ServerAccess& access, const std::string& database, const std::string& username,
                              const base::Sensitive& password) {
  return Text(access, database, username, password, "freehold", kPinned);
}

}  // namespace freehold::engines::postgres
