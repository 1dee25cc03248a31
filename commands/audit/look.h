// Looks at cluster and servers for all that an audit needs to know.
#pragma once

#include <string>

#include "operator/kube/client.h"
#include "reconcilers/documents/resources.h"
#include "reconcilers/isolation/edge.h"

namespace freehold::commands::audit {

struct LookSettings {
  std::string operator_namespace = "freehold-system";
  std::string ns;           ///< of the stores; empty: all
  bool quick = false;       ///< the shared catalogs only: one query for each server
  bool databases = true;    ///< otherwise only what Kubernetes tells
  bool cluster = true;      ///< otherwise only what the databases tell
  bool probe = false;       ///< try the credentials of all stores on all stores
  bool copies = false;      ///< read every Secret and ConfigMap for copies of credentials
  int probe_limit = 10000;  ///< how many pairs are tried at most; those that are left out are unknown
};

/// What can't be looked at becomes an Unknown; it never fails as a whole. Reads only; a probe logs in as services.
isolation::AccessModel Look(const documents::Resources&, kube::Reader&, const LookSettings&);

/// Of files alone nothing is known: one Unknown for each store.
isolation::AccessModel LookAtNothing(const documents::Resources&);

}  // namespace freehold::commands::audit
