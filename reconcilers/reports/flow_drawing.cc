#include "reconcilers/reports/flow_drawing.h"

#include <algorithm>
#include <map>
#include <set>

#include "operator/base/text.h"
#include "reconcilers/events/flow_order.h"
#include "reconcilers/reports/warehouse_flows.h"

namespace freehold::reports {
namespace {

using events::Service;

// In pixels.
constexpr int kBoxWidth = 190, kBoxHeight = 54, kColumnGap = 190, kRowGap = 46, kMargin = 30;

struct Box {
  int x = 0, y = 0;
};

/// All that passes from one service to another, in one arrow.
struct Arrow {
  std::vector<std::string> data;
  events::Pattern pattern = events::Pattern::kEvents;
};

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string Dashes(events::Pattern pattern) {
  switch (pattern) {
    case events::Pattern::kEvents:
      return "";
    case events::Pattern::kReadModel:
      return " stroke-dasharray=\"8 4\"";
    case events::Pattern::kApiComposition:
      return " stroke-dasharray=\"2 4\"";
  }
  return "";
}

class Drawing {
 public:
  explicit Drawing(events::Services objects) {
    std::set<Service> services;
    for (const auto& object : objects) {
      const auto service = events::OwnerOf(*object);
      stores_[service].push_back(api::StoreNameOf(*object));
      services.insert(service);
    }
    const auto graph = WithWarehouses(objects);
    for (const auto& flow : graph.flows) {
      services.insert({flow.from, flow.to});
      auto& arrow = arrows_[{flow.from, flow.to}];
      arrow.data.push_back(flow.data);
      arrow.pattern = flow.pattern;
    }
    Place(events::InFlowOrder(graph, {services.begin(), services.end()}));
  }

  std::string Text() const {
    std::string text =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + std::to_string(width_) + " " +
        std::to_string(height_) +
        "\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n<title>Services, their stores, and "
        "how data passes</title>\n<style>svg { background: #fff; color: #1c2024; } .soft { opacity: .7; } .box { fill: "
        "#fff; } "
        "@media (prefers-color-scheme: dark) { svg { background: #111113; color: #edeef0; } .box { fill: #111113; } "
        "}</style>\n"
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" "
        "markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"currentColor\"/></marker>"
        "</defs>\n<g fill=\"none\" stroke=\"currentColor\">\n";
    for (const auto& [ends, arrow] : arrows_) text += Curve(boxes_.at(ends.first), boxes_.at(ends.second), arrow);
    text += "</g>\n<g fill=\"currentColor\" text-anchor=\"middle\">\n";
    for (const auto& [ends, arrow] : arrows_) text += Label(boxes_.at(ends.first), boxes_.at(ends.second), arrow);
    for (const auto& [service, box] : boxes_) text += BoxOf(service, box);
    return text + "</g>\n</svg>\n";
  }

 private:
  /// Each service one column after the last of those before it in the order that feed it.
  void Place(const std::vector<Service>& order) {
    std::map<Service, int> columns;
    std::map<int, int> rows;
    for (const auto& service : order) {
      int column = 0;
      for (const auto& [ends, arrow] : arrows_) {
        const auto feeds = columns.find(ends.first);
        if (ends.second == service && feeds != columns.end()) column = std::max(column, feeds->second + 1);
      }
      columns[service] = column;
      const int row = rows[column]++;
      boxes_[service] = {kMargin + column * (kBoxWidth + kColumnGap),
                         kMargin + row * (kBoxHeight + kRowGap) + column * 24};
      width_ = std::max(width_, boxes_[service].x + kBoxWidth + kMargin);
      height_ = std::max(height_, boxes_[service].y + kBoxHeight + kMargin + 100);
    }
  }

  static bool Forward(const Box& from, const Box& to) { return to.x > from.x; }

  /// How deep an arrow that flows back hangs: the farther, the deeper.
  static int Dip(const Box& from, const Box& to) { return 50 + (from.x - to.x) / 8; }

  static std::string Point(int x, int y) { return std::to_string(x) + " " + std::to_string(y); }

  /// Forward from side to side; what flows back goes below the boxes.
  static std::string Curve(const Box& from, const Box& to, const Arrow& arrow) {
    std::string path;
    if (Forward(from, to)) {
      const int x1 = from.x + kBoxWidth, y1 = from.y + kBoxHeight / 2, x2 = to.x, y2 = to.y + kBoxHeight / 2;
      const int half = (x2 - x1) / 2;
      path = "M" + Point(x1, y1) + "C" + Point(x1 + half, y1) + " " + Point(x2 - half, y2) + " " + Point(x2, y2);
    } else {
      const int x1 = from.x + kBoxWidth / 3, y1 = from.y + kBoxHeight, x2 = to.x + 2 * kBoxWidth / 3,
                y2 = to.y + kBoxHeight;
      path = "M" + Point(x1, y1) + "C" + Point(x1, y1 + Dip(from, to)) + " " + Point(x2, y2 + Dip(from, to)) + " " +
             Point(x2, y2);
    }
    return "<path d=\"" + path + "\" marker-end=\"url(#tip)\"" + Dashes(arrow.pattern) + "/>\n";
  }

  static std::string Label(const Box& from, const Box& to, const Arrow& arrow) {
    const int x = (from.x + to.x + kBoxWidth) / 2;
    const int below = Forward(from, to) ? kBoxHeight / 2 - 5 : kBoxHeight + 3 * Dip(from, to) / 4 - 4;
    return "<text class=\"soft\" font-size=\"11\" x=\"" + std::to_string(x) + "\" y=\"" +
           std::to_string((from.y + to.y) / 2 + below) + "\">" + Escaped(base::Join(arrow.data)) + "</text>\n";
  }

  std::string BoxOf(const Service& service, const Box& box) const {
    const auto stores = stores_.find(service);
    const int middle = box.x + kBoxWidth / 2;
    std::string text = "<rect class=\"box\" stroke=\"currentColor\" rx=\"6\" x=\"" + std::to_string(box.x) + "\" y=\"" +
                       std::to_string(box.y) + "\" width=\"" + std::to_string(kBoxWidth) + "\" height=\"" +
                       std::to_string(kBoxHeight) + "\"/>\n<text font-weight=\"bold\" x=\"" + std::to_string(middle) +
                       "\" y=\"" + std::to_string(box.y + 22) + "\">" + Escaped(ToString(service)) + "</text>\n";
    if (stores == stores_.end()) return text;
    return text + "<text class=\"soft\" x=\"" + std::to_string(middle) + "\" y=\"" + std::to_string(box.y + 42) +
           "\">" + Escaped(base::Join(stores->second)) + "</text>\n";
  }

  std::map<Service, std::vector<std::string>> stores_;
  std::map<std::pair<Service, Service>, Arrow> arrows_;
  std::map<Service, Box> boxes_;
  int width_ = 0, height_ = 0;
};

}  // namespace

std::string FlowsAsSvg(events::Services objects) { return Drawing(objects).Text(); }

}  // namespace freehold::reports
