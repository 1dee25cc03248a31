// How steps on the API server are taken.
#pragma once

#include "operator/kube/client.h"
#include "reconcilers/stores/step.h"

namespace freehold::stores {

/// Creates the Secret, or changes the one that was seen: as it is now. InDoubt when it is another one by now.
base::Result<base::Json> Write(kube::Writer&, const WriteSecret&);
/// The same of any Secret as it is to be; `replaces` is the one that was seen, null: there was none.
base::Result<base::Json> Write(kube::Writer&, const kube::Name&, const base::Json& secret,
                               const kube::ObjectMeta* replaces);

/// The resourceVersion that the Secret has from then on. InDoubt when it is another one than was seen.
base::Result<std::string> Hold(kube::Writer&, const HoldSecret&);
/// The step as it is after the Secret was held: it replaces what that left.
void AfterHold(const std::string& resource_version, WriteSecret&);

/// Takes the ownerReferences from the Secret that was seen. Terminal "Invalid" when it is another one by now.
base::Result<void> Disown(kube::Writer&, const DisownSecret&);

}  // namespace freehold::stores
