// The list of conditions in an object's status.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "operator/kube/object.h"

namespace freehold::kube {

using Conditions = std::vector<Condition>;

/// Makes the condition of `type` what is said, adding it at the end when there is none. Its time is `now` only when its
/// status is new or another than before: a new reason or message leaves the time alone.
void SetCondition(Conditions&, std::string_view type, Condition::Status, std::string reason, std::string message,
                  std::int64_t observed_generation, base::Timestamp now);

/// Null when there is none.
const Condition* FindCondition(const Conditions&, std::string_view type);

/// As metav1.Condition. A message longer than the API server accepts (32 KiB) is cut.
Json ToJson(const Condition&);
Json ToJson(const Conditions&);

/// Terminal "InvalidCondition" when it has no type or an unknown status.
base::Result<Condition> ParseCondition(const Json&);
/// The parsable ones of `status.conditions` of a whole object; none when there is no status yet.
Conditions ParseConditions(const Json& object);

}  // namespace freehold::kube
