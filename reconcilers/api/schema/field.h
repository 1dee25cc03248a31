// The table of a struct: one row per field, from which reader, printer, schema and reference are made.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconcilers/api/schema/rules.h"

namespace freehold::api::schema {

/// How a value of type T stands in JSON: `Read`, `Write`, `Schema`. See codec.h.
template <class T>
struct Codec;

/// One row: the name in JSON, the member, what it is. The member's initial value in C++ is the default.
template <class Owner, class Value, class Coded = Codec<Value>>
struct Field {
  Field(std::string_view field_name, Value Owner::* field_member, std::string_view field_description,
        Rules field_rules = {})
      : name(field_name), member(field_member), description(field_description), rules(std::move(field_rules)) {}

  std::string_view name;
  Value Owner::* member;
  std::string_view description;
  Rules rules;
};

/// A condition on several fields of a struct, in both languages.
template <class T>
struct StructRule {
  std::string cel;
  std::string message;
  std::string field;  ///< the one to point at, relative to the struct: "spec.name"
  std::function<bool(const T&)> holds;
};

/// Specialised for each struct of the API:
///   static const auto& Fields();                          a tuple of Field
///   static std::vector<StructRule<T>> Conditions();       optional
template <class T>
struct Table;

template <class T>
concept HasTable = requires { Table<T>::Fields(); };

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class T>
std::vector<StructRule<T>> ConditionsOf() {
  if constexpr (requires { Table<T>::Conditions(); }) {
    return Table<T>::Conditions();
  } else {
    return {};
  }
}

}  // namespace freehold::api::schema
