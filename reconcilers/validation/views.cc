#include "reconcilers/validation/rules.h"
#include "reconcilers/views/wanted.h"

namespace freehold::validation {
namespace {

/// Without a namespace it is in the operator's, and nobody knows here which that is.
const base::Json* ConfigMapOf(const api::ConfigMapReference& reference, const documents::Resources& resources) {
  for (const auto& [name, object] : resources.config_maps) {
    if (name.name == reference.name && (!reference.ns || name.ns == *reference.ns)) return &object;
  }
  return nullptr;
}

}  // namespace

void CheckViews(const World& world, Findings& findings) {
  for (const auto& warehouse : world.resources.warehouses) {
    const auto& specs = warehouse.object->spec.views;
    std::vector<views::Folder> folders;
    for (const auto& spec : specs) {
      auto& folder = folders.emplace_back(views::Folder{spec, std::unexpected("not among these resources")});
      const auto* object = ConfigMapOf(spec.config_map, world.resources);
      if (object) folder.files = views::FilesOf(*object);
    }
    const auto wanted = views::WantedOf(warehouse.object->spec.database, folders, {});
    for (std::size_t at = 0; at < specs.size(); ++at) {
      for (const auto& [name, fault] : wanted.faults) {
        if (!name.starts_with(specs[at].schema + ".")) continue;
        findings.Add(Severity::kError, ToString(api::Reason::kViewsFailing), warehouse,
                     "spec.views[" + std::to_string(at) + "].configMap", fault);
      }
    }
  }
}

}  // namespace freehold::validation
