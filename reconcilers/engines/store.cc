#include "reconcilers/engines/store.h"

namespace freehold::engines {

Layout LayoutOf(api::Isolation isolation, const std::string& name, const std::string& schema,
                const std::string& shared_database) {
  const bool shares = isolation == api::Isolation::kTables || isolation == api::Isolation::kSchema;
  return {.isolation = isolation,
          .database = shares ? shared_database : name,
          .schema = isolation == api::Isolation::kTables ? kSharedSchema : schema,
          .owner = name + "_owner",
          .logins = {name + "_a", name + "_b"}};
}

std::string ToString(Severity severity) {
  switch (severity) {
    case Severity::kLow:
      return "low";
    case Severity::kMedium:
      return "medium";
    case Severity::kHigh:
      return "high";
    case Severity::kCritical:
      return "critical";
  }
  return {};
}

std::string Masked(const std::string& statement) {
  static constexpr std::string_view kKeyword = "PASSWORD '";
  std::string masked = statement;
  for (auto at = masked.find(kKeyword); at != std::string::npos; at = masked.find(kKeyword, at)) {
    at += kKeyword.size();
    auto end = at;
    while (end < masked.size() && (masked[end] != '\'' || masked.compare(end, 2, "''") == 0)) {
      end += masked[end] == '\'' ? 2 : 1;
    }
    masked.replace(at, end - at, "***");
  }
  return masked;
}

}  // namespace freehold::engines
