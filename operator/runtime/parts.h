// A controller as a part of the process.
#pragma once

#include "operator/runtime/controller.h"
#include "operator/runtime/manager.h"

namespace freehold::runtime {

/// Starts reconciling, ends by draining. The controller outlives the part.
Part ControllerPart(Controller& controller);

}  // namespace freehold::runtime
