#include "reconcilers/reporting/sendable.h"

#include <algorithm>

namespace freehold::reporting {

std::expected<Sendable, std::string> SendableOf(const api::ReportedTable& reported, const engines::SourceTable& table,
                                                bool lists_columns) {
  const auto no = [&](const std::string& why) { return std::unexpected(reported.name + ": " + why); };
  if (!table.unfit.empty()) return no(table.unfit);
  if (!lists_columns && !reported.exclude.empty()) {
    return no("before PostgreSQL 15 columns can't be left out; leave out the table, or raise the server");
  }
  Sendable sendable;
  for (const auto& column : table.columns) {
    if (std::ranges::count(reported.exclude, column.name) == 0) sendable.columns.push_back(column);
  }
  if (sendable.columns.empty()) return no("no column is left");
  const auto leaves = [&](const std::string& key) {
    return std::ranges::count(sendable.columns, key, &engines::ReportedColumn::name) > 0;
  };
  sendable.keyed = !table.identity.empty() && std::ranges::all_of(table.identity, leaves);
  sendable.whole = table.whole_identity && reported.exclude.empty();
  return sendable;
}

std::string WithoutKey(const engines::SourceTable& table) {
  return std::string("a changed row can't be found: ") +
         (table.identity.empty() ? "it has no primary key" : "a column of its key is excluded");
}

}  // namespace freehold::reporting
