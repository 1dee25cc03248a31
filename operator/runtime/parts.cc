#include "operator/runtime/parts.h"

namespace freehold::runtime {

Part ControllerPart(Controller& controller) {
  return {.name = controller.name(),
          .start = [&controller](std::stop_token) -> base::Result<void> {
            controller.Start();
            return {};
          },
          .stop = [&controller](Deadline deadline) { return controller.Drain(deadline); },
          .patience = std::chrono::seconds(20)};
}

}  // namespace freehold::runtime
