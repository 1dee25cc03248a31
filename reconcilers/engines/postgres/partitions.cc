#include "reconcilers/engines/postgres/partitions.h"

#include <algorithm>
#include <cstdio>

#include "reconcilers/engines/postgres/digest.h"

namespace freehold::engines::postgres {
namespace {

using namespace std::chrono;

constexpr int kAhead = 2;

struct Civil {
  year_month_day date;
  hh_mm_ss<seconds> time;
};

Civil ToCivil(base::Timestamp at) {
  const auto day = floor<days>(at);
  return {year_month_day(day), hh_mm_ss(at - day)};
}

std::optional<base::Timestamp> ParseBound(const char* text) {
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(text, "%d-%u-%u %d:%d:%d+00", &year, &month, &day, &hour, &minute, &second) != 6) return std::nullopt;
  const year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return base::Timestamp(sys_days(date)) + hours(hour) + minutes(minute) + seconds(second);
}

bool Overlap(const TimeRange& a, const TimeRange& b) { return a.from < b.to && b.from < a.to; }

}  // namespace

std::vector<TimeRange> WantedRanges(const Rolling& wanted) {
  const auto width = PartitionWidth(wanted.retention);
  std::vector<TimeRange> ranges;
  for (int i = 0; i <= kAhead; ++i) ranges.push_back({wanted.now + i * width, wanted.now + (i + 1) * width});
  return ranges;
}

base::Timestamp Oldest(const Rolling& wanted) { return wanted.now - ceil<seconds>(wanted.retention); }

std::string PrintBound(base::Timestamp at) {
  const auto [date, time] = ToCivil(at);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d+00", int(date.year()), unsigned(date.month()),
                unsigned(date.day()), int(time.hours().count()), int(time.minutes().count()),
                int(time.seconds().count()));
  return text;
}

std::string Bounds(const TimeRange& range) {
  return "FROM ('" + PrintBound(range.from) + "') TO ('" + PrintBound(range.to) + "')";
}

std::optional<TimeRange> ParseBounds(const std::string& bound) {
  static const std::string kFrom = "FROM ('", kTo = "TO ('";
  const auto from = bound.find(kFrom);
  const auto to = bound.find(kTo);
  if (from == std::string::npos || to == std::string::npos) return std::nullopt;
  const auto begin = ParseBound(bound.c_str() + from + kFrom.size());
  const auto end = ParseBound(bound.c_str() + to + kTo.size());
  if (!begin || !end) return std::nullopt;
  return TimeRange{*begin, *end};
}

bool IsDefault(const Partition& partition) { return partition.bound == "DEFAULT"; }

std::string PartitionName(const std::string& table, const TimeRange& range) {
  const auto [date, time] = ToCivil(range.from);
  char suffix[40];
  std::snprintf(suffix, sizeof suffix, "_%04d%02u%02u", int(date.year()), unsigned(date.month()), unsigned(date.day()));
  std::string name = table.substr(0, 48) + suffix;
  if (range.to - range.from >= days(1)) return name;
  std::snprintf(suffix, sizeof suffix, "%02d", int(time.hours().count()));
  return name + suffix;
}

PartitionChange PlanPartitions(const Rolling& wanted, const std::vector<Partition>& seen) {
  PartitionChange change;
  std::vector<TimeRange> kept;
  for (const auto& partition : seen) {
    const auto range = ParseBounds(partition.bound);
    if (!range) continue;
    if (range->to <= Oldest(wanted) && !partition.pending) {
      change.drop.push_back(partition);
    } else {
      kept.push_back(*range);
    }
  }
  for (const auto& range : WantedRanges(wanted)) {
    if (std::ranges::none_of(kept, [&](const auto& other) { return Overlap(range, other); }))
      change.add.push_back(range);
  }
  return change;
}

std::string CheckName(const std::vector<std::string>& types) {
  std::string text;
  for (const auto& type : types) text += std::to_string(type.size()) + ":" + type;
  return kCheckPrefix + HexDigest(text).substr(0, 8);
}

}  // namespace freehold::engines::postgres
