#include "reconcilers/views/file.h"

#include <pg_query.h>

#include <memory>
#include <regex>
#include <sstream>

#include "operator/base/json.h"
#include "operator/base/text.h"

namespace freehold::views {
namespace {

using base::Json;

constexpr std::string_view kEnding = ".sql";
constexpr std::size_t kLongestName = 63;

std::unexpected<std::string> No(std::string why) { return std::unexpected(std::move(why)); }

/// "-- unique: day, product", among the comments at the beginning.
std::expected<std::vector<std::string>, std::string> UniqueColumns(const std::string& text) {
  static const std::regex kHeader(R"(^--\s*unique\s*:\s*(.*?)\s*$)");
  static const std::regex kColumns(R"(^[a-z_][a-z0-9_]*(\s*,\s*[a-z_][a-z0-9_]*)*$)");
  static const std::regex kColumn("[a-z_][a-z0-9_]*");
  std::istringstream lines(text);
  std::smatch match;
  for (std::string line; std::getline(lines, line) && (line.empty() || line.starts_with("--"));) {
    if (!std::regex_match(line, match, kHeader)) continue;
    const auto list = match[1].str();
    if (!std::regex_match(list, kColumns)) {
      return No("after -- unique: there have to be names of columns, parted by commas, in lower case");
    }
    return std::vector<std::string>(std::sregex_token_iterator(list.begin(), list.end(), kColumn), {});
  }
  return {};
}

void Collect(const Json& node, std::set<std::string>& reads) {
  if (node.is_array()) {
    for (const auto& item : node) Collect(item, reads);
  }
  if (!node.is_object()) return;
  for (const auto& [key, value] : node.items()) {
    if (key == "RangeVar" && value.contains("schemaname")) {
      reads.insert(value.at("schemaname").get<std::string>() + "." + value.at("relname").get<std::string>());
    }
    Collect(value, reads);
  }
}

struct Freed {
  void operator()(PgQueryParseResult* result) const {
    pg_query_free_parse_result(*result);
    delete result;
  }
};

int LineOf(const std::string& text, int position) {
  const auto end = text.begin() + std::clamp<std::ptrdiff_t>(position - 1, 0, std::ssize(text));
  return 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
}

}  // namespace

bool IsViewFile(const std::string& key) { return key.ends_with(kEnding); }

std::expected<ViewFile, std::string> ReadViewFile(const std::string& key, const std::string& text) {
  static const std::regex kName("^[a-z_][a-z0-9_]*$");
  ViewFile file{.name = key.substr(0, key.size() - kEnding.size())};
  if (!std::regex_match(file.name, kName) || file.name.size() > kLongestName || file.name.starts_with("freehold_")) {
    return No("a view is named by at most 63 lower case letters, digits and '_', and not freehold_…: rename the file");
  }
  if (text.contains('\0')) return No("it holds a character of value 0");
  auto unique = UniqueColumns(text);
  if (!unique) return std::unexpected(unique.error());
  file.unique = std::move(*unique);

  const std::unique_ptr<PgQueryParseResult, Freed> result(new PgQueryParseResult(pg_query_parse(text.c_str())));
  if (const auto* error = result->error) {
    return No("line " + std::to_string(LineOf(text, error->cursorpos)) + ": " + error->message);
  }
  const auto tree = base::ParseJson(result->parse_tree);
  if (!tree) return No(tree.error().message);
  const auto& statements = tree->at("stmts");
  if (statements.size() != 1) return No("it has to hold one SELECT, and holds " + std::to_string(statements.size()));
  const auto& statement = statements.at(0);
  const auto& node = statement.at("stmt");
  if (!node.contains("SelectStmt")) return No("it has to be a SELECT, and is another statement");
  if (node.at("SelectStmt").contains("intoClause")) return No("it has an INTO, and may have none");

  const auto begin = statement.value("stmt_location", std::size_t{0});
  const auto length = statement.value("stmt_len", std::size_t{0});
  file.query = text.substr(begin, length == 0 ? std::string::npos : length);
  Collect(node, file.reads);
  return file;
}

}  // namespace freehold::views
