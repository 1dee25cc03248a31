// How each sort of value is read, written and described. Instantiated in the .cc of each kind only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "reconcilers/api/schema/field.h"
#include "reconcilers/api/schema/schema.h"
#include "reconcilers/api/schema/spelling.h"
#include "reconcilers/api/schema/words.h"

namespace freehold::api::schema {

template <>
struct Codec<std::string> {
  static void Read(const Json& json, std::string& into, const Rules& rules, const Scope& scope) {
    if (!json.is_string()) return scope.Report("must be a text, not " + KindOfValue(json));
    into = json.get<std::string>();
    if (scope.strict()) CheckText(into, rules, scope);
  }
  static Json Write(const std::string& value) { return value; }
  static Json Schema(const Rules& rules) { return TextSchema(rules); }
};

template <>
struct Codec<bool> {
  static void Read(const Json& json, bool& into, const Rules&, const Scope& scope) {
    if (!json.is_boolean()) return scope.Report("must be true or false, not " + KindOfValue(json));
    into = json.get<bool>();
  }
  static Json Write(bool value) { return value; }
  static Json Schema(const Rules&) { return {{"type", "boolean"}}; }
};

template <class T>
requires std::is_same_v<T, int> || std::is_same_v<T, std::int64_t>
struct Codec<T> {
  static void Read(const Json& json, T& into, const Rules& rules, const Scope& scope) {
    if (!json.is_number_integer()) return scope.Report("must be a whole number, not " + KindOfValue(json));
    const auto number = json.get<std::int64_t>();
    if (!std::in_range<T>(number)) return scope.Report("is out of range");
    into = static_cast<T>(number);
    if (scope.strict()) CheckNumber(number, rules, scope);
  }
  static Json Write(T value) { return value; }
  static Json Schema(const Rules& rules) { return NumberSchema(rules, sizeof(T) == 4 ? "int32" : "int64"); }
};

template <>
struct Codec<Duration> {
  static void Read(const Json& json, Duration& into, const Rules& rules, const Scope& scope) {
    if (!json.is_string()) return scope.Report("must be a duration like 720h or 1h30m, not " + KindOfValue(json));
    const auto parsed = base::ParseDuration(json.get<std::string>());
    if (!parsed) return scope.Report("must be a duration like 720h or 1h30m, not " + Shown(json));
    into = *parsed;
    if (scope.strict()) CheckDuration(into, rules, scope);
  }
  static Json Write(Duration value) { return base::FormatDuration(value); }
  static Json Schema(const Rules& rules) { return DurationSchema(rules); }
};

template <>
struct Codec<base::Timestamp> {
  static void Read(const Json& json, base::Timestamp& into, const Rules&, const Scope& scope) {
    const auto parsed = json.is_string() ? base::ParseTime(json.get<std::string>())
                                         : base::Result<base::Timestamp>(base::Terminal("", ""));
    if (!parsed) return scope.Report("must be a time like 2026-03-01T12:00:00Z");
    into = *parsed;
  }
  static Json Write(base::Timestamp value) { return base::FormatTime(value); }
  static Json Schema(const Rules&) { return {{"type", "string"}, {"format", "date-time"}}; }
};

template <class E>
requires std::is_enum_v<E>
struct Codec<E> {
  static void Read(const Json& json, E& into, const Rules&, const Scope& scope) {
    for (const auto& [value, word] : Words<E>::kWords) {
      if (json == word) return void(into = value);
    }
    scope.Report("must be one of " + Joined(All()) + ", not " + Shown(json));
  }
  static Json Write(E value) { return WordOf(value); }
  static Json Schema(const Rules&) { return {{"type", "string"}, {"enum", All()}}; }

 private:
  static std::vector<std::string> All() {
    std::vector<std::string> words;
    for (const auto& [value, word] : Words<E>::kWords) words.emplace_back(word);
    return words;
  }
};

template <class T>
struct Codec<std::optional<T>> {
  static void Read(const Json& json, std::optional<T>& into, const Rules& rules, const Scope& scope) {
    T value{};
    const std::size_t before = scope.fault_count();
    Codec<T>::Read(json, value, rules, scope);
    if (scope.fault_count() == before || HasTable<T>) into = std::move(value);
  }
  static Json Write(const std::optional<T>& value) { return value ? Codec<T>::Write(*value) : Json(); }
  static Json Schema(const Rules& rules) { return Codec<T>::Schema(rules); }
};

template <class T>
struct Codec<std::vector<T>> {
  static void Read(const Json& json, std::vector<T>& into, const Rules& rules, const Scope& scope) {
    if (!json.is_array()) return scope.Report("must be a list, not " + KindOfValue(json));
    into.clear();
    for (std::size_t at = 0; at < json.size(); ++at) {
      Codec<T>::Read(json[at], into.emplace_back(), rules.items(), scope.At(at));
    }
    if (scope.strict()) CheckItems(json, rules, scope);
  }
  static Json Write(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) list.push_back(Codec<T>::Write(value));
    return list;
  }
  static Json Schema(const Rules& rules) { return ListSchema(Codec<T>::Schema(rules.items()), rules); }
};

template <>
struct Codec<std::map<std::string, std::string>> {
  using Map = std::map<std::string, std::string>;
  static void Read(const Json& json, Map& into, const Rules& rules, const Scope& scope) {
    if (!json.is_object()) return scope.Report("must hold names and texts, not " + KindOfValue(json));
    into.clear();
    for (const auto& [key, value] : json.items()) {
      Codec<std::string>::Read(value, into[key], rules.items(), scope.At(key));
    }
    if (scope.strict()) CheckItems(json, rules, scope);
  }
  static Json Write(const Map& values) {
    Json object = Json::object();
    for (const auto& [key, value] : values) object[key] = value;
    return object;
  }
  static Json Schema(const Rules& rules) {
    Json schema = {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
    if (const auto& text = rules.items().text) schema["additionalProperties"]["maxLength"] = text->max_length;
    if (rules.max_items) schema["maxProperties"] = *rules.max_items;
    return schema;
  }
};

/// Structs by name. On the API server the map is one value: who applies it owns all of it.
template <class T>
requires HasTable<T>
struct Codec<std::map<std::string, T>> {
  using Map = std::map<std::string, T>;
  static void Read(const Json& json, Map& into, const Rules&, const Scope& scope) {
    if (!json.is_object()) return scope.Report("must hold named values, not " + KindOfValue(json));
    into.clear();
    for (const auto& [key, value] : json.items()) Codec<T>::Read(value, into[key], {}, scope.At(key));
  }
  static Json Write(const Map& values) {
    Json object = Json::object();
    for (const auto& [key, value] : values) object[key] = Codec<T>::Write(value);
    return object;
  }
  static Json Schema(const Rules& rules) {
    Json schema = {
        {"type", "object"}, {"x-kubernetes-map-type", "atomic"}, {"additionalProperties", Codec<T>::Schema({})}};
    if (rules.max_items) schema["maxProperties"] = *rules.max_items;
    return schema;
  }
};

/// A reference by name: a text in C++, {name: …} in JSON.
struct InName {
  template <class Value>
  static void Read(const Json& json, Value& into, const Rules& rules, const Scope& scope) {
    if (!json.is_object()) return scope.Report("must be {name: …}, not " + KindOfValue(json));
    for (const auto& [key, value] : json.items()) {
      if (key == "name") {
        Codec<Value>::Read(value, into, rules, scope.At(key));
      } else if (scope.strict()) {
        scope.At(key).Report("unknown field; there is name");
      }
    }
    if (scope.strict() && !json.contains("name")) scope.Report("name is required");
  }
  template <class Value>
  static Json Write(const Value& value) {
    return {{"name", Codec<Value>::Write(value)}};
  }
  static Json Schema(const Rules& rules) {
    Json name = TextSchema(rules);
    name["description"] = "Its metadata.name.";
    return {{"type", "object"}, {"required", {"name"}}, {"properties", {{"name", std::move(name)}}}};
  }
};

template <class Owner, class Value>
auto NameReference(std::string_view name, Value Owner::*member, std::string_view description, Rules rules = {}) {
  return Field<Owner, Value, InName>(name, member, description, std::move(rules));
}

}  // namespace freehold::api::schema

#include "reconcilers/api/schema/struct_codec.h"  // IWYU pragma: export
