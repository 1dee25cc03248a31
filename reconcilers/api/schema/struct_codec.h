// Structs with a table: every field by its row. Included by codec.h.
#pragma once

#include <array>

#include "reconcilers/api/schema/codec.h"

namespace freehold::api::schema {

/// The default that the API server fills in; null when there is none.
template <class Owner, class Value, class Coded>
Json DefaultOf(const Field<Owner, Value, Coded>& field) {
  if (field.rules.required || kIsOptional<Value>) return nullptr;
  if constexpr (HasTable<Value>) {
    return Codec<Value>::HasDefaults() ? Json::object() : Json();
  } else {
    Json value = Coded::Write(Owner{}.*field.member);
    const bool nothing = value.is_string() ? value.get_ref<const std::string&>().empty() : value.empty();
    return nothing ? Json() : value;
  }
}

template <HasTable T>
struct Codec<T> {
  template <class Visit>
  static void ForEachField(Visit&& visit) {
    std::apply([&](const auto&... field) { (visit(field), ...); }, Table<T>::Fields());
  }

  static bool HasDefaults() {
    bool any = false;
    ForEachField([&](const auto& field) { any = any || !DefaultOf(field).is_null(); });
    return any;
  }

  static void Read(const Json& json, T& into, const Rules&, const Scope& scope) {
    if (!json.is_object()) return scope.Report("must hold named fields, not " + KindOfValue(json));
    const std::size_t before = scope.fault_count();
    ForEachField([&](const auto& field) { ReadField(json, into, field, scope); });
    if (!scope.strict()) return;
    ReportUnknown(json, scope);
    if (scope.fault_count() != before) return;
    static const std::vector<StructRule<T>> conditions = ConditionsOf<T>();
    for (const StructRule<T>& condition : conditions) {
      if (!condition.holds(into)) scope.ReportAt(condition.field, condition.message);
    }
  }

  static Json Write(const T& value) {
    [[maybe_unused]] static const T defaults{};
    Json object = Json::object();
    ForEachField([&]<class O, class V, class C>(const Field<O, V, C>& field) {
      const auto& member = value.*field.member;
      if (!field.rules.required && !field.rules.shown && member == defaults.*field.member) return;
      object[std::string(field.name)] = C::Write(member);
    });
    return object;
  }

  static Json Schema(const Rules&) {
    Json schema = {{"type", "object"}};
    Json required = Json::array();
    Json properties = Json::object();
    ForEachField([&](const auto& field) {
      properties[std::string(field.name)] = FieldSchema(field);
      if (field.rules.required) required.push_back(field.name);
    });
    if (!required.empty()) schema["required"] = std::move(required);
    schema["properties"] = std::move(properties);
    ForEachField([&](const auto& field) { AddPresenceRule(field, schema); });
    for (const StructRule<T>& condition : ConditionsOf<T>()) {
      AddValidation(schema, Validation(condition.cel, condition.message, condition.field));
    }
    return schema;
  }

 private:
  template <class O, class V, class C>
  static void ReadField(const Json& json, T& into, const Field<O, V, C>& field, const Scope& scope) {
    const auto found = json.find(field.name);
    if (found == json.end()) {
      if (field.rules.required && scope.strict()) scope.Report(std::string(field.name) + " is required");
      return;
    }
    const Scope here = scope.At(field.name);
    if (!found->is_null()) return C::Read(*found, into.*field.member, field.rules, here);
    if (scope.strict() && DefaultOf(field).is_null()) here.Report("has no value: give it one or leave the field out");
  }

  static void ReportUnknown(const Json& json, const Scope& scope) {
    std::vector<std::string> known;
    ForEachField([&](const auto& field) { known.emplace_back(field.name); });
    for (const auto& [key, value] : json.items()) {
      if (std::ranges::find(known, key) == known.end()) scope.At(key).Report(UnknownField(key, known));
    }
  }

  template <class O, class V, class C>
  static Json FieldSchema(const Field<O, V, C>& field) {
    const Json default_value = DefaultOf(field);
    const Json shape = C::Schema(field.rules);
    Json schema = {{"description", DescriptionOf(field.description, field.rules, default_value)}};
    schema.update(shape);
    if (!default_value.is_null()) schema["default"] = default_value;
    for (const Transition& transition : field.rules.transitions) {
      AddValidation(schema, Validation(transition.cel, transition.message));
    }
    if (field.rules.immutable && !kIsOptional<V>) {
      AddValidation(schema, Validation("self == oldSelf", CantChange(field.name)));
    }
    return schema;
  }

  /// A field without a default must not appear or vanish later either, which only its parent can see.
  template <class O, class V, class C>
  static void AddPresenceRule(const Field<O, V, C>& field, Json& schema) {
    if (!field.rules.immutable || !kIsOptional<V>) return;
    const std::string name(field.name), now = "self." + name, old = "oldSelf." + name;
    AddValidation(
        schema, Validation("has(" + now + ") == has(" + old + ") && (!has(" + now + ") || " + now + " == " + old + ")",
                           CantChange(field.name), name));
  }

  static std::string CantChange(std::string_view name) {
    return std::string(name) + " can't be changed, set or removed later: make a new object instead";
  }
};

}  // namespace freehold::api::schema
