// What must hold of a value. Said once: printed into the CRD as OpenAPI and CEL, and checked here on files.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconcilers/api/common.h"
#include "reconcilers/api/schema/scope.h"

namespace freehold::api::schema {

/// One condition on a text, in both languages, with what is said when it doesn't hold.
struct TextRule {
  std::string cel;  ///< empty: the field's format says it already
  std::string message;
  std::function<bool(const std::string&)> holds;
};

/// The text matches the whole of an expression that RE2 and ECMAScript understand alike.
TextRule Matching(const std::string& pattern, std::string message);
TextRule NoneOf(const std::vector<std::string>& words, std::string message);
TextRule NotBeginningWith(const std::string& prefix, std::string message);

/// A sort of text.
struct Text {
  std::size_t min_length = 1;
  std::size_t max_length = 253;
  std::vector<TextRule> rules;
};

/// A condition on a value together with the value it replaces: only the API server knows both.
struct Transition {
  std::string cel;
  std::string message;
};

/// The rules of one field. Built by chaining: `Rules().Required().Is(EventName())`.
struct Rules {
  bool required = false;
  bool immutable = false;
  bool shown = false;
  std::string absent_means;
  std::string format;
  std::optional<Text> text;
  std::optional<int> minimum, maximum;
  std::optional<Duration> shortest, longest;
  std::optional<std::size_t> min_items, max_items;
  bool set = false;
  std::vector<std::string> keys;
  std::vector<Transition> transitions;
  std::vector<Rules> each;

  Rules& Required() { return required = true, *this; }
  /// Neither changed nor, later, set or removed.
  Rules& Immutable() { return immutable = true, *this; }
  /// Printed even at its default.
  Rules& Shown() { return shown = true, *this; }
  /// For people: what leaving it out means, when that follows from other fields.
  Rules& AbsentMeans(std::string meaning) { return absent_means = std::move(meaning), *this; }
  Rules& Format(std::string name) { return format = std::move(name), *this; }
  Rules& Is(Text sort) { return text = std::move(sort), *this; }
  Rules& Between(int low, int high) { return minimum = low, maximum = high, *this; }
  Rules& AtLeast(int low) { return minimum = low, *this; }
  Rules& AtLeast(Duration low) { return shortest = low, *this; }
  Rules& Items(std::size_t low, std::size_t high) { return min_items = low, max_items = high, *this; }
  Rules& UpTo(std::size_t items) { return max_items = items, *this; }
  /// A list without equal items.
  Rules& Set() { return set = true, *this; }
  /// A list of objects without two that agree in these fields.
  Rules& KeyedBy(std::vector<std::string> fields) { return keys = std::move(fields), *this; }
  Rules& Changing(std::string cel, std::string message) {
    return transitions.push_back({std::move(cel), std::move(message)}), *this;
  }
  /// The rules of every item of a list.
  Rules& Each(Rules items) { return each.push_back(std::move(items)), *this; }

  const Rules& items() const;
};

/// Report what does not hold.
void CheckText(const std::string&, const Rules&, const Scope&);
void CheckNumber(std::int64_t, const Rules&, const Scope&);
void CheckDuration(Duration, const Rules&, const Scope&);
/// Number of items, and no two that are equal or agree in the key fields.
void CheckItems(const base::Json& list, const Rules&, const Scope&);

/// A text as CEL writes it.
std::string CelQuoted(const std::string&);
/// ['a', 'b'].
std::string CelList(const std::vector<std::string>&);

}  // namespace freehold::api::schema
