#include "operator_world.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <pqxx/pqxx>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "operator/base/base64.h"
#include "operator/http/cpprest_transport.h"
#include "operator/kube/config.h"
#include "operator/kube/subprocess.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/engines/postgres/spares.h"

namespace freehold::test {
namespace {

using base::Json;

std::string Environment(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  if (!value) throw std::runtime_error("set " + variable + ", or run this by dev/with-servers");
  return value;
}

template <class T>
T Must(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().reason + ": " + result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string Shell(const std::string& script) {
  return Must(kube::RunCommand({.program = "bash",
                                .arguments = {"-euc", script},
                                .environment = {{"KUBECONFIG", Environment("FREEHOLD_TEST_KUBECONFIG")}}},
                               std::chrono::seconds(120)))
      .Reveal();
}

std::unique_ptr<kube::RestClient> ClientOf(const std::string& kubeconfig) {
  auto access = Must(kube::LoadClusterAccess({.kubeconfig = kubeconfig, .context = {}},
                                             kube::Surroundings::OfThisProcess(), base::SystemClock()));
  return std::make_unique<kube::RestClient>(Must(http::MakeTransport(access.endpoint)),
                                            Must(http::MakeTransport(access.endpoint)), kube::RestSettings{});
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string UniqueName() {
  static std::atomic<int> count{0};
  return "t" + std::to_string(::getpid()) + "x" + std::to_string(count++);
}

const kube::Condition* ConditionOf(const api::ServiceDatabase& object, const std::string& type) {
  for (const auto& condition : object.status.conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

}  // namespace

std::string Conninfo::With(const std::string& database, const std::string& login, const std::string& secret) const {
  return "host=" + host + " port=" + std::to_string(port) + " dbname='" + database + "' user='" + login +
         "' password='" + secret + "' sslmode=verify-full sslrootcert='" + ca_file + "' connect_timeout=10";
}

Conninfo PostgresOf(int major) {
  const std::string text = Environment("FREEHOLD_TEST_PG" + std::to_string(major));
  std::map<std::string, std::string> words;
  const std::regex word(R"((\w+)=('([^']*)'|\S+))");
  for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) {
    words[(*at)[1]] = (*at)[3].matched ? (*at)[3].str() : (*at)[2].str();
  }
  return {words["host"], words["user"], words["password"], words["sslrootcert"], std::stoi(words["port"])};
}

Session::Session(const std::string& conninfo) : connection_(std::make_unique<pqxx::connection>(conninfo)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;

std::vector<std::string> Session::Query(const std::string& sql) {
  pqxx::nontransaction work(*connection_);
  std::vector<std::string> values;
  for (const auto& row : work.exec(sql)) values.push_back(row.empty() || row[0].is_null() ? "" : row[0].c_str());
  return values;
}

std::vector<std::string> Query(const std::string& conninfo, const std::string& sql) {
  return Session(conninfo).Query(sql);
}

bool Opens(const std::string& conninfo) {
  try {
    return Query(conninfo, "SELECT 1").size() == 1;
  } catch (const pqxx::broken_connection&) {
    return false;
  }
}

Cluster& Cluster::Instance() {
  static Cluster cluster;
  return cluster;
}

Cluster::Cluster() {
  Shell(
      "helm upgrade --install freehold charts/freehold -n freehold-system --create-namespace --set "
      "controller.enabled=false >&2");
  Shell(
      "kubectl wait --for=condition=Established --timeout=60s crd/servicedatabases.freehold.dev "
      "crd/databaseservers.freehold.dev crd/datapolicies.freehold.dev crd/reportingwarehouses.freehold.dev "
      "crd/credentialindexes.freehold.dev crd/eventbuses.freehold.dev >&2");
  controller_kubeconfig_ = Shell(
      "token=$(kubectl create token freehold -n freehold-system --duration 4h);"
      "file=$(mktemp); kubectl config view --raw --minify --flatten >$file;"
      "kubectl --kubeconfig $file config set-credentials controller --token=\"$token\" >&2;"
      "kubectl --kubeconfig $file config set-context --current --user=controller >&2; echo -n $file");
  admin_ = ClientOf(Environment("FREEHOLD_TEST_KUBECONFIG"));
  controller_ = ClientOf(controller_kubeconfig_);
}

OperatorWorld::OperatorWorld(int major, const std::string& extra_server_spec, Admin kind)
    : OperatorWorld(UniqueName(), false, major, extra_server_spec, kind) {}

OperatorWorld::OperatorWorld(const std::string& lasting_namespace, int major, const std::string& extra_server_spec,
                             Admin kind)
    : OperatorWorld(lasting_namespace, true, major, extra_server_spec, kind) {}

OperatorWorld::OperatorWorld(const std::string& name, bool lasting, int major, const std::string& extra_server_spec,
                             Admin kind)
    : ns(name), server(name), postgres(PostgresOf(major)), lasting_(lasting) {
  auto& admin = Cluster::Instance().admin();
  const auto made = admin.Create(stores::NamespaceType(), "", {{"metadata", {{"name", ns}}}});
  if (!made && !(lasting && admin.Get(stores::NamespaceType(), {"", ns}))) Must(made);
  const auto secret = [&](const std::string& name, const Json& data) {
    Must(admin.Create(credentials::SecretType(), Cluster::kNamespace,
                      {{"metadata", {{"name", name}}}, {"stringData", data}}));
  };
  const bool managed = kind != Admin::kSuperuser;
  if (managed) {
    // The password of the superuser, by its verifier: it tells how costly a login is.
    const auto verifier = Sql("SELECT rolpassword FROM pg_authid WHERE rolname = current_user").at(0);
    Sql("CREATE ROLE " + ns + "_admin LOGIN CREATEDB CREATEROLE PASSWORD '" + verifier + "'");
    if (kind == Admin::kReplicating) {
      Sql("ALTER ROLE " + ns + "_admin REPLICATION; GRANT pg_create_subscription TO " + ns + "_admin");
    }
    Sql("GRANT CONNECT ON DATABASE postgres TO " + ns + "_admin");
  }
  secret(ns + "-admin", {{"username", managed ? ns + "_admin" : postgres.user}, {"password", postgres.password}});
  secret(ns + "-ca", {{"ca.crt", ReadFile(postgres.ca_file)}});
  Json spec = {{"engine", "PostgreSQL"},
               {"host", postgres.host},
               {"port", postgres.port},
               {"tls", {{"caSecret", {{"name", ns + "-ca"}}}}},
               {"adminSecret", {{"name", ns + "-admin"}}},
               {"sharedDatabase", ns + "_apps"}};
  spec.update(Json::parse(extra_server_spec));
  const auto object = Must(admin.Create(api::DatabaseServerType(), "",
                                        {{"apiVersion", "freehold.dev/v1alpha1"},
                                         {"kind", "DatabaseServer"},
                                         {"metadata", {{"name", server}}},
                                         {"spec", spec}}));
  server_uid_ = Must(kube::ParseMeta(object)).uid;
}

OperatorWorld::~OperatorWorld() {
  RemoveObjects();
  try {
    RemoveStores();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "left behind on the server: %s\n", error.what());
  }
}

void OperatorWorld::RemoveObjects() {
  auto& admin = Cluster::Instance().admin();
  const Json no_finalizers = Json::array({{{"op", "remove"}, {"path", "/metadata/finalizers"}}});
  (void)admin.List(api::ServiceDatabaseType(), {.ns = ns, .label_selector = {}, .field_selector = {}},
                   [&](const Json& json) {
                     const auto meta = kube::ParseMeta(json);
                     if (!meta) return;
                     if (!meta->finalizers.empty())
                       (void)admin.JsonPatch(api::ServiceDatabaseType(), meta->full_name(), no_finalizers, "");
                     (void)admin.Delete(api::ServiceDatabaseType(), meta->full_name(), "");
                   });
  // What the garbage collector does in a cluster.
  if (const auto warehouse = GetWarehouse()) {
    for (const auto& feed : warehouse->status.feeds) {
      if (feed.secret.empty()) continue;
      (void)admin.Delete(credentials::SecretType(), {Cluster::kNamespace, feed.secret}, "");
    }
  }
  (void)admin.JsonPatch(api::ReportingWarehouseType(), {"", server}, no_finalizers, "");
  (void)admin.Delete(api::ReportingWarehouseType(), {"", server}, "");
  (void)admin.JsonPatch(api::DatabaseServerType(), {"", server}, no_finalizers, "");
  (void)admin.Delete(api::DatabaseServerType(), {"", server}, "");
  (void)admin.Delete(credentials::SecretType(), {Cluster::kNamespace, ns + "-admin"}, "");
  (void)admin.Delete(credentials::SecretType(), {Cluster::kNamespace, ns + "-ca"}, "");
  if (lasting_) return EmptyNamespace();
  (void)admin.Delete(stores::NamespaceType(), {"", ns}, "");
}

void OperatorWorld::EmptyNamespace() {
  auto& admin = Cluster::Instance().admin();
  for (const auto* type : {&credentials::SecretType(), &api::CredentialIndexType()}) {
    (void)admin.List(*type, {.ns = ns, .label_selector = {}, .field_selector = {}}, [&](const Json& json) {
      if (const auto meta = kube::ParseMeta(json)) (void)admin.Delete(*type, meta->full_name(), "");
    });
  }
}

void OperatorWorld::RemoveStores() {
  auto session = SessionIn("postgres");
  EndReplication(session);
  for (const auto& database : session.Query("SELECT datname FROM pg_database WHERE datname LIKE '" + ns + "%'")) {
    session.Query("DROP DATABASE \"" + database + "\" WITH (FORCE)");
  }
  for (const auto& spare : Spares()) session.Query("DROP DATABASE \"" + spare + "\" WITH (FORCE)");
  for (const auto& role : session.Query("SELECT rolname FROM pg_roles WHERE rolname LIKE '" + ns + "%'")) {
    session.Query("DROP OWNED BY \"" + role + "\"; DROP ROLE \"" + role + "\"");
  }
}

void OperatorWorld::EndReplication(Session& postgres) {
  for (const auto& database : postgres.Query("SELECT DISTINCT datname FROM pg_subscription s JOIN pg_database d ON "
                                             "d.oid = s.subdbid WHERE datname LIKE '" +
                                             ns + "%'")) {
    auto there = SessionIn(database);
    for (const auto& name : there.Query("SELECT subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid "
                                        "WHERE d.datname = current_database()")) {
      for (const auto* change : {" DISABLE", " SET (slot_name = NONE)"}) {
        there.Query("ALTER SUBSCRIPTION " + name + change);
      }
      there.Query("DROP SUBSCRIPTION " + name);
    }
  }
  const auto slots = " FROM pg_replication_slots WHERE database LIKE '" + ns + "%'";
  postgres.Query("SELECT pg_terminate_backend(active_pid, 5000)" + slots + " AND active");
  postgres.Query("SELECT pg_drop_replication_slot(slot_name)" + slots);
}

void OperatorWorld::SetSpares(int count) {
  Must(Cluster::Instance().admin().JsonPatch(api::DatabaseServerType(), {"", server},
                                             Json::array({{{"op", "add"}, {"path", "/spec/spares"}, {"value", count}}}),
                                             ""));
}

std::vector<std::string> OperatorWorld::Spares() {
  const auto names = engines::postgres::SpareNamesOf({.name = server, .uid = server_uid_});
  return Sql("SELECT datname FROM pg_database WHERE starts_with(datname, '" + names.prefix + "') ORDER BY 1");
}

std::optional<api::DatabaseServer> OperatorWorld::GetServer() {
  const auto object = Cluster::Instance().admin().Get(api::DatabaseServerType(), {"", server});
  if (!object) return std::nullopt;
  return Must(api::ReadDatabaseServer(*object));
}

void OperatorWorld::DeleteServer() {
  Must(Cluster::Instance().admin().Delete(api::DatabaseServerType(), {"", server}, ""));
}

void OperatorWorld::TellWhereItsAuthorityIs() {
  const auto file = Sql("SHOW data_directory").at(0) + "/ca.crt";
  Must(Cluster::Instance().admin().JsonPatch(
      api::DatabaseServerType(), {"", server},
      Json::array({{{"op", "add"}, {"path", "/spec/tls/peerRootCert"}, {"value", file}}}), ""));
}

void OperatorWorld::Apply(const std::string& name, const std::string& spec_json) {
  Json spec = Json::parse(spec_json);
  spec["server"] = server;
  if (!spec.contains("service")) spec["service"] = ns + "-" + name;
  Must(Cluster::Instance().admin().Apply(api::ServiceDatabaseType(), {ns, name},
                                         {{"apiVersion", "freehold.dev/v1alpha1"},
                                          {"kind", "ServiceDatabase"},
                                          {"metadata", {{"name", name}, {"namespace", ns}}},
                                          {"spec", spec}},
                                         "test", ""));
}

void OperatorWorld::Annotate(const std::string& name, const std::string& key, const std::string& value) {
  auto meta = Get(name).meta;
  Json annotations = Json::object();
  for (const auto& [old, content] : meta.annotations) annotations[old] = content;
  annotations[key] = value;
  Must(Cluster::Instance().admin().JsonPatch(
      api::ServiceDatabaseType(), {ns, name},
      Json::array({{{"op", "add"}, {"path", "/metadata/annotations"}, {"value", annotations}}}), ""));
}

void OperatorWorld::Delete(const std::string& name) {
  Must(Cluster::Instance().admin().Delete(api::ServiceDatabaseType(), {ns, name}, ""));
}

bool OperatorWorld::Exists(const std::string& name) {
  return Cluster::Instance().admin().Get(api::ServiceDatabaseType(), {ns, name}).has_value();
}

api::ServiceDatabase OperatorWorld::Get(const std::string& name) {
  return Must(api::ReadServiceDatabase(Must(Cluster::Instance().admin().Get(api::ServiceDatabaseType(), {ns, name}))));
}

std::vector<api::ServiceDatabase> OperatorWorld::All() {
  std::vector<api::ServiceDatabase> all;
  Must(Cluster::Instance().admin().List(
      api::ServiceDatabaseType(), {.ns = ns, .label_selector = {}, .field_selector = {}},
      [&](const Json& json) { all.push_back(Must(api::ReadServiceDatabase(json))); }));
  return all;
}

void OperatorWorld::ApplyWarehouse(const std::string& spec_json) {
  Json spec = Json::parse(spec_json);
  if (!spec.contains("loader")) spec["server"] = server;
  spec["database"] = ns + "_warehouse";
  Must(Cluster::Instance().admin().Apply(api::ReportingWarehouseType(), {"", server},
                                         {{"apiVersion", "freehold.dev/v1alpha1"},
                                          {"kind", "ReportingWarehouse"},
                                          {"metadata", {{"name", server}}},
                                          {"spec", spec}},
                                         "test", ""));
}

void OperatorWorld::DeleteWarehouse() {
  Must(Cluster::Instance().admin().Delete(api::ReportingWarehouseType(), {"", server}, ""));
}

std::optional<api::ReportingWarehouse> OperatorWorld::GetWarehouse() {
  const auto object = Cluster::Instance().admin().Get(api::ReportingWarehouseType(), {"", server});
  if (!object) return std::nullopt;
  return Must(api::ReadReportingWarehouse(*object));
}

std::map<std::string, std::string> OperatorWorld::Secret(const std::string& name, const std::string& of) {
  std::map<std::string, std::string> entries;
  const auto secret = Cluster::Instance().admin().Get(credentials::SecretType(), {of.empty() ? ns : of, name});
  if (!secret || !secret->contains("data")) return entries;
  for (const auto& [key, value] : (*secret)["data"].items())
    entries[key] = base::DecodeBase64(value.get<std::string>()).value_or("");
  return entries;
}

void OperatorWorld::DeleteSecret(const std::string& name) {
  Must(Cluster::Instance().admin().Delete(credentials::SecretType(), {ns, name}, ""));
}

std::vector<std::string> OperatorWorld::Secrets() {
  std::vector<std::string> names;
  Must(Cluster::Instance().admin().List(credentials::SecretType(),
                                        {.ns = ns, .label_selector = {}, .field_selector = {}},
                                        [&](const Json& json) { names.push_back(Must(kube::ParseMeta(json)).name); }));
  return names;
}

void OperatorWorld::CollectGarbage() {
  auto& admin = Cluster::Instance().admin();
  std::set<std::string> alive;
  for (const auto& object : All()) alive.insert(object.meta.uid);
  (void)admin.List(credentials::SecretType(), {.ns = ns, .label_selector = {}, .field_selector = {}},
                   [&](const Json& json) {
                     const auto meta = Must(kube::ParseMeta(json));
                     if (meta.owners.empty() || alive.contains(meta.owners.front().uid)) return;
                     (void)admin.Delete(credentials::SecretType(), meta.full_name(), "");
                   });
}

void OperatorWorld::ReplaceServer(int major) {
  postgres = PostgresOf(major);
  auto& admin = Cluster::Instance().admin();
  const auto put = [&](const std::string& name, const std::string& key, const std::string& value) {
    Must(admin.JsonPatch(credentials::SecretType(), {Cluster::kNamespace, name},
                         Json::array({{{"op", "add"}, {"path", "/data/" + key}, {"value", base::EncodeBase64(value)}}}),
                         ""));
  };
  put(ns + "-admin", "username", postgres.user);
  put(ns + "-admin", "password", postgres.password);
  put(ns + "-ca", "ca.crt", ReadFile(postgres.ca_file));
  const auto set = [](const char* path, const Json& value) {
    return Json{{"op", "add"}, {"path", path}, {"value", value}};
  };
  Must(admin.JsonPatch(api::DatabaseServerType(), {"", server},
                       Json::array({set("/spec/host", postgres.host), set("/spec/port", postgres.port)}), ""));
}

std::unique_ptr<Operator> OperatorWorld::Start(runtime::GateObserver* observer) {
  return std::make_unique<Operator>(Surroundings{.ns = ns,
                                                 .server = server,
                                                 .clock = clock,
                                                 .connect = connect,
                                                 .kafka = kafka,
                                                 .reports = reports,
                                                 .counts_guards = counts_guards,
                                                 .meanwhile = meanwhile,
                                                 .pools = pools},
                                    observer);
}

Session OperatorWorld::SessionIn(const std::string& database) {
  // What a person who knows the server's superuser can do, the guard of grants notwithstanding.
  return Session(postgres.With(database, postgres.user, postgres.password) + " options='-c freehold.allow_grants=on'");
}

std::vector<std::string> OperatorWorld::Sql(const std::string& sql, const std::string& database) {
  return SessionIn(database).Query(sql);
}

std::string OperatorWorld::LoginOf(const std::string& secret, const std::string& database) {
  return LoginIn(Secret(secret), database);
}

std::string OperatorWorld::LoginIn(std::map<std::string, std::string> entries, const std::string& database) {
  return postgres.With(database.empty() ? entries["database"] : database, entries["username"], entries["password"]);
}

std::string StatusOf(const api::ServiceDatabase& object, const std::string& type) {
  const auto* condition = ConditionOf(object, type);
  return condition ? kube::ToString(condition->status) : "";
}

std::string ReasonOf(const api::ServiceDatabase& object, const std::string& type) {
  const auto* condition = ConditionOf(object, type);
  return condition ? condition->reason : "";
}

}  // namespace freehold::test
