#include "reconcilers/api/schema/rules.h"

#include <algorithm>
#include <memory>
#include <regex>
#include <set>

#include "reconcilers/api/schema/spelling.h"

namespace freehold::api::schema {
namespace {

using base::Json;

Json KeyOf(const Json& item, const Rules& rules) {
  if (rules.keys.empty()) return item;
  Json key = Json::array();
  if (!item.is_object()) return key;
  for (const std::string& field : rules.keys) key.push_back(item.value(field, Json()));
  return key;
}

std::string Described(const Json& key, const Rules& rules) {
  if (rules.keys.empty()) return Shown(key);
  std::string text;
  for (std::size_t at = 0; at < rules.keys.size(); ++at) {
    text += (at ? ", " : "") + rules.keys[at] + " " + Shown(key[at]);
  }
  return text;
}

}  // namespace

std::string CelQuoted(const std::string& text) { return "'" + text + "'"; }

std::string CelList(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + CelQuoted(word);
  return "[" + list + "]";
}

TextRule Matching(const std::string& pattern, std::string message) {
  const auto regex = std::make_shared<std::regex>(pattern, std::regex::ECMAScript | std::regex::optimize);
  return {"self.matches(" + CelQuoted(pattern) + ")", std::move(message),
          [regex](const std::string& text) { return std::regex_search(text, *regex); }};
}

TextRule NoneOf(const std::vector<std::string>& words, std::string message) {
  return {"!(self in " + CelList(words) + ")", std::move(message),
          [words](const std::string& text) { return std::ranges::find(words, text) == words.end(); }};
}

TextRule NotBeginningWith(const std::string& prefix, std::string message) {
  return {"!self.startsWith(" + CelQuoted(prefix) + ")", std::move(message),
          [prefix](const std::string& text) { return !text.starts_with(prefix); }};
}

const Rules& Rules::items() const {
  static const Rules none;
  return each.empty() ? none : each.front();
}

void CheckText(const std::string& text, const Rules& rules, const Scope& scope) {
  if (!rules.text) return;
  if (text.size() < rules.text->min_length) {
    return scope.Report(rules.text->min_length == 1
                            ? "must not be empty"
                            : "must have at least " + std::to_string(rules.text->min_length) + " characters");
  }
  if (text.size() > rules.text->max_length) {
    return scope.Report("must have at most " + std::to_string(rules.text->max_length) + " characters, not " +
                        std::to_string(text.size()));
  }
  for (const TextRule& rule : rules.text->rules) {
    if (!rule.holds(text)) return scope.Report(Shown(text) + ": " + rule.message);
  }
}

void CheckNumber(std::int64_t number, const Rules& rules, const Scope& scope) {
  if (rules.minimum && number < *rules.minimum) scope.Report("must be at least " + std::to_string(*rules.minimum));
  if (rules.maximum && number > *rules.maximum) scope.Report("must be at most " + std::to_string(*rules.maximum));
}

void CheckDuration(Duration duration, const Rules& rules, const Scope& scope) {
  if (rules.shortest && duration < *rules.shortest) {
    scope.Report("must be at least " + base::FormatDuration(*rules.shortest));
  }
  if (rules.longest && duration > *rules.longest) {
    scope.Report("must be at most " + base::FormatDuration(*rules.longest));
  }
}

void CheckItems(const Json& list, const Rules& rules, const Scope& scope) {
  if (rules.min_items && list.size() < *rules.min_items) {
    scope.Report("must have at least " + std::to_string(*rules.min_items) + " item, or be left out");
  }
  if (rules.max_items && list.size() > *rules.max_items) {
    scope.Report("must have at most " + std::to_string(*rules.max_items) + " items, not " +
                 std::to_string(list.size()));
  }
  if (!rules.set && rules.keys.empty()) return;
  std::set<std::string> seen;
  for (std::size_t at = 0; at < list.size(); ++at) {
    const Json key = KeyOf(list[at], rules);
    if (seen.insert(key.dump()).second) continue;
    scope.At(at).Report(Described(key, rules) + " is listed twice");
  }
}

}  // namespace freehold::api::schema
