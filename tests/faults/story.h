// What the crash sweep goes through: stories in which one thing after the other happens to a world, until it is where
// it began, so that the next round finds it as the first did.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "operator_world.h"

namespace freehold::test {

/// One disturbed part.
struct Chapter {
  std::string name;
  /// What people, or time, do. The operator is not running.
  std::function<void()> change;
  /// What databases and connectors bring about by themselves afterwards; empty: nothing.
  std::function<bool()> until = {};
  /// The chapter after it, or after several such, may follow the one before just as well.
  bool aside = false;
};

struct Plot {
  std::vector<Chapter> chapters;
  /// What else belongs to the end of a chapter; see End.
  std::function<std::vector<std::string>()> also = {};
};

struct Story {
  std::string name;
  /// Brings a world, whose server is prepared, to where the story begins. The world outlives the plot.
  std::function<Plot(OperatorWorld&)> begin;
  int major = 15;
  std::string server_spec = "{}";
  OperatorWorld::Admin admin = OperatorWorld::Admin::kSuperuser;
};

std::ostream& operator<<(std::ostream&, const Story&);

/// Of stores: made, changed, removed by each policy, taken over, claimed by two, on a server that is replaced.
std::vector<Story> StoresStories();
/// Of events, on each kind of bus.
std::vector<Story> EventsStories();
/// Of warehouses, and tools that fill them.
std::vector<Story> ReportingStories();
/// Of what is kept beside the stores: guards, and reports for dashboards.
std::vector<Story> UpkeepStories();

}  // namespace freehold::test
