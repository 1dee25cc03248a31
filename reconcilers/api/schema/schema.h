// Pieces of OpenAPI v3 as CustomResourceDefinitions take it.
#pragma once

#include "operator/base/json.h"
#include "reconcilers/api/schema/rules.h"

namespace freehold::api::schema {

using base::Json;

/// One of x-kubernetes-validations; `field` (relative, "spec.name") is where the fault is shown.
Json Validation(const std::string& cel, const std::string& message, const std::string& field = {});
void AddValidation(Json& schema, Json validation);

Json TextSchema(const Rules&);
Json NumberSchema(const Rules&, std::string_view format);
Json DurationSchema(const Rules&);
Json ListSchema(Json items, const Rules&);

/// The description with what its rules add to it: the default, and whether it can be changed.
std::string DescriptionOf(std::string_view text, const Rules&, const Json& default_value);

/// The same without any `default`: for status, which nobody writes by hand.
Json WithoutDefaults(Json schema);

}  // namespace freehold::api::schema
