#include "operator/kube/conditions.h"

#include <algorithm>

#include "operator/kube/text.h"

namespace freehold::kube {
namespace {

constexpr std::size_t kLongestMessage = 32768;

auto Find(auto& conditions, std::string_view type) {
  return std::ranges::find_if(conditions, [&](const Condition& condition) { return condition.type == type; });
}

std::string TextAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Condition::Status> ParseStatus(const std::string& text) {
  for (const auto status : {Condition::Status::kTrue, Condition::Status::kFalse, Condition::Status::kUnknown}) {
    if (text == ToString(status)) return status;
  }
  return std::nullopt;
}

}  // namespace

void SetCondition(Conditions& conditions, std::string_view type, Condition::Status status, std::string reason,
                  std::string message, std::int64_t observed_generation, base::Timestamp now) {
  auto found = Find(conditions, type);
  if (found == conditions.end()) {
    conditions.push_back({.type = std::string(type), .last_transition = now});
    found = std::prev(conditions.end());
  } else if (found->status != status) {
    found->last_transition = now;
  }
  found->status = status;
  found->reason = std::move(reason);
  found->message = std::move(message);
  found->observed_generation = observed_generation;
}

const Condition* FindCondition(const Conditions& conditions, std::string_view type) {
  const auto found = Find(conditions, type);
  return found == conditions.end() ? nullptr : &*found;
}

Json ToJson(const Condition& condition) {
  return {{"type", condition.type},
          {"status", ToString(condition.status)},
          {"reason", condition.reason},
          {"message", CutUtf8(condition.message, kLongestMessage)},
          {"observedGeneration", condition.observed_generation},
          {"lastTransitionTime", base::FormatTime(condition.last_transition)}};
}

Json ToJson(const Conditions& conditions) {
  Json list = Json::array();
  for (const Condition& condition : conditions) list.push_back(ToJson(condition));
  return list;
}

base::Result<Condition> ParseCondition(const Json& json) {
  if (!json.is_object()) return base::Terminal("InvalidCondition", "a condition is not an object");
  const auto status = ParseStatus(TextAt(json, "status"));
  Condition condition{.type = TextAt(json, "type"),
                      .status = status.value_or(Condition::Status::kUnknown),
                      .reason = TextAt(json, "reason"),
                      .message = TextAt(json, "message")};
  if (condition.type.empty() || !status)
    return base::Terminal("InvalidCondition", "a condition needs a type and one of the statuses True, False, Unknown");
  if (const auto seen = json.find("observedGeneration"); seen != json.end() && seen->is_number_integer())
    condition.observed_generation = seen->get<std::int64_t>();
  condition.last_transition = base::ParseTime(TextAt(json, "lastTransitionTime")).value_or(base::Timestamp{});
  return condition;
}

Conditions ParseConditions(const Json& object) {
  static const Json::json_pointer kPath("/status/conditions");
  Conditions conditions;
  if (!object.contains(kPath) || !object.at(kPath).is_array()) return conditions;
  for (const Json& json : object.at(kPath)) {
    if (auto condition = ParseCondition(json)) conditions.push_back(std::move(*condition));
  }
  return conditions;
}

}  // namespace freehold::kube
