// Would this set of resources be accepted, one by one and together? Pure.
#pragma once

#include <vector>

#include "reconcilers/validation/finding.h"

namespace freehold::validation {

/// How much of the world the set is.
enum class Scope {
  kFiles,    ///< what is not among them may exist elsewhere: a missing server is a note
  kCluster,  ///< all there is: a missing server is an error
};

/// Every fault at once: syntax, fields and rules of each object; names that are used twice; stores and tables with two
/// owners; references; events that nobody publishes or offers; policies.
std::vector<Finding> Validate(const documents::Resources&, Scope, base::Timestamp now);

}  // namespace freehold::validation
