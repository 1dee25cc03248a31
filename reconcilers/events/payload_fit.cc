#include "reconcilers/events/payload_fit.h"

#include <algorithm>

#include "reconcilers/api/event_path.h"

namespace freehold::events {
namespace {

using api::ColumnType;
using api::PayloadSchema;

std::string Listed(const std::vector<std::string>& types) {
  std::string text;
  for (const auto& type : types) text += (text.empty() ? "" : " or ") + type;
  return text;
}

/// The types that can be read as a value of the column; empty: all.
std::vector<std::string> SourcesOf(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kJsonb:
      return {};
    case ColumnType::kNumeric:
    case ColumnType::kBigint:
    case ColumnType::kInteger:
      return {"number", "integer", "string"};
    case ColumnType::kBoolean:
      return {"boolean", "string"};
    case ColumnType::kTimestamptz:
    case ColumnType::kDate:
    case ColumnType::kUuid:
      return {"string"};
  }
  return {};
}

bool Fits(const PayloadSchema& schema, ColumnType type) {
  const auto sources = SourcesOf(type);
  return schema.types.empty() || sources.empty() ||
         std::ranges::any_of(sources, [&](const std::string& source) { return schema.Allows(source); });
}

/// What follows `schema` by one step.
struct Next {
  const PayloadSchema* schema = nullptr;  ///< null: nothing is said of it
  std::string obstacle;                   ///< why there is none; empty: there may be
};

Next Follow(const PayloadSchema& schema, const std::string& member) {
  if (!schema.Allows("object")) return {nullptr, "is " + Listed(schema.types) + ", not an object with " + member};
  const auto* property = schema.Property(member);
  if (!property && schema.closed) return {nullptr, "has no property " + member};
  return {property, {}};
}

Next Follow(const PayloadSchema& schema, int) {
  if (!schema.Allows("array")) return {nullptr, "is " + Listed(schema.types) + ", not an array"};
  return {schema.items.empty() ? nullptr : &schema.items.front(), {}};
}

std::string Printed(const std::string& member) { return "." + member; }
std::string Printed(int index) { return "[" + std::to_string(index) + "]"; }

}  // namespace

std::optional<std::string> MismatchOf(const PayloadSchema& schema, const api::ProjectedColumn& column) {
  if (!column.path.starts_with('$')) return std::nullopt;
  const PayloadSchema* here = &schema;
  std::string place = "$";
  for (const auto& step : api::StepsOf(column.path)) {
    const auto next = std::visit([&](const auto& to) { return Follow(*here, to); }, step);
    if (!next.obstacle.empty()) return place + " " + next.obstacle;
    if (!next.schema) return std::nullopt;
    here = next.schema;
    place += std::visit([](const auto& to) { return Printed(to); }, step);
  }
  if (Fits(*here, column.type)) return std::nullopt;
  return place + " is " + Listed(here->types) + ", which is no " + ToString(column.type);
}

}  // namespace freehold::events
