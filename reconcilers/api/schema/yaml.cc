#include "reconcilers/api/schema/yaml.h"

#include <algorithm>
#include <regex>

namespace freehold::api::schema {
namespace {

using base::Json;

/// Is it safe without quotes? Words that read as booleans, numbers or null, and everything with punctuation, are not.
bool IsPlain(const std::string& text) {
  static const std::regex plain("^[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9_./(-][A-Za-z0-9_./()'-]*)*$");
  static const std::regex word("^(y|yes|n|no|on|off|true|false|null)$", std::regex::icase);
  return std::regex_match(text, plain) && !std::regex_match(text, word);
}

std::string Scalar(const Json& value) {
  if (!value.is_string()) return value.dump();
  const auto& text = value.get_ref<const std::string&>();
  return IsPlain(text) ? text : value.dump();
}

bool IsBlock(const Json& value) { return (value.is_object() || value.is_array()) && !value.empty(); }

void Print(const Json& value, std::size_t indent, bool after_dash, std::string& out) {
  const std::string margin(indent, ' ');
  bool first = after_dash;
  const auto begin_line = [&] { out += std::exchange(first, false) ? "" : margin; };
  if (value.is_array()) {
    for (const Json& item : value) {
      begin_line();
      out += "- ";
      if (IsBlock(item)) {
        Print(item, indent + 2, true, out);
      } else {
        out += Scalar(item) + "\n";
      }
    }
    return;
  }
  for (const auto& [key, item] : value.items()) {
    begin_line();
    out += Scalar(key) + ":";
    if (!IsBlock(item)) {
      out += " " + Scalar(item) + "\n";
      continue;
    }
    out += "\n";
    Print(item, item.is_array() ? indent : indent + 2, false, out);
  }
}

}  // namespace

std::string Yaml(const Json& value) {
  if (!IsBlock(value)) return Scalar(value) + "\n";
  std::string out;
  Print(value, 0, false, out);
  return out;
}

}  // namespace freehold::api::schema
