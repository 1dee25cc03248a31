// What is wrong with one object as it was written.
#pragma once

#include <string>
#include <vector>

namespace freehold::api {

/// One mistake, where it is and what would be right.
struct Fault {
  std::string path;  ///< "spec.owns[0].tables"; empty: the object as a whole
  std::string message;
  bool operator==(const Fault&) const = default;
};

/// What could be read of an object, and everything that is wrong with it. A field with a fault is left at its default.
template <class T>
struct Reading {
  T value;
  std::vector<Fault> faults;

  bool ok() const { return faults.empty(); }
};

}  // namespace freehold::api
