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

std::string ToString(Carrier carrier) {
  switch (carrier) {
    case Carrier::kReplication:
      return "Replication";
    case Carrier::kConnect:
      return "KafkaConnect";
    case Carrier::kPolling:
      return "Polling";
  }
  return {};
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

namespace {

/// The body of a function, between two of the same $tag$ at the ends of lines, as "$tag$ … $tag$".
std::string WithoutBody(std::string statement) {
  const auto open = statement.find("$\n");
  if (open == std::string::npos || open == 0) return statement;
  const auto tag_begin = statement.rfind('$', open - 1);
  if (tag_begin == std::string::npos) return statement;
  const auto tag = statement.substr(tag_begin, open + 1 - tag_begin);
  const auto close = statement.rfind(tag);
  if (close <= open) return statement;
  return statement.replace(open + 1, close - open - 1, " … ");
}

}  // namespace

std::string Masked(const std::string& statement) {
  std::string masked = statement;
  for (const std::string_view keyword : {"PASSWORD '", "CONNECTION '", "CONNECTION E'"}) {
    for (auto at = masked.find(keyword); at != std::string::npos; at = masked.find(keyword, at)) {
      at += keyword.size();
      auto end = at;
      while (end < masked.size() && (masked[end] != '\'' || masked.compare(end, 2, "''") == 0)) {
        end += masked[end] == '\'' ? 2 : 1;
      }
      masked.replace(at, end - at, "***");
    }
  }
  return WithoutBody(std::move(masked));
}

}  // namespace freehold::engines
