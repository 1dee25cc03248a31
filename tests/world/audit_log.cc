#include "audit_log.h"

#include <cstdlib>
#include <fstream>
#include <regex>

#include "operator/base/json.h"

namespace freehold::test {
namespace {

constexpr const char* kController = "system:serviceaccount:freehold-system:freehold";

std::ifstream Open() {
  const char* path = std::getenv("FREEHOLD_TEST_AUDIT_LOG");
  if (!path) throw std::runtime_error("set FREEHOLD_TEST_AUDIT_LOG, or run this by dev/with-servers");
  return std::ifstream(path);
}

}  // namespace

AuditLog::AuditLog() {
  auto log = Open();
  begin_ = log.seekg(0, std::ios::end).tellg();
}

std::vector<std::string> AuditLog::Writes(const std::string& resource_pattern) const {
  auto log = Open();
  log.seekg(begin_);
  const std::regex pattern(resource_pattern);
  std::vector<std::string> writes;
  for (std::string line; std::getline(log, line);) {
    if (!line.contains(kController)) continue;
    const auto event = base::Json::parse(line, nullptr, false);
    if (event.is_discarded() || !event.contains("objectRef")) continue;
    const std::string verb = event.at("verb"), resource = event["objectRef"].value("resource", "");
    // Whoever was not let in has no name.
    const auto user = event.value(base::Json::json_pointer("/user/username"), std::string());
    if (user != kController) continue;
    if (verb == "get" || verb == "list" || verb == "watch" || !std::regex_match(resource, pattern)) continue;
    writes.push_back(verb + " " + resource + " " + event["objectRef"].value("namespace", "") + "/" +
                     event["objectRef"].value("name", ""));
  }
  return writes;
}

}  // namespace freehold::test
