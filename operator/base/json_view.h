// A JSON text that is only read, once, into typed structs: no tree of values is built, so a document of a megabyte
// costs its parse and nothing else. What is kept or written is base::Json.
#pragma once

#include <simdjson.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "operator/base/failure.h"

namespace freehold::base {

/// One value of a JsonDocument, valid as long as that is. Every access to a value of another type, or to an index or
/// a key that isn't there, throws a std::exception that says so.
class JsonView {
 public:
  explicit JsonView(simdjson::dom::element element) : element_(element) {}

  bool is_null() const { return element_.is_null(); }
  bool is_array() const { return element_.is_array(); }
  bool contains(std::string_view key) const { return element_.at_key(key).error() == simdjson::SUCCESS; }
  /// The elements of an array.
  std::size_t size() const { return array().size(); }
  JsonView operator[](std::size_t index) const { return JsonView(element_.at(index).value()); }
  JsonView operator[](std::string_view key) const { return JsonView(element_.at_key(key).value()); }

  /// A bool, an integer (narrowed to T as by static_cast), a std::string, a vector, or a map by std::string of such.
  template <class T>
  T get() const {
    if constexpr (std::is_same_v<T, std::string>) {
      return std::string(element_.get_string().value());
    } else if constexpr (std::is_same_v<T, bool>) {
      return element_.get_bool().value();
    } else if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(element_.get_int64().value());
    } else {
      return GetMany(static_cast<T*>(nullptr));
    }
  }
  template <class T>
  operator T() const {  // NOLINT(google-explicit-constructor): a struct is filled from a row as it stands
    return get<T>();
  }

  /// The elements of an array, by turns.
  class Iterator {
   public:
    explicit Iterator(simdjson::dom::array::iterator at) : at_(at) {}
    JsonView operator*() const { return JsonView(*at_); }
    Iterator& operator++() { return ++at_, *this; }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    simdjson::dom::array::iterator at_;
  };
  Iterator begin() const { return Iterator(array().begin()); }
  Iterator end() const { return Iterator(array().end()); }

  /// The members of an object, as they are written.
  std::vector<std::pair<std::string, JsonView>> items() const {
    std::vector<std::pair<std::string, JsonView>> items;
    for (const auto [key, value] : simdjson::dom::object(element_.get_object().value())) {
      items.emplace_back(std::string(key), JsonView(value));
    }
    return items;
  }

 private:
  simdjson::dom::array array() const { return element_.get_array().value(); }

  template <class T>
  std::vector<T> GetMany(std::vector<T>*) const {
    std::vector<T> values;
    for (const auto value : *this) values.push_back(value.template get<T>());
    return values;
  }
  template <class T>
  std::map<std::string, T> GetMany(std::map<std::string, T>*) const {
    std::map<std::string, T> values;
    for (const auto& [key, value] : items()) values[key] = value.template get<T>();
    return values;
  }

  simdjson::dom::element element_;
};

/// Owns what its views show.
class JsonDocument {
 public:
  /// Parses one JSON text (RFC 8259). Terminal "InvalidJson" when it is not one.
  static Result<JsonDocument> Parse(std::string_view text) {
    JsonDocument document;
    if (const auto error = document.parser_->parse(text.data(), text.size()).get(document.root_)) {
      return Terminal("InvalidJson", std::string("not JSON: ") + simdjson::error_message(error));
    }
    return document;
  }
  JsonView root() const { return JsonView(root_); }

 private:
  JsonDocument() : parser_(std::make_unique<simdjson::dom::parser>()) {}

  std::unique_ptr<simdjson::dom::parser> parser_;
  simdjson::dom::element root_;
};

}  // namespace freehold::base
