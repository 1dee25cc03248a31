// JSON printed as YAML: block style, keys in the order they were set.
#pragma once

#include <string>

#include "operator/base/json.h"

namespace freehold::api::schema {

/// One document, without the leading "---". Texts that YAML might take for something else are quoted.
std::string Yaml(const base::Json&);

}  // namespace freehold::api::schema
