#include "strimzi_kinds.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "await.h"
#include "operator_world.h"

namespace freehold::test {

using base::Json;

Json AnyObject() { return {{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}}; }

void InstallKind(const kube::ResourceType& kind, const Json& spec) {
  static const kube::ResourceType crds{"apiextensions.k8s.io", "v1", "customresourcedefinitions",
                                       "CustomResourceDefinition", false};
  auto singular = kind.kind;
  std::ranges::transform(singular, singular.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto name = kind.plural + "." + kind.group;
  const Json schema = {{"type", "object"}, {"properties", {{"spec", spec}, {"status", AnyObject()}}}};
  const Json crd = {{"apiVersion", "apiextensions.k8s.io/v1"},
                    {"kind", "CustomResourceDefinition"},
                    {"metadata", {{"name", name}}},
                    {"spec",
                     {{"group", kind.group},
                      {"scope", "Namespaced"},
                      {"names", {{"plural", kind.plural}, {"singular", singular}, {"kind", kind.kind}}},
                      {"versions", Json::array({{{"name", kind.version},
                                                 {"served", true},
                                                 {"storage", true},
                                                 {"subresources", {{"status", Json::object()}}},
                                                 {"schema", {{"openAPIV3Schema", schema}}}}})}}}};
  auto& admin = Cluster::Instance().admin();
  const auto applied = admin.Apply(crds, {"", name}, crd, "test", "");
  if (!applied) throw std::runtime_error(applied.error().message);
  const auto served = [&] {
    return admin.List(kind, {.ns = Cluster::kNamespace, .label_selector = {}, .field_selector = {}}, [](const Json&) {})
        .has_value();
  };
  if (!Await(std::chrono::seconds(30), served)) throw std::runtime_error(kind.kind + " is not served");
}

}  // namespace freehold::test
