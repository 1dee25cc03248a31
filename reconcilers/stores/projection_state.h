// Do the copies that are kept from events hold what arrived, and if not, why not. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconcilers/stores/decide.h"

namespace freehold::stores {

struct Hitch {
  api::Reason reason;
  std::string message;  ///< for people; tells no value of an event
};

/// Of all copies, those that nobody wants any more and that can't go among them; each once.
std::vector<Hitch> HitchesOf(const Desired&, const engines::StoreSeen&);

/// Absent when no copy is kept of the event. REQUIRES: `subscription` is one of `desired`.
std::optional<api::ProjectionStatus> ProjectionStatusOf(const events::Subscription& subscription,
                                                        const Desired& desired, const engines::StoreSeen& seen);

}  // namespace freehold::stores
