// The promise of clean-up on an object: until it is taken away, a deletion waits.
#pragma once

#include "operator/kube/client.h"

namespace freehold::api {

/// Is our clean-up promised?
bool HasFinalizer(const kube::ObjectMeta&);

/// Does it bear freehold.dev/confirm-delete with its own name?
bool IsDeletionConfirmed(const kube::ObjectMeta&);

/// Adds or removes our finalizer. Retryable "StaleView" when the finalizers aren't those of `meta` any more; one to be
/// removed of an object that is gone is removed.
base::Result<void> PatchFinalizer(kube::Writer&, const kube::ResourceType&, const kube::ObjectMeta& meta, bool add);

}  // namespace freehold::api
