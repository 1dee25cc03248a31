// What the commands share that read the access model.
#pragma once

#include "commands/audit/look.h"
#include "commands/command.h"

namespace freehold::commands::audit {

struct LookFlags {
  SourceFlags source;
  LookSettings settings;
};

/// Looks at the cluster, or, when files are named, at nothing. Failures: the objects can't be read.
base::Result<isolation::AccessModel> LookBy(const LookFlags&);

/// Not having looked is never fine.
Ending EndingOf(const isolation::AccessModel&);

}  // namespace freehold::commands::audit

namespace freehold::commands {

void AddFlags(CLI::App&, audit::LookFlags&);

}  // namespace freehold::commands
