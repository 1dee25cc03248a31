#include "picture.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "figures.h"

namespace freehold::bench {
namespace {

constexpr double kLeft = 70, kTop = 40, kWidth = 420, kHeight = 360, kRight = 250, kBottom = 50;
constexpr const char* kColours[] = {"#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad"};

/// Powers of ten from `low` to `high`, as exponents.
struct Decades {
  int low = 0, high = 1;
  double ShareOf(double value) const { return (std::log10(value) - low) / (high - low); }
};

Decades Around(const std::vector<double>& values) {
  const auto [least, most] = std::ranges::minmax(values);
  const int low = static_cast<int>(std::floor(std::log10(least)));
  return {low, std::max(low + 1, static_cast<int>(std::ceil(std::log10(most))))};
}

double X(const Decades& decades, double value) { return kLeft + kWidth * decades.ShareOf(value); }
double Y(const Decades& decades, double value) { return kTop + kHeight * (1 - decades.ShareOf(value)); }

void DrawText(std::ostream& out, double x, double y, const std::string& text, const char* more = "") {
  out << "<text x=\"" << x << "\" y=\"" << y << "\" " << more << ">" << text << "</text>\n";
}

void DrawStroke(std::ostream& out, double x1, double y1, double x2, double y2) {
  out << "<line x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2 << "\" y2=\"" << y2 << "\" stroke=\"#ccc\"/>\n";
}

void DrawAxes(std::ostream& out, const Decades& across, const Decades& up, const std::string& label) {
  for (int exponent = across.low; exponent <= across.high; ++exponent) {
    const double x = X(across, std::pow(10, exponent));
    DrawStroke(out, x, kTop, x, kTop + kHeight);
    DrawText(out, x, kTop + kHeight + 18, Number("%g", std::pow(10, exponent)), "text-anchor=\"middle\"");
  }
  for (int exponent = up.low; exponent <= up.high; ++exponent) {
    const double y = Y(up, std::pow(10, exponent));
    DrawStroke(out, kLeft, y, kLeft + kWidth, y);
    DrawText(out, kLeft - 8, y + 4, Number("%g", std::pow(10, exponent)), "text-anchor=\"end\"");
  }
  DrawText(out, kLeft + kWidth / 2, kTop + kHeight + 38, label, "text-anchor=\"middle\"");
}

void DrawLine(std::ostream& out, const Curve& line, const Decades& across, const Decades& up, const char* colour) {
  out << "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" << colour << "\" points=\"";
  for (const auto& [x, y] : line.points) out << X(across, x) << "," << Y(up, y) << " ";
  out << "\"/>\n";
  for (const auto& [x, y] : line.points) {
    out << "<circle r=\"3\" cx=\"" << X(across, x) << "\" cy=\"" << Y(up, y) << "\" fill=\"" << colour << "\"/>\n";
  }
  const auto& [x, y] = line.points.back();
  DrawText(out, X(across, x) + 10, Y(up, y) + 4, line.name + ", slope " + Number("%.2f", LastSlope(line)),
           ("fill=\"" + std::string(colour) + "\"").c_str());
}

}  // namespace

double LastSlope(const Curve& line) {
  if (line.points.size() < 2) return 0;
  const auto& [x1, y1] = line.points[line.points.size() - 2];
  const auto& [x2, y2] = line.points.back();
  return std::log10(y2 / y1) / std::log10(x2 / x1);
}

std::string LogLogPicture(const std::string& title, const std::string& label, const std::vector<Curve>& lines) {
  std::vector<double> xs, ys;
  for (const auto& line : lines) {
    for (const auto& [x, y] : line.points) {
      xs.push_back(x);
      ys.push_back(y);
    }
  }
  const auto across = Around(xs), up = Around(ys);
  std::ostringstream out;
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << kLeft + kWidth + kRight << "\" height=\""
      << kTop + kHeight + kBottom << "\" font-family=\"sans-serif\" font-size=\"13\">\n"
      << "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  DrawText(out, kLeft, kTop - 15, title, "font-size=\"15\"");
  DrawAxes(out, across, up, label);
  for (std::size_t i = 0; i < lines.size(); ++i) DrawLine(out, lines[i], across, up, kColours[i % std::size(kColours)]);
  out << "</svg>\n";
  return out.str();
}

}  // namespace freehold::bench
