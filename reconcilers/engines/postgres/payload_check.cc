#include "reconcilers/engines/postgres/payload_check.h"

#include "reconcilers/engines/postgres/digest.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using api::PayloadSchema;
using base::Json;

/// With what is around it, at most the 63 bytes of a name.
constexpr std::size_t kLongestEvent = 46;

std::string Joined(const std::vector<std::string>& terms, const std::string& by) {
  std::string text;
  for (const auto& term : terms) text += (text.empty() ? "" : by) + term;
  return text;
}

std::string All(const std::vector<std::string>& terms) { return "(" + Joined(terms, " && ") + ")"; }
std::string Any(const std::vector<std::string>& terms) { return "(" + Joined(terms, " || ") + ")"; }

/// A member or a text as the language writes it: JSON's own form.
std::string Quoted(const std::string& text) { return Json(text).dump(); }

std::string Is(const std::string& at, const std::string& type) { return at + ".type() == \"" + type + "\""; }
std::string IsNot(const std::string& at, const std::string& type) { return at + ".type() != \"" + type + "\""; }

std::string HasType(const std::string& at, const std::string& type) {
  if (type != "integer") return Is(at, type);
  return All({Is(at, "number"), "(" + at + " % 1) == 0"});
}

/// Values of two types can't be compared: the answer would be unknown.
std::string IsValue(const std::string& at, const std::string& value) {
  if (value == "null") return Is(at, "null");
  const std::string type = value.starts_with('"')                ? "string"
                           : value == "true" || value == "false" ? "boolean"
                                                                 : "number";
  return All({Is(at, type), at + " == " + value});
}

/// Asked so, a key that isn't there is no error, which would make the answer unknown.
std::string HasKey(const std::string& at, const std::string& name) {
  return "exists(" + at + ".keyvalue() ? (@.key == " + Quoted(name) + "))";
}

std::string Predicate(const PayloadSchema&, const std::string& at);

std::string HasProperty(const PayloadSchema& schema, const std::string& name, const std::string& at) {
  return Any({"!" + HasKey(at, name), Predicate(schema, at + "." + Quoted(name))});
}

std::string HasNoOther(const PayloadSchema& schema, const std::string& at) {
  std::vector<std::string> known;
  for (const auto& [name, property] : schema.properties) known.push_back("@.key == " + Quoted(name));
  if (known.empty()) return "!exists(" + at + ".keyvalue())";
  return "!exists(" + at + ".keyvalue() ? (!" + Any(known) + "))";
}

std::vector<std::string> OfObject(const PayloadSchema& schema, const std::string& at) {
  std::vector<std::string> terms;
  for (const auto& name : schema.required) terms.push_back(HasKey(at, name));
  for (const auto& [name, property] : schema.properties) terms.push_back(HasProperty(property, name, at));
  if (schema.closed) terms.push_back(HasNoOther(schema, at));
  return terms;
}

std::vector<std::string> OfNumber(const PayloadSchema& schema, const std::string& at) {
  std::vector<std::string> terms;
  if (schema.minimum) terms.push_back(at + " >= " + *schema.minimum);
  if (schema.maximum) terms.push_back(at + " <= " + *schema.maximum);
  return terms;
}

std::vector<std::string> OfArray(const PayloadSchema& schema, const std::string& at) {
  if (schema.items.empty()) return {};
  return {"!exists(" + at + "[*] ? (!" + Predicate(schema.items.front(), "@") + "))"};
}

std::string Predicate(const PayloadSchema& schema, const std::string& at) {
  std::vector<std::string> terms, types, values;
  for (const auto& type : schema.types) types.push_back(HasType(at, type));
  for (const auto& value : schema.values) values.push_back(IsValue(at, value));
  if (!types.empty()) terms.push_back(Any(types));
  if (!values.empty()) terms.push_back(Any(values));
  const auto when = [&](const char* type, const std::vector<std::string>& rules) {
    if (!rules.empty()) terms.push_back(Any({IsNot(at, type), All(rules)}));
  };
  when("object", OfObject(schema, at));
  when("number", OfNumber(schema, at));
  when("array", OfArray(schema, at));
  if (terms.empty()) terms.push_back("1 == 1");
  return All(terms);
}

}  // namespace

// Strict, since lax takes the items of an array for the array itself.
std::string PayloadPredicate(const PayloadSchema& schema) { return "strict " + Predicate(schema, "$"); }

std::string PayloadCheckName(const std::string& event, const PayloadSchema& schema) {
  return kPayloadCheckPrefix + event.substr(0, kLongestEvent) + "_" + HexDigest(event + schema.text).substr(0, 8);
}

std::string PayloadCheck(const std::string& event, const PayloadSchema& schema) {
  return "type <> " + QuoteValue(event) + " OR coalesce(jsonb_path_match(payload, " +
         QuoteValue(PayloadPredicate(schema)) + ", '{}', true), false)";
}

}  // namespace freehold::engines::postgres
