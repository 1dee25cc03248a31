#include "reconcilers/api/payload_schema.h"

#include <algorithm>
#include <array>

#include "reconcilers/api/schema/scope.h"
#include "reconcilers/api/schema/spelling.h"

namespace freehold::api {
namespace {

using base::Json;
using schema::Scope;

constexpr int kDeepest = 16;
constexpr std::array kTypes = {"object", "array", "string", "number", "integer", "boolean", "null"};
constexpr std::array kAnnotations = {"$schema",  "$id",        "$comment", "title",     "description", "default",
                                     "examples", "deprecated", "readOnly", "writeOnly", "format"};

Json Sorted(const Json& json) { return base::ParseJson(nlohmann::json(json).dump()).value_or(json); }

PayloadSchema Read(const Json&, const Scope&, int depth);

void AddType(const Json& json, PayloadSchema& into, const Scope& scope) {
  if (json.is_string() && std::ranges::find(kTypes, json.get<std::string>()) != kTypes.end()) {
    into.types.push_back(json.get<std::string>());
    return;
  }
  scope.Report("must be object, array, string, number, integer, boolean or null, not " + schema::Shown(json));
}

void AddValue(const Json& json, PayloadSchema& into, const Scope& scope) {
  if (json.is_structured()) return scope.Report("a database compares with texts, numbers, booleans and null only");
  into.values.push_back(json.dump());
}

std::optional<std::string> Number(const Json& json, const Scope& scope) {
  if (json.is_number()) return json.dump();
  scope.Report("must be a number");
  return std::nullopt;
}

/// For one or for a list of them.
template <class Act>
void Each(const Json& json, const Scope& scope, Act act) {
  if (!json.is_array()) return act(json, scope);
  if (json.empty()) scope.Report("must not be empty: nothing would ever fit");
  for (std::size_t at = 0; at < json.size(); ++at) act(json[at], scope.At(at));
}

void ReadProperties(const Json& json, PayloadSchema& into, const Scope& scope, int depth) {
  if (!json.is_object()) return scope.Report("must hold a schema for each property");
  for (const auto& [name, property] : json.items()) {
    into.properties.emplace_back(name, Read(property, scope.At(name), depth + 1));
  }
}

void ReadRequired(const Json& json, PayloadSchema& into, const Scope& scope) {
  const bool names = json.is_array() && std::ranges::all_of(json, [](const Json& name) { return name.is_string(); });
  if (!names) return scope.Report("must be a list of names of properties");
  into.required = json.get<std::vector<std::string>>();
}

void ReadKeyword(const std::string& keyword, const Json& json, PayloadSchema& into, const Scope& scope, int depth) {
  if (keyword == "type") {
    return Each(json, scope, [&](const Json& type, const Scope& at) { AddType(type, into, at); });
  }
  if ((keyword == "enum" || keyword == "const") && !into.values.empty())
    return scope.Report("say either enum or const");
  if (keyword == "enum" && !json.is_array()) return scope.Report("must be a list of values");
  if (keyword == "enum")
    return Each(json, scope, [&](const Json& value, const Scope& at) { AddValue(value, into, at); });
  if (keyword == "const") return AddValue(json, into, scope);
  if (keyword == "properties") return ReadProperties(json, into, scope, depth);
  if (keyword == "required") return ReadRequired(json, into, scope);
  if (keyword == "items") return into.items.push_back(Read(json, scope, depth + 1));
  if (keyword == "minimum") return void(into.minimum = Number(json, scope));
  if (keyword == "maximum") return void(into.maximum = Number(json, scope));
  if (keyword == "additionalProperties") {
    if (!json.is_boolean()) return scope.Report("must be true or false; write others out in properties");
    into.closed = !json.get<bool>();
    return;
  }
  if (std::ranges::find(kAnnotations, keyword) != kAnnotations.end()) return;
  scope.Report(
      "a database can't hold payloads to this; there are type, enum, const, properties, required, "
      "additionalProperties, items, minimum and maximum");
}

PayloadSchema Read(const Json& json, const Scope& scope, int depth) {
  PayloadSchema schema;
  if (!json.is_object()) {
    scope.Report("must be a JSON Schema, like {type: object, required: [id]}");
  } else if (depth > kDeepest) {
    scope.Report("is nested too deeply: at most " + std::to_string(kDeepest) + " levels");
  } else {
    for (const auto& [keyword, value] : json.items()) ReadKeyword(keyword, value, schema, scope.At(keyword), depth);
  }
  return schema;
}

}  // namespace

bool PayloadSchema::Allows(const std::string& type) const {
  return types.empty() || std::ranges::find(types, type) != types.end();
}

const PayloadSchema* PayloadSchema::Property(const std::string& name) const {
  const auto found = std::ranges::find(properties, name, [](const auto& property) { return property.first; });
  return found == properties.end() ? nullptr : &found->second;
}

PayloadSchema ReadPayloadSchema(const Json& json, const Scope& scope) {
  // Sorted as the API server gives it, so that a file and what became of it are one.
  const Json sorted = Sorted(json);
  PayloadSchema schema = Read(sorted, scope, 0);
  schema.text = sorted.dump();
  if (schema.text.find("\\u0000") != std::string::npos) scope.Report("a database holds no NUL in texts: take it out");
  return schema;
}

}  // namespace freehold::api
