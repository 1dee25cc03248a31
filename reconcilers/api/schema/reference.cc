// The reference page of a kind, read off its CRD.
#include "reconcilers/api/schema/kind.h"

namespace freehold::api::schema {
namespace {

std::string TypeName(const Json& schema) {
  const std::string type = schema.value("type", "");
  if (schema.contains("enum")) return "enum";
  if (type == "array") return "list of " + TypeName(schema["items"]);
  if (type == "object" && schema.contains("additionalProperties")) return "map";
  return type;
}

/// A table's cell holds no line breaks and no bars.
std::string Cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string Notes(const Json& schema) {
  std::string notes;
  if (schema.contains("enum")) {
    notes += " One of";
    for (const Json& word : schema["enum"]) {
      notes += (&word == &schema["enum"].front() ? " `" : ", `") + word.get<std::string>() + "`";
    }
    notes += ".";
  }
  const Json& rules = schema.contains("items") ? schema["items"] : schema;
  if (!rules.contains("x-kubernetes-validations")) return notes;
  for (const Json& rule : rules["x-kubernetes-validations"]) {
    if (!rule["rule"].get<std::string>().contains("oldSelf"))
      notes += " Rule: " + rule["message"].get<std::string>() + ".";
  }
  return notes;
}

/// What the items of a list or the values of a map are; anything else is its own.
const Json& Inner(const Json& schema) {
  if (schema.contains("items")) return schema["items"];
  return schema.contains("additionalProperties") ? schema["additionalProperties"] : schema;
}

std::string Below(const std::string& path, const std::string& name, const Json& field) {
  const char* each = field.contains("items") ? "[]" : field.contains("additionalProperties") ? ".{name}" : "";
  return path + "." + name + each;
}

void Section(const std::string& path, const Json& schema, std::string& page) {
  page += "## " + path + "\n\n";
  if (schema.contains("description")) page += schema["description"].get<std::string>() + "\n\n";
  page += "| field | type | meaning |\n|---|---|---|\n";
  const Json required = schema.value("required", Json::array());
  for (const auto& [name, field] : schema["properties"].items()) {
    const bool needed = std::find(required.begin(), required.end(), name) != required.end();
    page += "| `" + name + "`" + (needed ? " (required)" : "") + " | " + TypeName(field) + " | " +
            Cell(field.value("description", "") + Notes(field)) + " |\n";
  }
  page += "\n";
  for (const auto& [name, field] : schema["properties"].items()) {
    if (!Inner(field).contains("properties")) continue;
    Json inner = Inner(field);
    inner["description"] = field.value("description", "");
    Section(Below(path, name, field), inner, page);
  }
}

}  // namespace

std::string Reference(const KindFrame& frame, const Json& crd) {
  const Json& schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
  std::string page = "# " + frame.type.kind + "\n\n" + frame.description + "\n\n";
  page += "`" + frame.type.api_version() + "`, short name `" + frame.short_name + "`, " +
          (frame.type.namespaced ? "lives in a namespace" : "cluster-scoped") + ".\n\n";
  Section("spec", schema["properties"]["spec"], page);
  if (schema.contains("x-kubernetes-validations")) {
    page += "Rules across fields:\n\n";
    for (const Json& rule : schema["x-kubernetes-validations"])
      page += "- " + rule["message"].get<std::string>() + "\n";
    page += "\n";
  }
  if (schema["properties"].contains("status")) Section("status", schema["properties"]["status"], page);
  while (page.ends_with("\n\n")) page.pop_back();
  return page;
}

}  // namespace freehold::api::schema
