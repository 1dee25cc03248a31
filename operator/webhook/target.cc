#include "operator/webhook/target.h"

#include <set>

#include "operator/base/base64.h"

namespace freehold::webhook {
namespace {

using base::Json;

std::string TextAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// "https://[::1]:9443/path" -> "::1".
std::string HostOf(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return {};
  std::string host = url.substr(scheme + 3, url.find_first_of("/?#", scheme + 3) - scheme - 3);
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.rfind(':'));
}

std::string NameIn(const Json& client) {
  const auto service = client.find("service");
  if (service == client.end() || !service->is_object()) return HostOf(TextAt(client, "url"));
  return TextAt(*service, "name") + "." + TextAt(*service, "namespace") + ".svc";
}

}  // namespace

const kube::ResourceType& ConfigurationType() {
  static const kube::ResourceType type{"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations",
                                       "ValidatingWebhookConfiguration", false};
  return type;
}

base::Result<Target> ReadTarget(const Json& configuration) {
  const auto meta = kube::ParseMeta(configuration);
  if (!meta) return std::unexpected(meta.error());
  Target target;
  target.resource_version = meta->resource_version;
  std::set<std::string> names;
  const auto webhooks = configuration.find("webhooks");
  if (webhooks != configuration.end() && webhooks->is_array()) {
    for (const Json& webhook : *webhooks) {
      const Json client = webhook.value("clientConfig", Json::object());
      names.insert(NameIn(client));
      target.bundles.push_back(base::DecodeBase64(TextAt(client, "caBundle")).value_or(""));
    }
  }
  if (names.empty() || names.contains("")) {
    return base::Terminal("InvalidObject",
                          "ValidatingWebhookConfiguration " + meta->name + " doesn't say where to call");
  }
  target.names.assign(names.begin(), names.end());
  return target;
}

Json TrustPatch(const Target& target, const std::string& authorities) {
  Json patch =
      Json::array({{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", target.resource_version}}});
  for (std::size_t at = 0; at < target.bundles.size(); ++at) {
    patch.push_back({{"op", "add"},
                     {"path", "/webhooks/" + std::to_string(at) + "/clientConfig/caBundle"},
                     {"value", base::EncodeBase64(authorities)}});
  }
  return patch;
}

}  // namespace freehold::webhook
