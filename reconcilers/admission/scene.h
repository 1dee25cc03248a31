// The part of the world that one object can be at odds with: so that judging it costs what is around it, not all that
// there is.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "reconcilers/documents/resources.h"
#include "reconcilers/stores/world.h"

namespace freehold::admission {

/// How strong the claims of the object count that is judged.
enum class Standing {
  kAsItIs,    ///< as the reconciler takes them: the oldest claim wins
  kNewcomer,  ///< as if it had come last, so that an object that is there loses nothing to a change of an older one
};

/// All but the object itself. Null versions are passed over.
using Databases = std::vector<std::shared_ptr<const api::ServiceDatabase>>;

/// The stores that have to do with any of these versions of one store: by a Secret, a physical name, a table, a whole
/// server, or an event between them.
Databases RelativesOf(std::span<const std::shared_ptr<const api::ServiceDatabase>> versions,
                      const kube::Cache<api::ServiceDatabase>&);

/// And all on the server that any of these versions would be on, where it has no room for one more.
void AddCrowd(Databases& relatives, std::span<const std::shared_ptr<const api::ServiceDatabase>> versions,
              const stores::World&);

/// The stores that are, or would be, on any of these versions of one server.
Databases TenantsOf(std::span<const std::shared_ptr<const api::DatabaseServer>> versions,
                    const kube::Cache<api::ServiceDatabase>&);

/// A set that validation can judge: these stores in the order of their claims, all servers, policies and buses, the
/// labels of the stores' namespaces and of `ns`, if it is known.
documents::Resources SceneWith(Databases, const std::string& ns, const stores::World&);

/// Puts the object in. Null: it is gone.
void Enter(documents::Resources&, const std::shared_ptr<const api::ServiceDatabase>&, Standing);
/// In the place of the one that has its name, or last.
void Enter(documents::Resources&, const kube::Name&, const std::shared_ptr<const api::DatabaseServer>&, Standing);

}  // namespace freehold::admission
