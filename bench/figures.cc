#include "figures.h"

#include <algorithm>
#include <cstdio>

namespace freehold::bench {
namespace {

std::string Row(const Figures& f) {
  std::string row =
      "| " + f.who + " | " + Number("%.2f", f.wall.count()) + " | " + Number("%.1f", f.count / f.wall.count()) + " | ";
  row += f.each.empty() ? "" : Number("%.3f", Percentile(f.each, 0.5).count());
  row += " | ";
  row += f.each.empty() ? "" : Number("%.3f", Percentile(f.each, 0.99).count());
  row += " | " + Number("%.1f", f.api_writes) + " | " + Number("%.1f", f.sql_round_trips) + " | " +
         Number("%.2f", f.connections) + " | ";
  row += (f.held == 0 ? "" : std::to_string(f.held)) + " | ";
  for (const double cpu : {f.own_cpu, f.database_cpu, f.api_cpu}) {
    row += (cpu == 0 ? "" : Number("%.1f", cpu * 1000)) + " | ";
  }
  row += f.rss_kib == 0 ? "" : Number("%.1f", static_cast<double>(f.rss_kib) / 1024);
  return row + " |\n";
}

}  // namespace

std::string Number(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

Seconds Percentile(std::vector<Seconds> values, double share) {
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

std::string Table(const std::string& title, const std::vector<Figures>& all) {
  std::string text = "### " + title + "\n\n";
  text +=
      "| | wall s | stores/s | p50 s | p99 s | API writes/store | SQL round trips/store | connections/store | "
      "connections held | CPU ms/store: itself | PostgreSQL | API server, etcd | RSS MiB |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const Figures& figures : all) text += Row(figures);
  if (all.size() > 1) {
    text += "\nWall, " + all.back().who + " to " + all.front().who + ": **" +
            Number("%.2f", all.back().wall.count() / all.front().wall.count()) + "**\n";
  }
  return text + "\n";
}

}  // namespace freehold::bench
