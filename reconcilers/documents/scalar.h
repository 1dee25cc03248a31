// What a plain word of YAML means.
#pragma once

#include <string>

#include "operator/base/json.h"

namespace freehold::documents {

/// null, booleans and numbers as kubectl takes them (YAML 1.1: `yes` and `on` are true, too); everything else is a
/// text.
base::Json PlainScalar(const std::string& text);

}  // namespace freehold::documents
