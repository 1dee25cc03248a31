#include "reconcilers/documents/scalar.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <set>

namespace freehold::documents {
namespace {

using base::Json;

const std::set<std::string> kNull = {"", "~", "null", "Null", "NULL"};
const std::set<std::string> kTrue = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"};
const std::set<std::string> kFalse = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"};

std::optional<std::int64_t> Integer(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) base = 16;
  if (digits.starts_with("0o")) base = 8;
  if (digits.starts_with("0b")) base = 2;
  if (base != 10) digits.remove_prefix(2);
  if (base == 10 && digits.size() > 1 && digits.starts_with('0')) base = 8;
  if (digits.empty() || digits.starts_with('-')) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return negative ? -value : value;
}

std::optional<double> Float(std::string_view digits) {
  if (digits.find_first_of("0123456789") == std::string_view::npos) return std::nullopt;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

Json PlainScalar(const std::string& text) {
  if (kNull.contains(text)) return nullptr;
  if (kTrue.contains(text)) return true;
  if (kFalse.contains(text)) return false;
  std::string digits = text;
  std::erase(digits, '_');
  if (const auto integer = Integer(digits)) return *integer;
  const auto number = Float(digits);
  if (!number) return text;
  const bool whole = std::trunc(*number) == *number && std::abs(*number) < 1e15;
  return whole ? Json(static_cast<std::int64_t>(*number)) : Json(*number);
}

}  // namespace freehold::documents
