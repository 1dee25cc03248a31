#include "reconcilers/engines/postgres/quote.h"

#include <functional>
#include <utility>

namespace freehold::engines::postgres {
namespace {

std::string Doubled(std::string_view text, char quote) {
  std::string doubled;
  for (const char c : text) {
    if (c == quote) doubled += c;
    doubled += c;
  }
  return doubled;
}

std::string Join(const std::vector<std::string>& items, const std::function<std::string(std::string_view)>& print) {
  std::string joined;
  for (const auto& item : items) joined += (joined.empty() ? "" : ", ") + print(item);
  return joined;
}

}  // namespace

std::string QuoteName(std::string_view name) { return '"' + Doubled(name, '"') + '"'; }

std::string QuoteName(std::string_view schema, std::string_view name) {
  return QuoteName(schema) + '.' + QuoteName(name);
}

std::string QuoteNames(const std::vector<std::string>& names) {
  return Join(names, [](std::string_view name) { return QuoteName(name); });
}

std::string QuoteValue(std::string_view value) {
  if (value.find('\\') == std::string_view::npos) return '\'' + Doubled(value, '\'') + '\'';
  return "E'" + Doubled(Doubled(value, '\\'), '\'') + '\'';
}

std::string QuoteValues(const std::vector<std::string>& values) {
  return values.empty() ? "NULL" : Join(values, QuoteValue);
}

std::string QuoteArray(const std::vector<std::string>& items) {
  std::string array;
  for (const auto& item : items) {
    array += array.empty() ? "{\"" : ",\"";
    for (const char c : item) {
      if (c == '"' || c == '\\') array += '\\';
      array += c;
    }
    array += '"';
  }
  return array.empty() ? "{}" : array + "}";
}

std::string ConnectParameter(std::string_view key, std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '\'' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return std::string(key) + "='" + escaped + "' ";
}

std::vector<std::string> ParseNames(std::string_view list) {
  std::vector<std::string> names;
  std::string name;
  bool quoted = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    if (c == '"' && quoted && i + 1 < list.size() && list[i + 1] == '"') {
      name += list[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      names.push_back(std::exchange(name, {}));
    } else if (c != ' ' || quoted) {
      name += c;
    }
  }
  if (!list.empty()) names.push_back(name);
  return names;
}

}  // namespace freehold::engines::postgres
