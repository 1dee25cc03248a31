// What the reconciler of warehouses last saw of each store's way there, for the reconciler of stores: that one makes
// the store's end, and tells people.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "operator/kube/object.h"
#include "reconcilers/api/reasons.h"
#include "reconcilers/api/service_database.h"
#include "reconcilers/engines/store.h"

namespace freehold::stores {

/// A table as Kafka Connect is to copy it.
struct CopiedTable {
  std::vector<std::string> key;
  std::vector<std::string> left_out;  ///< columns that stay in the store
  api::ReportedDeletes deletes = api::ReportedDeletes::kDelete;
  bool operator==(const CopiedTable&) const = default;
};

/// What Kafka Connect is to copy of a store by one slot.
struct Copying {
  std::string slot;    ///< see engines::SourceSeen; empty: there is nothing to copy by
  bool spent = false;  ///< what it brings has a gap: another slot is to take its place
  std::map<std::string, CopiedTable> tables;
  bool operator==(const Copying&) const = default;
};

struct ReportState {
  /// What the store is to publish; absent: what it publishes now stays.
  std::optional<std::map<std::string, engines::PublishedTable>> publish;
  std::optional<engines::ToolWanted> tool;  ///< for a loader, once its logins are known
  std::optional<api::Reason> obstacle;      ///< absent: all of it flows
  std::string message;
  std::optional<Copying> copying{};  ///< absent: Kafka Connect's part stays as it is
  /// Of the store, whose spec this was seen of; zero: of any.
  std::int64_t generation = 0;
  bool operator==(const ReportState&) const = default;
};

/// Thread-safe.
class Reports {
 public:
  /// True when that is something new.
  bool Put(const kube::Name& store, const ReportState& state) {
    std::lock_guard lock(mutex_);
    const auto [entry, added] = states_.try_emplace(store, state);
    if (added) return true;
    if (entry->second == state) return false;
    entry->second = state;
    return true;
  }
  void Erase(const kube::Name& store) {
    std::lock_guard lock(mutex_);
    states_.erase(store);
  }
  std::optional<ReportState> Find(const kube::Name& store) const {
    std::lock_guard lock(mutex_);
    const auto found = states_.find(store);
    return found == states_.end() ? std::nullopt : std::optional(found->second);
  }

  /// Are there connectors that read the store's slot? As long as there are, its end stays.
  void PutRead(const kube::Name& store, bool read) {
    std::lock_guard lock(mutex_);
    if (read) {
      read_.insert(store);
    } else {
      read_.erase(store);
    }
  }
  bool IsRead(const kube::Name& store) const {
    std::lock_guard lock(mutex_);
    return read_.contains(store);
  }

 private:
  mutable std::mutex mutex_;
  std::map<kube::Name, ReportState> states_;  ///< guarded by mutex_
  std::set<kube::Name> read_;                 ///< guarded by mutex_
};

}  // namespace freehold::stores
