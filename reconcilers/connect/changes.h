// What becomes of the connectors of a bus, by those that there are. Pure.
#pragma once

#include "reconcilers/connect/wanted.h"

namespace freehold::connect {

struct Change {
  enum class Act { kMake, kChange, kRemove };
  Act act = Act::kMake;
  std::string name;
  Config config;                     ///< as it is to be; of one that goes, none
  std::vector<std::string> entries;  ///< of the configuration: those that change; those that go without a value in it
  bool operator==(const Change&) const = default;
};

/// Is its configuration as it should be?
bool HasConfig(const ConnectorWanted&, const ConnectorSeen*);

/// By name. Those are removed whose names begin with the workers' prefix and that neither this bus nor another one of
/// the same prefix wants, `parts_of_others`, or can't tell of.
std::vector<Change> ChangesOf(const Workers&, const Wanted&, const std::vector<std::string>& parts_of_others,
                              const std::map<std::string, ConnectorSeen>& seen);

/// For people: "make-connector freehold.orders" and its entries. Passwords are masked, those that Connect has itself
/// left out altogether.
std::string Describe(const Change&);

}  // namespace freehold::connect
