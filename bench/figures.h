// Times of many runs, told as people compare them.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace freehold::bench {

using Seconds = std::chrono::duration<double>;

/// What one contender needed for `count` stores.
struct Figures {
  std::string who;
  int count = 0;
  Seconds wall{};
  std::vector<Seconds> each;   ///< from being asked for to being done, one per store
  double api_writes = 0;       ///< per store
  double sql_round_trips = 0;  ///< per store
  double connections = 0;      ///< opened, per store
  int held = 0;                ///< connections held at once, at most; 0: not measured
  double own_cpu = 0;          ///< seconds of CPU per store: the contender itself
  double database_cpu = 0;     ///< PostgreSQL
  double api_cpu = 0;          ///< API server and etcd
  long rss_kib = 0;            ///< afterwards; 0: not measured
};

/// The value below which `share` of them are. REQUIRES: not empty.
Seconds Percentile(std::vector<Seconds> values, double share);

/// "%.2f" of a number.
std::string Number(const char* format, double value);

/// A Markdown table with one row per contender, and the ratio of the last to the first.
std::string Table(const std::string& title, const std::vector<Figures>&);

}  // namespace freehold::bench
