// Two ends of a way that events take, and how fast it is.
#pragma once

#include <string>
#include <vector>

namespace freehold::bench {

/// Where events are written, and where they arrive.
struct Line {
  std::string name;
  std::string from, to;  ///< conninfo
  std::string written, arrived;
};

struct Pace {
  double p50 = 0, p99 = 0;  ///< milliseconds on the way, ten between events
  double throughput = 0;  ///< events that are written and have arrived, per second; one transaction each, four writers
};

/// Throws when events don't arrive within five minutes.
Pace PaceOf(const Line&, int events);

double Median(std::vector<double> values);  ///< REQUIRES: not empty

/// Each line several times by turns; a Markdown table of the medians.
void PrintPaces(const std::string& title, const std::vector<Line>&, int events);

}  // namespace freehold::bench
