// The kinds of the two groups of reports, for a test that installs and removes them.
#pragma once

#include "operator_world.h"
#include "reconcilers/policyreports/report.h"

namespace freehold::test {

/// Both kinds of a group are served from construction to destruction. Of their published schemas it has all that
/// reports of anybody commonly use, as a structural schema: what it doesn't know is refused. The severities of
/// wgpolicyk8s.io are those of its first version, which knew no critical.
class ReportKinds {
 public:
  explicit ReportKinds(policyreports::Api api);
  ~ReportKinds();

  /// They stay away from now on.
  void Remove();

 private:
  const policyreports::Api api_;
  bool there_ = true;
};

}  // namespace freehold::test
