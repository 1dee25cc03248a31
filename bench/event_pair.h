// A service that publishes and one that consumes, each with a database of its own.
#pragma once

#include "event_line.h"
#include "operator_world.h"

namespace freehold::bench {

class Pair {
 public:
  /// `bus`: an EventBus by name; empty: the publisher names none.
  explicit Pair(test::OperatorWorld::Admin, const std::string& bus = "");

  /// `meanwhile` is called now and then. Throws when the events don't flow within two minutes.
  Line Await(const std::function<void()>& meanwhile = [] {});

  test::OperatorWorld world;
};

/// The version that all is measured on.
inline constexpr int kMajor = 18;

}  // namespace freehold::bench
