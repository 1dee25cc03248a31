#include "reconcilers/isolation/cluster_paths.h"

#include <algorithm>
#include <array>
#include <map>

#include "operator/base/text.h"

namespace freehold::isolation {
namespace {

/// A right that is a step on the way to the credential.
struct Step {
  const char* verb;
  const char* group;
  const char* resource;
  Severity severity;
};

// Those that need no name of an object in the store's namespace.
constexpr std::array kSteps = {
    Step{"list", "", "secrets", Severity::kCritical},
    Step{"watch", "", "secrets", Severity::kCritical},
    Step{"create", "", "pods", Severity::kHigh},
    Step{"create", "", "pods/exec", Severity::kHigh},
    Step{"get", "", "pods/exec", Severity::kHigh},
    Step{"create", "", "pods/attach", Severity::kHigh},
    Step{"update", "", "pods/ephemeralcontainers", Severity::kHigh},
    Step{"patch", "", "pods/ephemeralcontainers", Severity::kHigh},
    Step{"create", "apps", "deployments", Severity::kHigh},
    Step{"patch", "apps", "deployments", Severity::kHigh},
    Step{"create", "apps", "statefulsets", Severity::kHigh},
    Step{"create", "apps", "daemonsets", Severity::kHigh},
    Step{"create", "apps", "replicasets", Severity::kHigh},
    Step{"create", "", "replicationcontrollers", Severity::kHigh},
    Step{"create", "batch", "jobs", Severity::kHigh},
    Step{"create", "batch", "cronjobs", Severity::kHigh},
    Step{"bind", "rbac.authorization.k8s.io", "clusterroles", Severity::kHigh},
    Step{"escalate", "rbac.authorization.k8s.io", "clusterroles", Severity::kHigh},
    Step{"bind", "rbac.authorization.k8s.io", "roles", Severity::kHigh},
    Step{"escalate", "rbac.authorization.k8s.io", "roles", Severity::kHigh},
};
// Those that count only when they are had in all namespaces.
constexpr std::array kClusterSteps = {
    Step{"create", "", "nodes/proxy", Severity::kCritical},
    Step{"get", "", "nodes/proxy", Severity::kCritical},
    Step{"impersonate", "", "users", Severity::kCritical},
    Step{"impersonate", "", "groups", Severity::kCritical},
};

std::string Sentence(const Step& step, const std::string& name = {}) {
  return std::string(step.verb) + " " + step.resource + (name.empty() ? "" : "/" + name);
}

class Finder {
 public:
  explicit Finder(const Permission& permission) : permission_(permission) {}

  void TrySecret(const std::string& name) { TryNamed({"get", "", "secrets", Severity::kCritical}, name); }
  /// An empty name is whichever there is.
  void TryAccount(const std::string& name) {
    TryNamed({"impersonate", "", "serviceaccounts", Severity::kCritical}, name);
    TryNamed({"create", "", "serviceaccounts/token", Severity::kHigh}, name);
  }
  void TryAll() {
    for (const Step& step : kSteps) Try(step);
    if (!permission_.ns.empty()) return;
    for (const Step& step : kClusterSteps) Try(step);
  }

  bool empty() const { return steps_.empty(); }
  /// Those that matter most: there may be two dozen.
  std::string Path() const {
    constexpr std::size_t kShown = 4;
    const std::span shown(steps_.data(), std::min(kShown, steps_.size()));
    const auto more = steps_.size() - shown.size();
    return base::Join(shown) + (more > 0 ? " and " + std::to_string(more) + " more" : "");
  }
  std::string All() const { return base::Join(steps_); }
  Severity severity() const { return severity_; }
  bool reads() const { return severity_ == Severity::kCritical; }

 private:
  void Try(const Step& step) {
    if (permission_.May(step.verb, step.group, step.resource, "")) Take(step, Sentence(step));
  }
  void TryNamed(const Step& step, const std::string& name) {
    if (permission_.May(step.verb, step.group, step.resource, name)) Take(step, Sentence(step, name));
  }
  void Take(const Step& step, std::string sentence) {
    steps_.push_back(std::move(sentence));
    severity_ = std::max(severity_, step.severity);
  }

  const Permission& permission_;
  std::vector<std::string> steps_;
  Severity severity_ = Severity::kLow;
};

bool IsAllowed(const api::ServiceDatabase& object, const std::string& account) {
  const auto accounts = api::ServiceAccountsOf(object);
  return std::ranges::find(accounts, account) != accounts.end();
}

/// A service's own identity, as far as it is in the namespace of the store.
std::string ServiceOf(const std::string& ns, const std::string& account, std::span<const StoreAsked> all) {
  for (const auto& store : all) {
    if (store.object->meta.ns == ns && IsAllowed(*store.object, account)) return store.service();
  }
  return {};
}

const base::Json& At(const base::Json& object, const char* key) {
  static const base::Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

void AddText(const base::Json& value, std::vector<std::string>& names) {
  if (value.is_string() && !value.get_ref<const std::string&>().empty()) names.push_back(value.get<std::string>());
}

void AddContainers(const base::Json& containers, std::vector<std::string>& names) {
  for (const auto& container : containers) {
    for (const auto& variable : At(container, "env")) {
      AddText(At(At(At(variable, "valueFrom"), "secretKeyRef"), "name"), names);
    }
    for (const auto& source : At(container, "envFrom")) AddText(At(At(source, "secretRef"), "name"), names);
  }
}

void AddVolumes(const base::Json& volumes, std::vector<std::string>& names) {
  for (const auto& volume : volumes) {
    AddText(At(At(volume, "secret"), "secretName"), names);
    AddText(At(At(volume, "azureFile"), "secretName"), names);
    AddText(At(At(At(volume, "csi"), "nodePublishSecretRef"), "name"), names);
    for (const char* kind : {"cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"}) {
      AddText(At(At(At(volume, kind), "secretRef"), "name"), names);
    }
    for (const auto& source : At(At(volume, "projected"), "sources")) {
      AddText(At(At(source, "secret"), "name"), names);
    }
  }
}

/// `place` is where the steps can be taken; `limits` what of a role would have to be without them, " in shop".
Edge EdgeBy(const Permission& permission, const Finder& found, const StoreAsked& store, std::span<const StoreAsked> all,
            const std::string& place, const std::string& limits, Rule rule, base::Timestamp seen_at) {
  const auto& subject = permission.subject;
  return {.ground = Ground::kRbac,
          .store = store.name(),
          .principal = ToString(subject),
          .service = subject.kind == "ServiceAccount" ? ServiceOf(subject.ns, subject.name, all) : "",
          .reach = found.reads() ? Reach::kRead : Reach::kOther,
          .path = found.Path() + " in " + place,
          .rule = rule,
          .severity = found.severity(),
          .evidence = permission.binding + " gives " + permission.role + ": " + found.All(),
          .remedy = "bind " + ToString(subject) + " to a role without these rights" + limits +
                    ", or label its namespace " + kPlatformLabel + "=true if it is the platform's",
          .seen_at = seen_at};
}

}  // namespace

std::vector<Edge> RbacEdges(const StoreAsked& store, std::span<const Permission> permissions, const Platform& platform,
                            std::span<const StoreAsked> all, base::Timestamp seen_at) {
  std::vector<Edge> edges;
  const std::string& ns = store.object->meta.ns;
  for (const auto& permission : permissions) {
    if (!permission.ns.empty() && permission.ns != ns) continue;
    Finder found(permission);
    for (const auto& secret : api::SecretsOf(*store.object)) found.TrySecret(secret);
    for (const auto& account : api::ServiceAccountsOf(*store.object)) found.TryAccount(account);
    found.TryAll();
    if (found.empty()) continue;
    const auto& subject = permission.subject;
    const bool owner = subject.kind == "ServiceAccount" && subject.ns == ns && IsAllowed(*store.object, subject.name);
    const auto rule = platform.Administers(subject) ? Rule::kPlatformAdmin : owner ? Rule::kOwner : Rule::kNone;
    edges.push_back(EdgeBy(permission, found, store, all, ns, {}, rule, seen_at));
  }
  return edges;
}

std::vector<Edge> VaultEdges(const StoreAsked& store, std::span<const Vault> vaults,
                             std::span<const Permission> permissions, const Platform& platform,
                             std::span<const StoreAsked> all, base::Timestamp seen_at) {
  std::map<std::string, std::vector<const Vault*>> by_namespace;
  for (const auto& vault : vaults) by_namespace[vault.secret.ns].push_back(&vault);
  std::vector<Edge> edges;
  for (const auto& [ns, held] : by_namespace) {
    std::vector<std::string> holds;
    for (const auto* vault : held) holds.push_back(vault->holds);
    for (const auto& permission : permissions) {
      const bool here = permission.ns == ns,
                 by_name = permission.ns.empty() && !permission.May("get", "", "secrets", {});
      if ((!here && !by_name) || platform.Administers(permission.subject)) continue;
      Finder found(permission);
      for (const auto* vault : held) found.TrySecret(vault->secret.name);
      if (here) {
        found.TryAccount({});
        found.TryAll();
      }
      if (found.empty()) continue;
      const auto place = ns + ", which has " + base::Join(holds);
      edges.push_back(EdgeBy(permission, found, store, all, place, " in " + ns, Rule::kNone, seen_at));
    }
  }
  return edges;
}

PodSeen ReadPod(const base::Json& pod) {
  const auto& meta = At(pod, "metadata");
  const auto& spec = At(pod, "spec");
  PodSeen seen{.ns = meta.value("namespace", ""),
               .name = meta.value("name", ""),
               .service_account = spec.value("serviceAccountName", "default"),
               .secrets = {}};
  for (const char* list : {"containers", "initContainers", "ephemeralContainers"}) {
    AddContainers(At(spec, list), seen.secrets);
  }
  AddVolumes(At(spec, "volumes"), seen.secrets);
  for (const auto& pull : At(spec, "imagePullSecrets")) AddText(At(pull, "name"), seen.secrets);
  std::ranges::sort(seen.secrets);
  seen.secrets.erase(std::ranges::unique(seen.secrets).begin(), seen.secrets.end());
  return seen;
}

std::vector<Edge> PodEdges(const StoreAsked& store, std::span<const PodSeen> pods, std::span<const StoreAsked> all,
                           base::Timestamp seen_at) {
  std::vector<Edge> edges;
  const auto& object = *store.object;
  const auto secrets = api::SecretsOf(object);
  for (const auto& pod : pods) {
    if (pod.ns != object.meta.ns) continue;
    const auto named = std::ranges::find_first_of(secrets, pod.secrets);
    if (named == secrets.end()) continue;
    const bool owner = IsAllowed(object, pod.service_account);
    edges.push_back({.ground = Ground::kPods,
                     .store = store.name(),
                     .principal = "Pod " + pod.ns + "/" + pod.name,
                     .service = owner ? store.service() : ServiceOf(pod.ns, pod.service_account, all),
                     .reach = Reach::kOwn,
                     .path = "names Secret " + *named + ", runs as ServiceAccount " + pod.service_account,
                     .rule = owner ? Rule::kOwner : Rule::kNone,
                     .severity = Severity::kCritical,
                     .evidence = "the spec of Pod " + pod.ns + "/" + pod.name,
                     .remedy = "delete the Pod, then freehold rotate " + store.name() +
                               "; or add the ServiceAccount to " + "spec.serviceAccounts",
                     .seen_at = seen_at});
  }
  return edges;
}

std::string CopierOf(const std::map<std::string, std::string>& annotations) {
  static constexpr std::array kCopiers = {"reflector.v1.k8s.emberstack.com/", "replicator.v1.mittwald.de/",
                                          "kubed.appscode.com/sync"};
  for (const auto& [key, value] : annotations) {
    const bool copies = std::ranges::any_of(kCopiers, [&](const char* prefix) { return key.starts_with(prefix); });
    if (copies && value != "false") return key + "=" + value;
  }
  return {};
}

}  // namespace freehold::isolation
