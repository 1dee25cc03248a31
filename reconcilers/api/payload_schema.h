// What the payload of an event looks like: the part of JSON Schema (draft 2020-12) that a database can hold its rows
// to. Source: https://json-schema.org/draft/2020-12/json-schema-validation
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "operator/base/json.h"

namespace freehold::api::schema {
class Scope;
}

namespace freehold::api {

struct PayloadSchema {
  std::vector<std::string> types;  ///< "object", "array", "string", "number", "integer", "boolean", "null"; empty: any
  std::vector<std::string> required;                              ///< of an object
  std::vector<std::pair<std::string, PayloadSchema>> properties;  ///< of an object, sorted
  bool closed = false;                                            ///< an object has no other properties
  std::vector<PayloadSchema> items;                               ///< of every item of an array; one, or none: any
  std::vector<std::string> values;                                ///< what it may be, scalars as JSON texts; empty: any
  std::optional<std::string> minimum, maximum;                    ///< of a number, as JSON texts
  std::string text;                                               ///< as it was written, keys sorted
  bool operator==(const PayloadSchema&) const = default;

  bool Allows(const std::string& type) const;
  /// Null when nothing is said of it.
  const PayloadSchema* Property(const std::string& name) const;
};

/// Reads one; what can't be held to is reported with its place. Annotations (title, description, examples …) say
/// nothing of a payload and are let through.
PayloadSchema ReadPayloadSchema(const base::Json&, const schema::Scope&);

}  // namespace freehold::api
