// Time, injected. Wall time is to show and to compare with times others wrote; steady time is to measure.
#pragma once

#include <chrono>
#include <string>

#include "operator/base/failure.h"

namespace freehold::base {

/// A point of wall time with the resolution that Kubernetes stores (metav1.Time: whole seconds).
using Timestamp = std::chrono::sys_seconds;

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::system_clock::time_point Wall() const = 0;
  virtual std::chrono::steady_clock::time_point Steady() const = 0;

  Timestamp Now() const { return std::chrono::floor<std::chrono::seconds>(Wall()); }
};

/// The machine's clocks.
const Clock& SystemClock();

/// RFC 3339 in UTC: 2026-03-01T12:00:00Z.
std::string FormatTime(Timestamp);
/// Accepts what Kubernetes writes (RFC 3339, Z or offset, optional fraction, which is dropped).
Result<Timestamp> ParseTime(const std::string&);

/// Go's duration syntax as Kubernetes uses it: "720h", "1h30m", "500ms", "0s".
Result<std::chrono::milliseconds> ParseDuration(const std::string&);
/// The shortest form that ParseDuration reads back: "720h", "1h30m", "1.5s" is written "1s500ms".
std::string FormatDuration(std::chrono::milliseconds);

}  // namespace freehold::base
