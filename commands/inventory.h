// The objects a command looks at: from files, or from the cluster.
#pragma once

#include "commands/command.h"
#include "operator/kube/client.h"
#include "reconcilers/documents/resources.h"

namespace freehold::commands {

/// Files when any are named, else the cluster. A file that can't be parsed is a failure here: `validate` tells more.
base::Result<documents::Resources> LoadResources(const SourceFlags&);

/// All of our kinds, and the labels of the namespaces. What can't be read fails the whole.
base::Result<documents::Resources> ListResources(kube::Reader&);

}  // namespace freehold::commands
