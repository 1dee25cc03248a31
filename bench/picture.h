// Lines on two logarithmic axes, as an SVG.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace freehold::bench {

struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< both coordinates > 0, the first ascending
};

/// How steep the line is between its last two points, where 1 is as much again for as many again. 0: it has none.
double LastSlope(const Curve&);

/// Whole decades on both axes; beside each line its name and its LastSlope. REQUIRES: a line with two points.
std::string LogLogPicture(const std::string& title, const std::string& across, const std::vector<Curve>&);

}  // namespace freehold::bench
