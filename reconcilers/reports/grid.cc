#include "reconcilers/reports/grid.h"

#include <algorithm>
#include <cctype>

namespace freehold::reports {
namespace {

std::string Escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string MarkdownRow(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + Escaped(cell) + (cell.empty() ? "|" : " |");
  return line + "\n";
}

std::string Capitals(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) { return std::toupper(letter); });
  return text;
}

std::string ColumnsRow(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    line += cells[at] + std::string(widths[at] - cells[at].size() + 3, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string Markdown(const Grid& grid) {
  std::string text = MarkdownRow(grid.head) + "|";
  for (std::size_t at = 0; at < grid.head.size(); ++at) text += "---|";
  text += "\n";
  for (const auto& row : grid.rows) text += MarkdownRow(row);
  return text;
}

std::string Columns(const Grid& grid) {
  std::vector<std::size_t> widths;
  for (const std::string& cell : grid.head) widths.push_back(cell.size());
  for (const auto& row : grid.rows) {
    for (std::size_t at = 0; at < row.size(); ++at) widths[at] = std::max(widths[at], row[at].size());
  }
  std::vector<std::string> head = grid.head;
  for (std::string& cell : head) cell = Capitals(cell);
  std::string text = ColumnsRow(head, widths);
  for (const auto& row : grid.rows) text += ColumnsRow(row, widths);
  return text;
}

}  // namespace freehold::reports
