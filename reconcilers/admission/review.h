// Should the API server take this change in? What CEL can't see: objects beside each other.
//
// The judgement is that of `freehold validate` over the object and all that it has to do with. Refused is what the
// change would bring about and what no other object's arrival mends: a store, Secret or table of another, a policy's
// no, an event that is not offered. The rest is told as warnings, so that resources may be applied in any order and an
// object that is at fault already can be repaired.
// The caches may be a moment behind, and two requests may pass each other: the reconciler remains the authority.
#pragma once

#include "reconcilers/admission/request.h"
#include "reconcilers/stores/world.h"

namespace freehold::admission {

/// Reads caches only. Pure: equal caches, equal verdict.
Verdict Review(const Request&, const stores::World&, base::Timestamp now);

}  // namespace freehold::admission
