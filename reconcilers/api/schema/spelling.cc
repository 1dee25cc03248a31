#include "reconcilers/api/schema/spelling.h"

#include <algorithm>
#include <numeric>

namespace freehold::api::schema {
namespace {

/// How many characters must be changed, added or removed, case aside.
std::size_t Distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const bool same =
          std::tolower(static_cast<unsigned char>(a[i])) == std::tolower(static_cast<unsigned char>(b[j]));
      const std::size_t replaced = diagonal + (same ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({replaced, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

}  // namespace

std::string Shown(const base::Json& value) {
  constexpr std::size_t kLongest = 200;
  auto text = value.dump(-1, ' ', true, base::Json::error_handler_t::replace);
  if (text.size() > kLongest) text.replace(kLongest, std::string::npos, "...");
  return text;
}

std::string KindOfValue(const base::Json& value) {
  if (value.is_string()) return "the text " + Shown(value);
  if (value.is_boolean()) return Shown(value);
  if (value.is_number()) return "the number " + Shown(value);
  if (value.is_array()) return "a list";
  if (value.is_object()) return "named fields";
  return "nothing";
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string UnknownField(const std::string& name, const std::vector<std::string>& known) {
  const auto nearest =
      std::ranges::min_element(known, {}, [&](const std::string& word) { return Distance(name, word); });
  if (nearest != known.end() && Distance(name, *nearest) <= 2) {
    return "unknown field; did you mean " + *nearest + "?";
  }
  return "unknown field; there is " + Joined(known);
}

}  // namespace freehold::api::schema
