#include "reconcilers/api/schema/schema.h"

namespace freehold::api::schema {
namespace {

std::string PlainDefault(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const Json& item : value) text += (text.empty() ? "" : ", ") + PlainDefault(item);
  return text;
}

}  // namespace

Json Validation(const std::string& cel, const std::string& message, const std::string& field) {
  Json validation = {{"rule", cel}, {"message", message}};
  if (!field.empty()) validation["fieldPath"] = "." + field;
  return validation;
}

void AddValidation(Json& schema, Json validation) {
  schema["x-kubernetes-validations"].push_back(std::move(validation));
}

Json TextSchema(const Rules& rules) {
  Json schema = {{"type", "string"}};
  if (!rules.format.empty()) schema["format"] = rules.format;
  if (!rules.text) return schema;
  if (rules.text->min_length) schema["minLength"] = rules.text->min_length;
  schema["maxLength"] = rules.text->max_length;
  for (const TextRule& rule : rules.text->rules) {
    if (!rule.cel.empty()) AddValidation(schema, Validation(rule.cel, rule.message));
  }
  return schema;
}

Json NumberSchema(const Rules& rules, std::string_view format) {
  Json schema = {{"type", "integer"}, {"format", format}};
  if (rules.minimum) schema["minimum"] = *rules.minimum;
  if (rules.maximum) schema["maximum"] = *rules.maximum;
  return schema;
}

Json DurationSchema(const Rules& rules) {
  Json schema = {{"type", "string"}, {"maxLength", 32}};
  AddValidation(schema, Validation("self.matches('^([0-9]{1,9}([.][0-9]{1,9})?(ms|s|m|h))+$')",
                                   "must be a duration like 720h or 1h30m"));
  const auto bound = [&](const char* comparison, Duration limit, const char* words) {
    const std::string text = base::FormatDuration(limit);
    AddValidation(schema, Validation("duration(self) " + std::string(comparison) + " duration('" + text + "')",
                                     "must be at " + std::string(words) + " " + text));
  };
  if (rules.shortest) bound(">=", *rules.shortest, "least");
  if (rules.longest) bound("<=", *rules.longest, "most");
  return schema;
}

Json ListSchema(Json items, const Rules& rules) {
  Json schema = {{"type", "array"}, {"items", std::move(items)}};
  if (rules.min_items) schema["minItems"] = *rules.min_items;
  if (rules.max_items) schema["maxItems"] = *rules.max_items;
  schema["x-kubernetes-list-type"] = rules.set ? "set" : rules.keys.empty() ? "atomic" : "map";
  if (!rules.keys.empty()) schema["x-kubernetes-list-map-keys"] = rules.keys;
  return schema;
}

std::string DescriptionOf(std::string_view text, const Rules& rules, const Json& default_value) {
  std::string description(text);
  if (!rules.absent_means.empty()) description += " Default: " + rules.absent_means + ".";
  if (!default_value.is_null() && !default_value.is_object()) {
    description += " Default: " + PlainDefault(default_value) + ".";
  }
  if (rules.immutable) description += " Can't be changed later.";
  return description;
}

Json WithoutDefaults(Json schema) {
  schema.erase("default");
  for (const char* inner : {"items", "additionalProperties"}) {
    if (schema.contains(inner)) schema[inner] = WithoutDefaults(schema[inner]);
  }
  if (!schema.contains("properties")) return schema;
  for (auto& [name, property] : schema["properties"].items()) property = WithoutDefaults(property);
  return schema;
}

}  // namespace freehold::api::schema
