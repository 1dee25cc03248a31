#include "operator/kube/config.h"

#include <cstdlib>
#include <sstream>

#include "operator/kube/credentials.h"
#include "operator/kube/files.h"
#include "operator/kube/kubeconfig.h"

namespace freehold::kube {
namespace {

using base::Result;
namespace fs = std::filesystem;

std::unexpected<base::Failure> Invalid(const std::string& message) { return base::Terminal("InvalidConfig", message); }

std::vector<fs::path> SplitList(const std::string& list) {
  std::vector<fs::path> paths;
  std::istringstream parts(list);
  for (std::string part; std::getline(parts, part, ':');) {
    if (!part.empty()) paths.emplace_back(part);
  }
  return paths;
}

std::string Join(const std::vector<fs::path>& files) {
  std::string joined;
  for (const fs::path& file : files) joined += (joined.empty() ? "" : ":") + file.string();
  return joined;
}

/// `must_exist`: the user named this very file. Files of a list may be absent, as kubectl has it.
Result<Kubeconfig> ReadFiles(const std::vector<fs::path>& files, bool must_exist) {
  Kubeconfig merged;
  bool any = false;
  for (const fs::path& file : files) {
    if (!must_exist && !fs::exists(file)) continue;
    const auto text = ReadFile(file);
    if (!text) return Invalid(text.error().message);
    auto config = ParseKubeconfig(*text, file);
    if (!config) return std::unexpected(config.error());
    merged = Merge(std::move(merged), std::move(*config));
    any = true;
  }
  if (!any) return Invalid("none of the kubeconfig files exists: " + Join(files));
  return merged;
}

Result<ClusterAccess> Choose(const Kubeconfig& config, const std::string& wanted, const std::string& files,
                             const base::Clock& clock) {
  const std::string& name = wanted.empty() ? config.current_context : wanted;
  if (name.empty())
    return Invalid(files + ": current-context is empty: choose one with kubectl config use-context, or --context");
  const auto context = config.contexts.find(name);
  if (context == config.contexts.end())
    return Invalid(files + ": contexts has no \"" + name +
                   "\": choose one with kubectl config use-context, or --context");
  const auto cluster = config.clusters.find(context->second.cluster);
  if (cluster == config.clusters.end())
    return Invalid(files + ": clusters has no \"" + context->second.cluster + "\", which context \"" + name +
                   "\" names");
  const auto user = config.users.find(context->second.user);
  if (user == config.users.end() && !context->second.user.empty())
    return Invalid(files + ": users has no \"" + context->second.user + "\", which context \"" + name + "\" names");

  const ClusterEntry& there = cluster->second;
  const UserEntry us = user == config.users.end() ? UserEntry{} : user->second;
  ClusterAccess access;
  access.origin = "context " + name + " of " + files;
  if (!context->second.ns.empty()) access.ns = context->second.ns;
  access.endpoint = {.url = there.server,
                     .tls_server_name = there.tls_server_name,
                     .verify_server = !there.skip_verify,
                     .credentials = MakeFileCredentials({.authority = there.authority,
                                                         .certificate = us.certificate,
                                                         .key = us.key,
                                                         .token = us.token,
                                                         .username = us.username,
                                                         .password = us.password},
                                                        clock)};
  if (us.exec) {
    access.endpoint.credentials = MakeExecCredentials(
        *us.exec, {.server = there.server, .tls_server_name = there.tls_server_name, .skip_verify = there.skip_verify},
        access.endpoint.credentials, clock);
  }
  return access;
}

/// IPv6 literals can't be resolved by the transport; the name is in every API server's certificate.
std::string InClusterHost(const std::string& host) { return host.contains(':') ? "kubernetes.default.svc" : host; }

std::optional<ClusterAccess> InCluster(const Surroundings& around, const base::Clock& clock) {
  const auto host = around.variable("KUBERNETES_SERVICE_HOST");
  const auto port = around.variable("KUBERNETES_SERVICE_PORT");
  const fs::path token = around.service_account / "token";
  if (!host || host->empty() || !port || port->empty() || !fs::exists(token)) return std::nullopt;
  ClusterAccess access;
  access.origin = "the pod's ServiceAccount";
  if (const auto ns = ReadFile(around.service_account / "namespace"); ns && !ns->empty())
    access.ns = ns->substr(0, ns->find_last_not_of(" \n") + 1);
  access.endpoint = {.url = "https://" + InClusterHost(*host) + ":" + *port,
                     .credentials = MakeFileCredentials(
                         {.authority = {.file = around.service_account / "ca.crt"}, .token = {.file = token}}, clock)};
  return access;
}

}  // namespace

Surroundings Surroundings::OfThisProcess() {
  Surroundings around;
  around.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  return around;
}

Result<ClusterAccess> LoadClusterAccess(const ConfigQuery& query, const Surroundings& around,
                                        const base::Clock& clock) {
  const auto load = [&](const std::vector<fs::path>& files, bool must_exist) -> Result<ClusterAccess> {
    const auto config = ReadFiles(files, must_exist);
    if (!config) return std::unexpected(config.error());
    return Choose(*config, query.context, Join(files), clock);
  };
  if (!query.kubeconfig.empty()) return load({query.kubeconfig}, true);
  if (const auto list = around.variable("KUBECONFIG"); list && !SplitList(*list).empty())
    return load(SplitList(*list), false);
  if (query.context.empty()) {
    if (auto access = InCluster(around, clock)) return std::move(*access);
  }
  const auto home = around.variable("HOME");
  const fs::path usual = fs::path(home.value_or("")) / ".kube" / "config";
  if (home && fs::exists(usual)) return load({usual}, true);
  return Invalid("no cluster is configured: give --kubeconfig, set KUBECONFIG, run in a pod, or create ~/.kube/config");
}

}  // namespace freehold::kube
