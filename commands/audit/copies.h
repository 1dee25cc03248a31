// Reading Secrets and ConfigMaps for copies of credentials.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "commands/audit/probe.h"
#include "operator/kube/client.h"
#include "reconcilers/engines/engine.h"
#include "reconcilers/isolation/edge.h"

namespace freehold::commands::audit {

/// A password that still works beside the one in the Secret, and of which the server keeps a verifier only.
struct PreviousPassword {
  std::string store;
  std::string verifier;
};

struct CopiesAsked {
  std::span<const Credential> credentials;
  std::span<const PreviousPassword> previous;
  std::set<std::string> namespaces;  ///< of the cluster: asked one by one where all of them can't be listed at once
  base::Timestamp at;
};

/// Adds to `model` a finding for each object that holds a copy, and what could not be read, or not be compared, as
/// unknown. Reads page by page; of what it read nothing stays in memory once it has returned.
void FindCopies(const CopiesAsked&, const engines::Engine&, kube::Reader&, isolation::AccessModel& model);

}  // namespace freehold::commands::audit
