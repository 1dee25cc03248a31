// Rows and columns of text.
#pragma once

#include <string>
#include <vector>

namespace freehold::reports {

struct Grid {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};

/// | service | database | with bars in cells escaped; empty cells are a single space between bars.
std::string Markdown(const Grid&);
/// Aligned columns under capitals, as kubectl prints them.
std::string Columns(const Grid&);

}  // namespace freehold::reports
