#include "operator/kube/exec_plugin.h"

#include "operator/base/json.h"
#include "operator/kube/files.h"
#include "operator/kube/subprocess.h"
#include "operator/kube/text.h"

namespace freehold::kube {
namespace {

using base::Json;

std::string TextAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string Hint(const ExecPlugin& plugin) {
  return plugin.install_hint.empty() ? std::string() : " (" + plugin.install_hint + ")";
}

}  // namespace

std::string ExecInfo(const ExecPlugin& plugin, const ExecCluster& cluster) {
  Json spec{{"interactive", false}};
  if (plugin.provide_cluster_info) {
    Json& told = spec["cluster"] = {{"server", cluster.server}};
    if (!cluster.tls_server_name.empty()) told["tls-server-name"] = cluster.tls_server_name;
    if (cluster.skip_verify) told["insecure-skip-tls-verify"] = true;
    if (!cluster.authority_pem.empty()) told["certificate-authority-data"] = EncodeBase64(cluster.authority_pem);
  }
  return Json{{"apiVersion", plugin.api_version}, {"kind", "ExecCredential"}, {"spec", spec}}.dump();
}

base::Result<ExecCredential> ParseExecCredential(const ExecPlugin& plugin, const std::string& output) {
  const auto bad = [&](const std::string& why) {
    return base::Terminal("ExecPluginFailed", "credential plugin " + plugin.command + ": " + why);
  };
  const auto json = base::ParseJson(output);
  if (!json || !json->is_object()) return bad("its output is no JSON object");
  if (TextAt(*json, "kind") != "ExecCredential") return bad("its output is no ExecCredential");
  if (TextAt(*json, "apiVersion") != plugin.api_version)
    return bad("it speaks another version than the kubeconfig asks for (" + plugin.api_version + ")");
  const auto status = json->find("status");
  if (status == json->end() || !status->is_object()) return bad("its output has no status");

  ExecCredential credential{.token = base::Sensitive(TextAt(*status, "token")),
                            .certificate_pem = TextAt(*status, "clientCertificateData"),
                            .key_pem = base::Sensitive(TextAt(*status, "clientKeyData"))};
  if (credential.certificate_pem.empty() != credential.key_pem.empty())
    return bad("it gave a certificate without its key, or a key without its certificate");
  if (credential.token.empty() && credential.certificate_pem.empty())
    return bad("it gave neither token nor certificate");
  if (const std::string until = TextAt(*status, "expirationTimestamp"); !until.empty()) {
    const auto expires = base::ParseTime(until);
    if (!expires) return bad("its expirationTimestamp is no time");
    credential.expires = *expires;
  }
  return credential;
}

base::Result<ExecCredential> RunExecPlugin(const ExecPlugin& plugin, const ExecCluster& cluster,
                                           std::chrono::seconds limit) {
  Command command{.program = plugin.command, .arguments = plugin.arguments, .environment = plugin.environment};
  command.environment.emplace_back("KUBERNETES_EXEC_INFO", ExecInfo(plugin, cluster));
  const auto output = RunCommand(command, limit);
  if (!output) {
    return base::Retryable("ExecPluginFailed",
                           "credential plugin " + plugin.command + ": " + output.error().message + Hint(plugin));
  }
  auto credential = ParseExecCredential(plugin, output->Reveal());
  if (!credential) return base::Retryable("ExecPluginFailed", credential.error().message + Hint(plugin));
  return credential;
}

}  // namespace freehold::kube
