// What the API server was asked for.
#pragma once

#include <ios>
#include <string>
#include <vector>

namespace freehold::test {

constexpr const char* kAllButLeasesAndEvents = "(?!leases$|events$).*";

/// Of FREEHOLD_TEST_AUDIT_LOG, from its construction on.
class AuditLog {
 public:
  AuditLog();
  /// What the controller wrote to resources (plural) that match a regular expression: "patch reports shop/freehold".
  std::vector<std::string> Writes(const std::string& resource_pattern) const;

 private:
  std::streampos begin_;
};

}  // namespace freehold::test
