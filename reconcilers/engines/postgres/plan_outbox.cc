#include "reconcilers/engines/postgres/plan_outbox.h"

#include <algorithm>
#include <iterator>

#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/operator_schema.h"
#include "reconcilers/engines/postgres/payload_check.h"
#include "reconcilers/engines/postgres/plan_partitions.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

struct Column {
  std::string name, type, extra;
};

// The names are those that Debezium's Outbox Event Router looks for; what follows created_at is for polling publishers.
const std::vector<Column>& Columns() {
  static const std::vector<Column> columns = {
      {"id", "uuid", " DEFAULT gen_random_uuid() NOT NULL"},
      {"aggregatetype", "character varying(255)", " NOT NULL"},
      {"aggregateid", "character varying(255)", " NOT NULL"},
      {"type", "character varying(255)", " NOT NULL"},
      {"payload", "jsonb", ""},
      {"headers", "jsonb", ""},
      {"created_at", "timestamp with time zone", " DEFAULT now() NOT NULL"},
      {"published_at", "timestamp with time zone", ""},
      {"retry_count", "integer", " DEFAULT 0 NOT NULL"},
  };
  return columns;
}

std::string Definition(const Column& column) { return QuoteName(column.name) + " " + column.type + column.extra; }

struct Check {
  std::string name, condition;
  bool tried = true;  ///< on the rows that were there before it, too
  std::string Definition() const {
    return "CONSTRAINT " + QuoteName(name) + " CHECK (" + condition + ")" + (tried ? "" : " NOT VALID");
  }
};

/// Is it one that we give, by its name?
bool IsCheck(const std::string& name) {
  return name.starts_with(kCheckPrefix) || name.starts_with(kPayloadCheckPrefix);
}

std::vector<Check> ChecksOf(const OutboxWanted& wanted) {
  const auto allowed = wanted.types.empty() ? "false" : "type IN (" + QuoteValues(wanted.types) + ")";
  std::vector<Check> checks = {{CheckName(wanted.types), allowed}};
  for (const auto& [event, schema] : wanted.payloads) {
    checks.push_back({PayloadCheckName(event, schema), PayloadCheck(event, schema)});
  }
  return checks;
}

class Plan {
 public:
  Plan(const PlanContext& context, const OutboxWanted& wanted)
      : c_(context),
        wanted_(wanted),
        schema_(context.wanted.layout.schema),
        name_(OutboxTable(context.wanted.layout)),
        table_(QuoteName(schema_, name_)),
        checks_(ChecksOf(wanted)) {}

  OutboxPlan Run() {
    const auto* seen = c_.local && c_.local->outbox ? &*c_.local->outbox : nullptr;
    if (!seen) return {Create(), {}};
    const bool fits = seen->partitioned && seen->owner == c_.admin.name;
    if (fits) return {{}, Keep(*seen)};
    // A table of that name which is not ours keeps its rows, out of the way.
    Add("ALTER TABLE " + table_ + " RENAME TO " + QuoteName(name_ + "_before_freehold"));
    return {Create(), {}};
  }

 private:
  void Add(std::string statement) { statements_.push_back(std::move(statement)); }

  std::vector<std::string> Create() {
    std::string columns;
    for (const auto& column : Columns()) columns += Definition(column) + ", ";
    Add("CREATE TABLE " + table_ + " (" + columns + "PRIMARY KEY (id, created_at)) PARTITION BY RANGE (created_at)");
    for (const auto& check : checks_) AddCheck(check);
    AddIndex();
    std::ranges::move(MakePartitions(Partitions()), std::back_inserter(statements_));
    Grant();
    return std::move(statements_);
  }

  std::vector<std::string> Keep(const OutboxSeen& seen) {
    for (const auto& column : Columns()) {
      if (!std::ranges::count(seen.columns, column.name + " " + column.type)) AddColumn(seen, column);
    }
    Checks(seen);
    if (!std::ranges::any_of(seen.indexes, [](const auto& name) { return name.ends_with("_unpublished"); })) AddIndex();
    std::ranges::move(RollPartitions(Partitions(), seen.partitions, seen.spilled), std::back_inserter(statements_));
    const auto inserts = [&](const postgres::Grant& grant) {
      return grant.grantee == c_.wanted.layout.owner && grant.privilege == "INSERT";
    };
    const auto more = [&](const postgres::Grant& grant) { return c_.IsUs(grant.grantee) && !inserts(grant); };
    if (std::ranges::any_of(seen.grants, more))
      Add("REVOKE ALL ON " + table_ + " FROM " + QuoteNames(c_.us) + " CASCADE");
    if (!std::ranges::any_of(seen.grants, inserts) || std::ranges::any_of(seen.grants, more)) Grant();
    if (statements_.empty()) return {};
    std::vector<std::string> tables = {table_};
    for (const auto& partition : seen.partitions) tables.push_back(QuoteName(partition.schema, partition.name));
    auto statements = HoldOurs(tables);
    std::ranges::move(statements_, std::back_inserter(statements));
    return statements;
  }

  void AddColumn(const OutboxSeen& seen, const Column& column) {
    // One of the name but of another type holds data: left to people.
    const auto named = [&](const std::string& other) { return other.starts_with(column.name + " "); };
    if (!std::ranges::any_of(seen.columns, named)) Add("ALTER TABLE " + table_ + " ADD COLUMN " + Definition(column));
  }

  void Checks(const OutboxSeen& seen) {
    for (const auto& name : seen.constraints) {
      if (!IsCheck(name) || std::ranges::find(checks_, name, &Check::name) != checks_.end()) continue;
      Add("ALTER TABLE " + table_ + " DROP CONSTRAINT " + QuoteName(name));
    }
    for (auto& check : checks_) {
      const bool there = std::ranges::count(seen.constraints, check.name);
      // Rows of before keep what was right before.
      check.tried = there && !std::ranges::count(seen.unvalidated, check.name);
      if (!there) AddCheck(check);
    }
  }

  void AddCheck(const Check& check) { Add("ALTER TABLE " + table_ + " ADD " + check.Definition()); }

  void AddIndex() {
    Add("CREATE INDEX " + QuoteName(name_ + "_unpublished") + " ON " + table_ +
        " (created_at) WHERE published_at IS NULL");
  }

  PartitionedTable Partitions() const {
    std::vector<std::string> constraints;
    for (const auto& check : checks_) constraints.push_back(check.Definition());
    return {.schema = schema_,
            .name = name_,
            .key = "created_at",
            .rolling = wanted_.rolling(),
            .constraints = std::move(constraints)};
  }

  void Grant() { Add("GRANT INSERT ON " + table_ + " TO " + c_.owner); }

  const PlanContext& c_;
  const OutboxWanted& wanted_;
  std::string schema_, name_, table_;
  std::vector<Check> checks_;
  std::vector<std::string> statements_;
};

}  // namespace

OutboxPlan PlanOutbox(const PlanContext& context) {
  if (!context.wanted.outbox) return {};
  return Plan(context, *context.wanted.outbox).Run();
}

}  // namespace freehold::engines::postgres
