// What an event's payload may look like: read, refused, and compared with what copies take from it.
#include <gmock/gmock.h>

#include "reconcilers/api/event_path.h"
#include "reconcilers/api/schema/scope.h"
#include "reconcilers/events/payload_fit.h"

namespace freehold {
namespace {

using api::ColumnType;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> FaultsOf(const std::string& text, api::PayloadSchema* into = nullptr) {
  std::vector<api::Fault> faults;
  const auto schema = api::ReadPayloadSchema(base::ParseJson(text).value(), api::schema::Scope(faults, true));
  if (into) *into = schema;
  std::vector<std::string> lines;
  for (const auto& fault : faults) lines.push_back(fault.path + ": " + fault.message);
  return lines;
}

api::PayloadSchema Read(const std::string& text) {
  api::PayloadSchema schema;
  EXPECT_THAT(FaultsOf(text, &schema), IsEmpty());
  return schema;
}

TEST(PayloadSchema, LetsAnnotationsThrough) {
  const auto schema = Read(
      R"({"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Order", "type": ["object", "null"],
          "properties": {"at": {"type": "string", "format": "date-time"}}, "additionalProperties": false})");
  EXPECT_THAT(schema.types, ElementsAre("object", "null"));
  EXPECT_TRUE(schema.closed);
  ASSERT_TRUE(schema.Property("at"));
  EXPECT_FALSE(schema.Property("on"));
}

TEST(PayloadSchema, TellsWhereItCantBeHeldTo) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"([])", "must be a JSON Schema"},
      {R"({"type": "int"})", "type: must be object, array"},
      {R"({"type": []})", "type: must not be empty"},
      {R"({"properties": {"id": {"pattern": "^a"}}})", "properties.id.pattern: a database can't hold"},
      {R"({"properties": {"id": 1}})", "properties.id: must be a JSON Schema"},
      {R"({"allOf": []})", "allOf: a database can't hold"},
      {R"({"required": "id"})", "required: must be a list"},
      {R"({"enum": "a"})", "enum: must be a list"},
      {R"({"enum": [{"a": 1}]})", "enum[0]: a database compares"},
      {R"({"const": 1, "enum": [1, 2]})", "enum: say either enum or const"},
      {R"({"minimum": "1"})", "minimum: must be a number"},
      {R"({"additionalProperties": {"type": "string"}})", "additionalProperties: must be true or false"},
      {R"({"items": []})", "items: must be a JSON Schema"},
      {R"({"const": "a\u0000"})", "no NUL"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(FaultsOf(text), ElementsAre(HasSubstr(message))) << text;

  std::string deep = "{}";
  for (int level = 0; level < 40; ++level) deep = R"({"items": )" + deep + "}";
  EXPECT_THAT(FaultsOf(deep), ElementsAre(HasSubstr("nested too deeply")));
}

TEST(PayloadSchema, IsTheSameInWhateverOrderItIsWritten) {
  EXPECT_EQ(Read(R"({"type": "object", "properties": {"b": {}, "a": {"type": "string"}}})"),
            Read(R"({"properties": {"a": {"type": "string"}, "b": {}}, "type": "object"})"));
}

TEST(EventPath, IsTakenApart) {
  using Steps = std::vector<api::PathStep>;
  EXPECT_EQ(api::StepsOf("$"), Steps{});
  EXPECT_EQ(api::StepsOf("created_at"), Steps{});
  EXPECT_EQ(api::StepsOf("$.price.amount"), (Steps{"price", "amount"}));
  EXPECT_EQ(api::StepsOf("$.lines[0][12].sku"), (Steps{"lines", 0, 12, "sku"}));
  EXPECT_EQ(api::StepsOf(R"($."unit.price"[3]."a b".c)"), (Steps{"unit.price", 3, "a b", "c"}));
}

TEST(MismatchOf, TellsWhatCanNeverBeThere) {
  const auto schema = Read(R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "id": {"type": "string"}, "total": {"type": "number"}, "paid": {"type": ["boolean", "null"]},
      "price": {"type": "object", "properties": {"amount": {"type": "number"}}},
      "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}},
      "note": {}}})");
  struct Case {
    std::string path;
    ColumnType type;
    std::string mismatch;
  };
  const std::vector<Case> cases = {
      {"aggregateid", ColumnType::kUuid, ""},
      {"$", ColumnType::kJsonb, ""},
      {"$.id", ColumnType::kText, ""},
      {"$.id", ColumnType::kUuid, ""},
      {"$.id", ColumnType::kNumeric, ""},
      {"$.total", ColumnType::kBigint, ""},
      {"$.total", ColumnType::kText, ""},
      {"$.total", ColumnType::kTimestamptz, "$.total is number, which is no timestamptz"},
      {"$.paid", ColumnType::kInteger, "$.paid is boolean or null, which is no integer"},
      {"$.paid", ColumnType::kBoolean, ""},
      {"$.price.amount", ColumnType::kNumeric, ""},
      {"$.price.currency", ColumnType::kText, ""},
      {"$.total.amount", ColumnType::kNumeric, "$.total is number, not an object with amount"},
      {"$.prize", ColumnType::kText, "$ has no property prize"},
      {"$.lines[0].sku", ColumnType::kText, ""},
      {"$.lines[0].sku", ColumnType::kDate, ""},
      {"$.lines.sku", ColumnType::kText, "$.lines is array, not an object with sku"},
      {"$.id[0]", ColumnType::kText, "$.id is string, not an array"},
      {"$.note.anything[3]", ColumnType::kDate, ""},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(events::MismatchOf(schema, {"c", one.path, one.type}).value_or(""), one.mismatch) << one.path;
  }
}

}  // namespace
}  // namespace freehold
