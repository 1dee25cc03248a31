#include "commands/audit/look.h"

#include <map>
#include <optional>
#include <set>

#include "commands/audit/copies.h"
#include "commands/audit/passwords.h"
#include "commands/audit/probe.h"
#include "commands/audit/topics.h"
#include "commands/controller/cdc_key.h"
#include "operator/kube/store.h"
#include "reconcilers/buses/choice.h"
#include "reconcilers/connect/passwords.h"
#include "reconcilers/credentials/binding.h"
#include "reconcilers/engines/postgres/engine.h"
#include "reconcilers/isolation/cluster_paths.h"
#include "reconcilers/isolation/database_paths.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/servers/access.h"

namespace freehold::commands::audit {
namespace {

using isolation::AccessModel;
using isolation::StoreAsked;

const kube::ResourceType kPods{"", "v1", "pods", "Pod", true};

kube::ResourceType Rbac(const char* plural, const char* kind, bool namespaced) {
  return {"rbac.authorization.k8s.io", "v1", plural, kind, namespaced};
}

std::string NameOf(const api::ServiceDatabase& object) { return ToString(object.meta.full_name()); }

/// What a server showed, or why it showed nothing.
struct ServerLook {
  base::Result<engines::ServerAccess> access;
  base::Result<std::shared_ptr<const engines::ServerSnapshot>> snapshot;
};

class Looker {
 public:
  Looker(const documents::Resources& resources, kube::Reader& reader, const LookSettings& settings)
      : resources_(resources), reader_(reader), settings_(settings), now_(base::SystemClock().Now()) {}

  AccessModel Run() {
    Place();
    if (settings_.databases) LookAtDatabases();
    if (settings_.cluster) LookAtCluster();
    if (settings_.databases && !settings_.quick) {
      LookAtTopics({resources_, stores_, reader_, settings_.operator_namespace, now_}, model_);
    }
    const bool everywhere = settings_.databases && settings_.cluster && !settings_.quick;
    const auto access = [this](const std::string& server) { return AccessTo(server); };
    if (everywhere || settings_.probe || settings_.copies) ReadCredentials();
    if (everywhere) ComparePasswords({credentials_, stores_, now_}, engine_, access, model_);
    if (settings_.probe) TryAll({credentials_, stores_, settings_.probe_limit, now_}, engine_, access, model_);
    if (settings_.copies) LookForCopies();
    std::ranges::sort(model_.stores);
    return std::move(model_);
  }

 private:
  void Place() {
    const auto servers = documents::Objects(resources_.servers);
    for (const auto& resource : resources_.databases) {
      const auto& object = *resource.object;
      if (!settings_.ns.empty() && object.meta.ns != settings_.ns) continue;
      model_.stores.push_back(NameOf(object));
      const auto server = ownership::PlaceOf(object, servers);
      if (!server) {
        model_.unknown.push_back({NameOf(object), "database", server.error().message});
        continue;
      }
      auto layout = ownership::AsMade(ownership::LayoutFor(object, **server), object);
      stores_.push_back({resource.object, (*server)->meta.name, std::move(layout)});
    }
  }

  const ServerLook& LookAt(const std::string& name) {
    const auto known = servers_.find(name);
    if (known != servers_.end()) return known->second;
    ServerLook look{std::unexpected(base::Failure{}), std::unexpected(base::Failure{})};
    for (const auto& resource : resources_.servers) {
      if (resource.object->meta.name != name) continue;
      look.access = servers::AccessOf(*resource.object, reader_, settings_.operator_namespace);
      if (look.access) {
        look.snapshot = engine_.ObserveServer(*look.access);
      } else {
        look.snapshot = std::unexpected(look.access.error());
      }
    }
    return servers_.emplace(name, std::move(look)).first->second;
  }

  void LookAtDatabases() {
    if (!settings_.quick) Sift();
    const isolation::RoleOwners owners(stores_);
    for (const auto& store : stores_) {
      const auto seen = LookInto(store);
      if (!seen) {
        model_.unknown.push_back({store.name(), "database", seen.error().message});
        continue;
      }
      Add(isolation::DatabaseEdges(store, *seen, owners, now_));
    }
  }

  base::Result<isolation::DatabaseSeen> LookInto(const StoreAsked& store) {
    const auto& server = LookAt(store.server);
    if (!server.snapshot) return std::unexpected(server.snapshot.error());
    if (settings_.quick || innocent_.contains(&store)) {
      auto glance = engine_.AccessAtAGlance(**server.snapshot, store.layout);
      if (!glance.needs_look) return isolation::DatabaseSeen{std::move(glance.foreign), std::move(glance.feed_access)};
    }
    auto seen = engine_.ObserveStore(*server.access, store.layout);
    if (!seen) return std::unexpected(seen.error());
    if (!seen->exists) return base::Terminal("NotMade", "the store has not been made yet");
    return isolation::DatabaseSeen{std::move(seen->foreign), std::move(seen->feed_access)};
  }

  /// Finds the stores that need no look of their own.
  void Sift() {
    std::map<std::string, std::vector<const StoreAsked*>> by_server;
    for (const auto& store : stores_) by_server[store.server].push_back(&store);
    for (const auto& [name, stores] : by_server) {
      const auto& server = LookAt(name);
      if (!server.snapshot) continue;
      std::vector<engines::Layout> layouts;
      for (const auto* store : stores) layouts.push_back(store->layout);
      innocent_.insert(stores.begin(), stores.end());
      for (const auto index : engine_.Suspects(*server.access, **server.snapshot, layouts))
        innocent_.erase(stores[index]);
    }
  }

  void LookAtCluster() {
    if (const auto permissions = Permissions()) {
      const isolation::Platform platform(PlatformNamespaces(), *permissions);
      for (const auto& store : stores_) {
        Add(isolation::RbacEdges(store, *permissions, platform, stores_, now_));
        Add(isolation::VaultEdges(store, VaultsOf(store), *permissions, platform, stores_, now_));
      }
    } else {
      model_.unknown.push_back({"", "RBAC", permissions.error().message});
    }
    std::vector<isolation::PodSeen> pods;
    const auto listed =
        reader_.List(kPods, {}, [&](const base::Json& pod) { pods.push_back(isolation::ReadPod(pod)); });
    if (!listed) model_.unknown.push_back({"", "Pods", listed.error().message});
    for (const auto& store : stores_) Add(isolation::PodEdges(store, pods, stores_, now_));
    for (const auto& store : stores_) LookForCopier(store);
  }

  std::vector<isolation::Vault> VaultsOf(const StoreAsked& store) const {
    const auto& home = settings_.operator_namespace;
    const auto& object = *store.object;
    std::vector<isolation::Vault> vaults;
    for (const auto& server : resources_.servers) {
      if (server.object->meta.name != store.server) continue;
      vaults.push_back(
          {{home, server.object->spec.admin_secret}, "the administrator of DatabaseServer " + store.server});
    }
    if (!object.spec.publishes.empty() || object.spec.reporting) {
      vaults.push_back({{home, kCdcKeySecret}, "the key of the passwords that its feeds log in by"});
    }
    const auto bus = buses::ChoiceOf(object, documents::Objects(resources_.buses)).bus;
    if (!object.spec.publishes.empty() && bus && api::IsOnConnect(bus->spec.type)) {
      vaults.push_back({connect::PasswordsSecretOf(*bus, home), "what Kafka Connect reads the store's events by"});
      const auto& means = bus->spec.kafka_connect;
      if (means && means->brokers && means->brokers->admin_secret) {
        vaults.push_back({{home, *means->brokers->admin_secret}, "an administrator of the Kafka that has its events"});
      }
    }
    for (const auto& warehouse : resources_.warehouses) {
      const auto& reporting = object.spec.reporting;
      if (!reporting || reporting->warehouse != warehouse.object->meta.name || !warehouse.object->spec.loader) continue;
      vaults.push_back({{home, api::LoaderSecretOf(*warehouse.object, object.meta.full_name())},
                        "what ReportingWarehouse " + warehouse.object->meta.name + " is loaded by"});
    }
    return vaults;
  }

  base::Result<std::vector<isolation::Permission>> Permissions() {
    isolation::RbacBuilder builder;
    for (const auto& type : {Rbac("clusterroles", "ClusterRole", false), Rbac("roles", "Role", true)}) {
      const auto listed = reader_.List(type, {}, [&](const base::Json& role) { builder.AddRole(role); });
      if (!listed) return std::unexpected(listed.error());
    }
    for (const auto& type :
         {Rbac("clusterrolebindings", "ClusterRoleBinding", false), Rbac("rolebindings", "RoleBinding", true)}) {
      const auto listed = reader_.List(type, {}, [&](const base::Json& binding) { builder.AddBinding(binding); });
      if (!listed) return std::unexpected(listed.error());
    }
    return builder.Build();
  }

  std::set<std::string> PlatformNamespaces() const {
    std::set<std::string> namespaces = {"kube-system", settings_.operator_namespace};
    for (const auto& [name, labels] : resources_.namespaces) {
      const auto label = labels.find(isolation::kPlatformLabel);
      if (label != labels.end() && label->second == "true") namespaces.insert(name);
    }
    return namespaces;
  }

  void LookForCopier(const StoreAsked& store) {
    for (const auto& secret : api::SecretsOf(*store.object)) LookForCopier(store, {store.object->meta.ns, secret});
  }

  void LookForCopier(const StoreAsked& store, const kube::Name& name) {
    const auto secret = reader_.Get(credentials::SecretType(), name);
    if (!secret) {
      if (secret.error().http_status != 404) {
        model_.unknown.push_back({store.name(), "Secret " + ToString(name), secret.error().message});
      }
      return;
    }
    const auto meta = kube::ParseMeta(*secret);
    if (!meta) return;
    const auto copier = isolation::CopierOf(meta->annotations);
    if (copier.empty()) return;
    model_.edges.push_back({.ground = isolation::Ground::kCopies,
                            .store = store.name(),
                            .principal = "the controller of annotation " + copier.substr(0, copier.find('=')),
                            .service = {},
                            .reach = isolation::Reach::kRead,
                            .path = "copies Secret " + ToString(name),
                            .severity = isolation::Severity::kCritical,
                            .evidence = "annotation " + copier,
                            .remedy = "remove the annotation and the copies, then freehold rotate " + store.name(),
                            .seen_at = now_});
  }

  void ReadCredentials() {
    for (const auto& store : stores_) {
      auto credential = CredentialOf(store, reader_);
      if (!credential) {
        // That the Secret can't be read was told when its annotations were looked at.
        const bool told = settings_.cluster && credential.error().http_status != 0;
        if (!told) model_.unknown.push_back({store.name(), "credential", credential.error().message});
      } else if (*credential) {
        credentials_.push_back(std::move(**credential));
      }
    }
  }

  void LookForCopies() {
    std::vector<PreviousPassword> previous;
    for (const auto& store : stores_) AddPrevious(store, previous);
    std::set<std::string> namespaces;
    for (const auto& [name, labels] : resources_.namespaces) namespaces.insert(name);
    FindCopies({credentials_, previous, std::move(namespaces), now_}, engine_, reader_, model_);
  }

  /// During the overlap of a rotation both passwords work, and only the server knows something of the previous one.
  void AddPrevious(const StoreAsked& store, std::vector<PreviousPassword>& previous) {
    const auto& credentials = store.object->status.credentials;
    if (!credentials || !credentials->overlap_until) return;
    const auto fail = [&](const std::string& why) {
      model_.unknown.push_back({store.name(), "copies of its previous password", why});
    };
    const auto& server = LookAt(store.server);
    if (!server.access) return fail(server.access.error().message);
    const auto seen = engine_.ObserveStore(*server.access, store.layout);
    if (!seen) return fail(seen.error().message);
    if (!seen->verifiers_readable) return fail("this server's admin may not read verifiers");
    for (std::size_t i = 0; i < seen->logins.size(); ++i) {
      const auto& login = seen->logins[i];
      if (store.layout.logins[i] == credentials->login || !login.can_login || !login.verifier) continue;
      previous.push_back({store.name(), *login.verifier});
    }
  }

  const engines::ServerAccess* AccessTo(const std::string& server) {
    const auto& look = LookAt(server);
    return look.access ? &*look.access : nullptr;
  }

  void Add(std::vector<isolation::Edge> edges) {
    model_.edges.insert(model_.edges.end(), std::make_move_iterator(edges.begin()),
                        std::make_move_iterator(edges.end()));
  }

  const documents::Resources& resources_;
  kube::Reader& reader_;
  const LookSettings settings_;
  const base::Timestamp now_;
  engines::postgres::PostgresEngine engine_;
  std::vector<StoreAsked> stores_;
  std::map<std::string, ServerLook> servers_;
  std::set<const StoreAsked*> innocent_;  ///< the sieve showed that nobody else gets in
  std::vector<Credential> credentials_;
  AccessModel model_;
};

}  // namespace

AccessModel Look(const documents::Resources& resources, kube::Reader& reader, const LookSettings& settings) {
  return Looker(resources, reader, settings).Run();
}

AccessModel LookAtNothing(const documents::Resources& resources) {
  AccessModel model;
  for (const auto& resource : resources.databases) {
    model.stores.push_back(NameOf(*resource.object));
    model.unknown.push_back({model.stores.back(), "database", "files tell what is wanted, not who has access"});
  }
  std::ranges::sort(model.stores);
  return model;
}

}  // namespace freehold::commands::audit
