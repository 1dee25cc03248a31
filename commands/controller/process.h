// The operator as a process: its parts, in the order in which they start.
#pragma once

#include "commands/controller/options.h"
#include "operator/runtime/manager.h"

namespace freehold::commands {

/// Runs until a signal, a lost lease or a part that can't start.
base::Result<runtime::Ending> RunController(const ControllerOptions&);

}  // namespace freehold::commands
