// The operator against a real API server and a real PostgreSQL, one pass at a time.
//
// The operator works with the token of the chart's ServiceAccount and so with the chart's RBAC; what the test itself
// does, it does as administrator.
#pragma once

#include <functional>
#include <memory>
#include <pqxx/connection>
#include <string>
#include <vector>

#include "operator.h"
#include "operator/kube/rest_client.h"

namespace freehold::test {

/// A libpq conninfo, taken apart.
struct Conninfo {
  std::string host, user, password, ca_file;
  int port = 0;
  std::string With(const std::string& database, const std::string& user, const std::string& password) const;
};
/// Of the environment variable FREEHOLD_TEST_PG<major>. Throws when it isn't set.
Conninfo PostgresOf(int major);

/// One connection to PostgreSQL. Throws pqxx errors.
class Session {
 public:
  explicit Session(const std::string& conninfo);
  ~Session();
  Session(Session&&) noexcept;

  /// The first column of the last statement.
  std::vector<std::string> Query(const std::string& sql);

 private:
  std::unique_ptr<pqxx::connection> connection_;
};

/// Runs SQL on one connection and returns the first column of the last statement. Throws pqxx errors.
std::vector<std::string> Query(const std::string& conninfo, const std::string& sql);
/// Does this login open this database?
bool Opens(const std::string& conninfo);

/// Wall and steady time of the machine, moved ahead by hand.
class ShiftedClock final : public base::Clock {
 public:
  std::chrono::system_clock::time_point Wall() const override { return std::chrono::system_clock::now() + shift_; }
  std::chrono::steady_clock::time_point Steady() const override { return std::chrono::steady_clock::now() + shift_; }
  void Advance(std::chrono::seconds by) { shift_ += by; }

 private:
  std::chrono::seconds shift_{0};
};

/// The chart installed once per process, and a client with the rights of its ServiceAccount.
class Cluster {
 public:
  static Cluster& Instance();

  kube::RestClient& admin() { return *admin_; }
  kube::RestClient& controller() { return *controller_; }
  const std::string& controller_kubeconfig() const { return controller_kubeconfig_; }
  static constexpr const char* kNamespace = "freehold-system";

 private:
  Cluster();
  std::unique_ptr<kube::RestClient> admin_;
  std::unique_ptr<kube::RestClient> controller_;
  std::string controller_kubeconfig_;
};

/// A namespace and a DatabaseServer of the test's own; both are removed at the end, with all that was made on the
/// server.
class OperatorWorld {
 public:
  enum class Admin {
    kSuperuser,
    kManaged,      ///< CREATEDB and CREATEROLE
    kReplicating,  ///< the same with REPLICATION and in pg_create_subscription
  };

  explicit OperatorWorld(int major = 15, const std::string& extra_server_spec = "{}", Admin = Admin::kSuperuser);
  /// In a namespace that worlds take one after the other: it is emptied at the end, which costs less than its removal.
  OperatorWorld(const std::string& lasting_namespace, int major, const std::string& extra_server_spec, Admin);
  ~OperatorWorld();

  const std::string ns;
  const std::string server;
  Conninfo postgres;
  ShiftedClock clock;
  /// Of the lives that are started from now on; see Surroundings.
  connect::MakeTransport connect = connect::TransportTo;
  topics::MakeAdmin kafka = topics::AdminOf;
  std::optional<policyreports::Api> reports;
  bool counts_guards = false;
  std::function<void()> meanwhile = [] {};
  std::shared_ptr<engines::postgres::Pools> pools =
      std::make_shared<engines::postgres::Pools>(engines::postgres::Keep::kAll);

  /// spec of a ServiceDatabase as JSON; service names are made unique by `ns`.
  void Apply(const std::string& name, const std::string& spec_json);
  void Annotate(const std::string& name, const std::string& key, const std::string& value);
  void Delete(const std::string& name);
  bool Exists(const std::string& name);
  api::ServiceDatabase Get(const std::string& name);
  std::vector<api::ServiceDatabase> All();
  /// The entries of a Secret of the namespace, or of another one; empty when there is none.
  std::map<std::string, std::string> Secret(const std::string& name, const std::string& of = "");
  void DeleteSecret(const std::string& name);
  /// Names of all that are in the namespace.
  std::vector<std::string> Secrets();
  /// What the garbage collector does in a cluster: Secrets of the namespace whose owners are gone go, too.
  void CollectGarbage();
  /// The DatabaseServer is another PostgreSQL from now on, which knows nothing of the one before.
  void ReplaceServer(int major);
  /// Drops all that was made on the server.
  void RemoveStores();

  /// spec.spares of the DatabaseServer.
  void SetSpares(int count);
  /// All databases that have names of its spare ones, whoever made them; sorted.
  std::vector<std::string> Spares();
  std::optional<api::DatabaseServer> GetServer();
  void DeleteServer();

  std::unique_ptr<Operator> Start(runtime::GateObserver* observer = nullptr);

  /// Says by tls.peerRootCert of the DatabaseServer where the server itself has its CA.
  void TellWhereItsAuthorityIs();

  /// The ReportingWarehouse of the world, called as its server, on that server.
  void ApplyWarehouse(const std::string& spec_json = "{}");
  void DeleteWarehouse();
  std::optional<api::ReportingWarehouse> GetWarehouse();

  /// As administrator of the server, on a connection of its own.
  std::vector<std::string> Sql(const std::string& sql, const std::string& database = "postgres");
  /// The same for many statements.
  Session SessionIn(const std::string& database);
  /// With the credential of a Secret; `database` instead of its own when given.
  std::string LoginOf(const std::string& secret, const std::string& database = "");
  std::string LoginIn(std::map<std::string, std::string> entries, const std::string& database = "");

 private:
  OperatorWorld(const std::string& name, bool lasting, int major, const std::string& extra_server_spec, Admin);
  void RemoveObjects();
  void EmptyNamespace();
  /// Slots and subscriptions keep a database from being dropped.
  void EndReplication(Session& postgres);

  const bool lasting_;
  std::string server_uid_;
};

/// Status of a condition: "True", "False", "Unknown", "" when it isn't there.
std::string StatusOf(const api::ServiceDatabase&, const std::string& condition);
std::string ReasonOf(const api::ServiceDatabase&, const std::string& condition);

}  // namespace freehold::test
