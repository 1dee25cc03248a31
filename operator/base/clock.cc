#include "operator/base/clock.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

namespace freehold::base {
namespace {

class MachineClock final : public Clock {
 public:
  std::chrono::system_clock::time_point Wall() const override { return std::chrono::system_clock::now(); }
  std::chrono::steady_clock::time_point Steady() const override { return std::chrono::steady_clock::now(); }
};

struct Unit {
  std::string_view name;
  std::chrono::milliseconds length;
};
// Longest names first among those that share a prefix: "ms" before "m".
constexpr std::array<Unit, 4> kUnits{{{"ms", std::chrono::milliseconds(1)},
                                      {"h", std::chrono::hours(1)},
                                      {"m", std::chrono::minutes(1)},
                                      {"s", std::chrono::seconds(1)}}};

}  // namespace

const Clock& SystemClock() {
  static const MachineClock clock;
  return clock;
}

std::string FormatTime(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", int(date.year()), unsigned(date.month()),
                unsigned(date.day()), int(clock.hours().count()), int(clock.minutes().count()),
                int(clock.seconds().count()));
  return text.data();
}

Result<Timestamp> ParseTime(const std::string& text) {
  const auto bad = [&] { return Terminal("InvalidTime", "\"" + text + "\" is not a time like 2026-03-01T12:00:00Z"); };
  int year = 0, hour = 0, minute = 0, second = 0, used = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) != 6)
    return bad();
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return bad();

  std::string_view rest = std::string_view(text).substr(used);
  if (rest.starts_with('.')) rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of("0123456789", 1)));
  std::chrono::minutes offset{0};
  if (rest != "Z") {
    int hours = 0, minutes = 0;
    char sign = 0;
    const std::string zone(rest);
    if (zone.size() != 6 || std::sscanf(zone.c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3) return bad();
    if (sign != '+' && sign != '-') return bad();
    offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    if (sign == '-') offset = -offset;
  }
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) - offset;
}

Result<std::chrono::milliseconds> ParseDuration(const std::string& text) {
  const auto bad = [&] { return Terminal("InvalidDuration", "\"" + text + "\" is not a duration like 720h or 1h30m"); };
  std::string_view rest = text;
  if (rest.empty()) return bad();
  std::chrono::milliseconds total{0};
  while (!rest.empty()) {
    double amount = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), amount);
    if (error != std::errc() || amount < 0 || amount > 1e9) return bad();
    rest.remove_prefix(end - rest.data());
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (!unit && rest.starts_with(candidate.name)) unit = &candidate;
    }
    if (!unit) return bad();
    rest.remove_prefix(unit->name.size());
    total += std::chrono::milliseconds(static_cast<long long>(amount * unit->length.count()));
  }
  return total;
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  if (duration.count() == 0) return "0s";
  std::string text;
  for (const Unit& unit : {kUnits[1], kUnits[2], kUnits[3], kUnits[0]}) {
    const auto amount = duration / unit.length;
    if (amount == 0) continue;
    text += std::to_string(amount) + std::string(unit.name);
    duration -= amount * unit.length;
  }
  return text;
}

}  // namespace freehold::base
