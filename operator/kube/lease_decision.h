// Who may lead, decided from what was seen. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "operator/base/clock.h"
#include "operator/base/json.h"

namespace freehold::kube {

struct LeaseSettings {
  /// How long after a renewal nobody else may take over.
  std::chrono::seconds duration{15};
  /// The leader stops this long after its last renewal; shorter than `duration`, so that two never overlap.
  std::chrono::seconds renew_deadline{10};
  /// Between two attempts.
  std::chrono::seconds retry_period{2};
};

/// The spec of a coordination.k8s.io/v1 Lease.
struct LeaseRecord {
  std::string holder;  ///< empty: released
  std::chrono::seconds duration{0};
  std::string acquired;  ///< metav1.MicroTime, as written: nobody here compares clocks of different machines
  std::string renewed;
  std::int64_t transitions = 0;
  bool operator==(const LeaseRecord&) const = default;
};

LeaseRecord ParseLeaseRecord(const base::Json& lease);
base::Json ToJson(const LeaseRecord&);

/// The record and when this process first saw it as it is, by its own steady clock. A clock that is wrong on another
/// machine therefore can't make a living lease look expired.
struct LeaseObservation {
  LeaseRecord record;
  std::chrono::steady_clock::time_point since;
};

enum class LeaseMove {
  kCreate,   ///< there is no lease
  kAcquire,  ///< it is released, or expired, or ours from a time we don't remember
  kRenew,    ///< we lead
  kWait,     ///< another holds it
  kLost,     ///< we led, and another has it now
};

/// `leading`: this process acquired the lease and has not lost it. `now` is of the steady clock.
LeaseMove DecideLease(const std::string& self, bool leading, const std::optional<LeaseObservation>& seen,
                      std::chrono::steady_clock::time_point now);

/// The record to write for a move that writes. `wall` is shown, never compared.
LeaseRecord NextRecord(const std::string& self, const std::optional<LeaseObservation>& seen,
                       std::chrono::system_clock::time_point wall, const LeaseSettings& settings);

/// What a leader leaves behind so that the next need not wait.
LeaseRecord ReleasedRecord(const LeaseRecord& held);

}  // namespace freehold::kube
