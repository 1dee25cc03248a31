// Where a reader is in a document, and where it tells what is wrong there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reconcilers/api/fault.h"

namespace freehold::api::schema {

/// A step of a path, linked to the one before it: text is made only for a fault. Lives on the stack of the reader.
class Scope {
 public:
  Scope(std::vector<Fault>& faults, bool strict) : faults_(faults), strict_(strict) {}

  Scope At(std::string_view name) const { return Scope(*this, name, kNoIndex); }
  Scope At(std::size_t index) const { return Scope(*this, {}, index); }

  /// "spec.owns[0].tables"; a key that holds dots or slashes stands in brackets.
  std::string path() const;
  void Report(std::string message) const { faults_.push_back({path(), std::move(message)}); }
  /// At `field` below here, "name" or "spec.name"; empty: here.
  void ReportAt(const std::string& field, std::string message) const;

  /// Rules are checked and unknown fields are faults; otherwise only what can't be understood is one.
  bool strict() const { return strict_; }
  std::size_t fault_count() const { return faults_.size(); }

 private:
  static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);
  Scope(const Scope& parent, std::string_view name, std::size_t index)
      : parent_(&parent), name_(name), index_(index), faults_(parent.faults_), strict_(parent.strict_) {}

  const Scope* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = kNoIndex;
  std::vector<Fault>& faults_;
  bool strict_;
};

}  // namespace freehold::api::schema
