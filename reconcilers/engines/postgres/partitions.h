// Which partitions an outbox or inbox has and should have.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconcilers/engines/postgres/snapshot.h"
#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

struct TimeRange {
  base::Timestamp from, to;
  bool operator==(const TimeRange&) const = default;
};

/// The present one and the two that follow.
std::vector<TimeRange> WantedRanges(const Rolling&);
/// Before this, rows have outlived the retention.
base::Timestamp Oldest(const Rolling&);

/// "2026-03-01 00:00:00+00".
std::string PrintBound(base::Timestamp);
/// "FROM ('…') TO ('…')".
std::string Bounds(const TimeRange&);
/// Absent for the default partition, and for bounds without end.
std::optional<TimeRange> ParseBounds(const std::string& bound);
bool IsDefault(const Partition&);
/// "outbox_20260301", "outbox_2026030113" when it covers less than a day.
std::string PartitionName(const std::string& table, const TimeRange&);

struct PartitionChange {
  std::vector<TimeRange> add;
  std::vector<Partition> drop;
};

/// Adds what is wanted and not covered, be it in part, by what is there; drops what is older than the retention and
/// not pending.
PartitionChange PlanPartitions(const Rolling&, const std::vector<Partition>& seen);

inline constexpr const char* kCheckPrefix = "outbox_type_";
/// The CHECK on the type carries a digest of what it allows in its name: a change of one is a change of the other.
std::string CheckName(const std::vector<std::string>& types);

}  // namespace freehold::engines::postgres
