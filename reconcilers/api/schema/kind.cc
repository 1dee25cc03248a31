#include "reconcilers/api/schema/kind.h"

#include <algorithm>
#include <iterator>

#include "reconcilers/api/schema/codec.h"

namespace freehold::api::schema {

/// The part of metadata that a user writes. Not `required`: the frame says in its own words what is missing.
template <>
struct Table<kube::ObjectMeta> {
  static const auto& Fields() {
    static const auto fields =
        std::make_tuple(Field("name", &kube::ObjectMeta::name, "Unique among its kind and namespace.",
                              Rules().Is({1,
                                          63,
                                          {Matching("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
                                                    "a name holds lower case letters, digits, '-' and '.'")}})),
                        Field("namespace", &kube::ObjectMeta::ns, "Where it lives."),
                        Field("labels", &kube::ObjectMeta::labels, "To select it by."),
                        Field("annotations", &kube::ObjectMeta::annotations, "Notes of people and tools."));
    return fields;
  }
};

namespace {

void ReadMeta(const Json& json, kube::ObjectMeta& meta, const Scope& scope) {
  if (!json.is_object()) return scope.Report("must hold named fields, not " + KindOfValue(json));
  Codec<kube::ObjectMeta>::ForEachField([&]<class O, class V, class C>(const Field<O, V, C>& field) {
    const auto found = json.find(field.name);
    if (found == json.end() || found->is_null()) return;
    C::Read(*found, meta.*field.member, field.rules, scope.At(field.name));
  });
}

void Expect(const Json& object, const std::string& field, const std::string& value, const Scope& scope) {
  if (!object.contains(field)) return scope.Report(field + " is required");
  if (object[field] != value) scope.At(field).Report("must be " + value);
}

}  // namespace

kube::ObjectMeta ReadFrame(const Json& object, const KindFrame& frame, const Scope& scope) {
  kube::ObjectMeta meta;
  if (!object.is_object()) {
    scope.Report("must hold named fields, not " + KindOfValue(object));
    return meta;
  }
  Expect(object, "apiVersion", frame.type.api_version(), scope);
  Expect(object, "kind", frame.type.kind, scope);
  if (object.contains("metadata")) ReadMeta(object["metadata"], meta, scope.At("metadata"));
  if (meta.name.empty() && scope.fault_count() == 0) scope.Report("metadata.name is required");
  if (!frame.type.namespaced) meta.ns.clear();

  const std::vector<std::string> known = {"apiVersion", "kind", "metadata", "spec", "status"};
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) == known.end()) scope.At(key).Report(UnknownField(key, known));
  }
  if (!object.contains("spec")) scope.Report("spec is required");
  return meta;
}

Json WriteFrame(const kube::ObjectMeta& meta, const KindFrame& frame) {
  return {{"apiVersion", frame.type.api_version()},
          {"kind", frame.type.kind},
          {"metadata", Codec<kube::ObjectMeta>::Write(meta)}};
}

Column ConditionColumn(const std::string& condition, const std::string& description) {
  return {condition, "string", ".status.conditions[?(@.type==\"" + condition + "\")].status", description};
}

Column ReasonColumn() {
  return {"Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason", "Why it is, or is not, ready."};
}

Column AgeColumn() { return {"Age", "date", ".metadata.creationTimestamp", "Since when it exists."}; }

Json Crd(const KindFrame& frame, Json spec, Json status, const std::vector<Json>& root) {
  Json columns = Json::array();
  for (const Column& column : frame.columns) {
    Json printed = {
        {"name", column.name}, {"type", column.type}, {"jsonPath", column.path}, {"description", column.description}};
    if (column.wide) printed["priority"] = 1;
    columns.push_back(std::move(printed));
  }

  Json described_spec = {{"description", "What is wanted."}};
  described_spec.update(spec);
  Json schema = {
      {"type", "object"},
      {"description", frame.description},
      {"required", {"spec"}},
      {"properties",
       {{"apiVersion", {{"type", "string"}, {"description", "The version of this kind's schema."}}},
        {"kind", {{"type", "string"}, {"description", "The name of this kind."}}},
        {"metadata", {{"type", "object"}, {"properties", {{"name", {{"type", "string"}, {"maxLength", 63}}}}}}},
        {"spec", std::move(described_spec)}}}};
  Json version = {{"name", frame.type.version}, {"served", true}, {"storage", true}};
  if (!status.is_null()) {
    Json described = {{"description", "What is true, as the controller last saw it."}};
    described.update(WithoutDefaults(std::move(status)));
    if (frame.told) described["default"] = {{"observedGeneration", -1}};
    schema["properties"]["status"] = std::move(described);
    version["subresources"] = {{"status", Json::object()}};
  }
  for (const Json& rule : root) AddValidation(schema, rule);

  version["additionalPrinterColumns"] = std::move(columns);
  version["schema"] = {{"openAPIV3Schema", std::move(schema)}};

  Json metadata = {{"name", frame.type.plural + "." + frame.type.group}};
  if (!frame.labels.empty()) metadata["labels"] = frame.labels;
  return {{"apiVersion", "apiextensions.k8s.io/v1"},
          {"kind", "CustomResourceDefinition"},
          {"metadata", std::move(metadata)},
          {"spec",
           {{"group", frame.type.group},
            {"scope", frame.type.namespaced ? "Namespaced" : "Cluster"},
            {"names",
             {{"kind", frame.type.kind},
              {"listKind", frame.type.kind + "List"},
              {"plural", frame.type.plural},
              {"singular", frame.singular},
              {"shortNames", {frame.short_name}},
              {"categories", {"freehold"}}}},
            {"versions", Json::array({std::move(version)})}}}};
}

}  // namespace freehold::api::schema
