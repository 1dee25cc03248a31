#include "reconcilers/engines/postgres/plan_partitions.h"

#include <algorithm>

#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

std::string Parent(const PartitionedTable& table) { return QuoteName(table.schema, table.name); }

std::string DefaultOf(const PartitionedTable& table) { return QuoteName(table.schema, table.name + "_default"); }

void AddDefault(const PartitionedTable& table, Statements& statements) {
  statements.push_back("CREATE TABLE " + DefaultOf(table) + " PARTITION OF " + Parent(table) + " DEFAULT");
}

void AddRange(const PartitionedTable& table, const TimeRange& range, Statements& statements) {
  statements.push_back("CREATE TABLE " + QuoteName(table.schema, PartitionName(table.name, range)) + " PARTITION OF " +
                       Parent(table) + " FOR VALUES " + Bounds(range));
}

/// Rows of this range wait in the default partition: they move to a table of their own, which then joins.
void MoveIntoRange(const PartitionedTable& table, const TimeRange& range, Statements& statements) {
  const auto part = QuoteName(table.schema, PartitionName(table.name, range));
  statements.push_back("LOCK TABLE " + DefaultOf(table) + " IN ACCESS EXCLUSIVE MODE");
  statements.push_back("CREATE TABLE " + part + " (LIKE " + Parent(table) + " INCLUDING DEFAULTS)");
  statements.push_back("WITH moved AS (DELETE FROM " + DefaultOf(table) + " WHERE " + table.key +
                       " >= " + QuoteValue(PrintBound(range.from)) + " AND " + table.key + " < " +
                       QuoteValue(PrintBound(range.to)) + " RETURNING *) INSERT INTO " + part + " SELECT * FROM moved");
  for (const auto& constraint : table.constraints) statements.push_back("ALTER TABLE " + part + " ADD " + constraint);
  statements.push_back("ALTER TABLE " + Parent(table) + " ATTACH PARTITION " + part + " FOR VALUES " + Bounds(range));
}

}  // namespace

Statements MakePartitions(const PartitionedTable& table) {
  Statements statements;
  AddDefault(table, statements);
  for (const auto& range : WantedRanges(table.rolling)) AddRange(table, range, statements);
  return statements;
}

Statements RollPartitions(const PartitionedTable& table, const std::vector<Partition>& seen, bool spilled) {
  Statements statements;
  if (!std::ranges::any_of(seen, &IsDefault)) AddDefault(table, statements);
  const auto change = PlanPartitions(table.rolling, seen);
  for (const auto& partition : change.drop) {
    statements.push_back("DROP TABLE " + QuoteName(partition.schema, partition.name));
  }
  for (const auto& range : change.add) {
    spilled ? MoveIntoRange(table, range, statements) : AddRange(table, range, statements);
  }
  const bool rolls = !change.drop.empty() || !change.add.empty();
  if (rolls && spilled) {
    statements.push_back("DELETE FROM " + DefaultOf(table) + " WHERE " + table.key + " < " +
                         QuoteValue(PrintBound(Oldest(table.rolling))) + table.expendable);
  }
  return statements;
}

}  // namespace freehold::engines::postgres
