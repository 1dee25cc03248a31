// Where reports can be kept at this moment, and those that are there.
//
// Which API takes reports is asked of the API server itself, at intervals: the kinds may be CustomResourceDefinitions
// or come from an aggregated API server, appear after we started, and vanish. What is there is then watched, so that a
// report is written only when it differs.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

#include "operator/kube/client.h"
#include "operator/kube/watcher.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/outcome.h"
#include "reconcilers/policyreports/report.h"

namespace freehold::policyreports {

/// The reports of one API. Thread-safe.
struct Shelf {
  Api api;
  const kube::Cache<ReportSeen>& of_namespaces;
  const kube::Cache<ReportSeen>& of_cluster;

  /// Null when there is none of that name.
  std::shared_ptr<const ReportSeen> Find(const kube::Name& name) const {
    return name.ns.empty() ? of_cluster.Find(name) : of_namespaces.Find(name);
  }
};

/// Null while no API takes reports. What is returned stays valid as long as it is held.
using CurrentShelf = std::function<std::shared_ptr<const Shelf>()>;

/// Finds the API and watches its reports. Thread-safe, but Look is called by one thread at a time.
class ShelfKeeper {
 public:
  /// All of it outlives the keeper. The functions don't block; they are called by watching threads.
  struct Parts {
    kube::WatchSource& source;
    kube::Reader& reader;
    kube::Writer& writer;
    runtime::Gate& gate;
    std::function<void(const kube::Name&)> report_changed;
    std::function<void()> shelf_changed;  ///< every report is to be looked at
    std::function<void()> look_again;     ///< what is served may have changed
    std::chrono::milliseconds every = std::chrono::seconds(60);
  };

  explicit ShelfKeeper(Parts parts);
  ~ShelfKeeper();

  /// Takes the best API that is served as the current one, and removes our reports from the other, where they would
  /// only grow old. That none is served is logged once, as a warning, until one was.
  runtime::Outcome Look();

  std::shared_ptr<const Shelf> Current() const;

  /// Ends the watches; a Look afterwards does nothing.
  void Close();

 private:
  class Watched;
  struct Found {
    std::optional<Api> best;
    std::optional<Api> other;
  };

  base::Result<Found> Find() const;
  base::Result<bool> Serves(Api) const;
  void SwitchTo(std::optional<Api>);
  base::Result<void> Clear(Api) const;

  const Parts parts_;
  bool told_missing_ = false;
  std::optional<Api> cleared_;  ///< our reports there are gone
  mutable std::mutex mutex_;
  std::shared_ptr<Watched> watched_;  ///< guarded by mutex_
  bool shown_ = false;                ///< guarded by mutex_: its first lists have come
  bool closed_ = false;               ///< guarded by mutex_
};

}  // namespace freehold::policyreports
