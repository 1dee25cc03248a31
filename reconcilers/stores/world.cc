#include "reconcilers/stores/world.h"

namespace freehold::stores {

const kube::ResourceType& NamespaceType() {
  static const kube::ResourceType type{"", "v1", "namespaces", "Namespace", false};
  return type;
}

const kube::Cache<api::EventBus>& NoBuses() {
  static const kube::Store<api::EventBus> none;
  return none;
}

base::Result<Namespace> ReadNamespace(const base::Json& object) {
  auto meta = kube::ParseMeta(object);
  if (!meta) return std::unexpected(meta.error());
  return Namespace{std::move(*meta)};
}

}  // namespace freehold::stores
