#include "reconcilers/engines/postgres/plan_inbox.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "reconcilers/engines/postgres/digest.h"
#include "reconcilers/engines/postgres/inbox_sql.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/operator_schema.h"
#include "reconcilers/engines/postgres/plan_partitions.h"
#include "reconcilers/engines/postgres/plan_projections.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

const std::vector<std::string>& WrittenColumns() {
  static const std::vector<std::string> columns = {"attempts", "last_error", "processed_at"};
  return columns;
}

class Plan {
 public:
  Plan(const PlanContext& context, const Rolling& wanted)
      : c_(context), layout_(context.wanted.layout), wanted_(wanted) {
    if (c_.local) seen_ = c_.local->inbox;
  }

  InboxPlan Run() {
    Pieces();
    View();
    InboxPlan plan{std::move(statements_), {}};
    if (seen_.table) plan.keep = Keep();
    return plan;
  }

 private:
  std::string Filled(const std::string& text) const { return FillInbox(text, layout_); }
  void Add(const std::string& text) { statements_.push_back(Filled(text)); }

  PartitionedTable Partitions() const {
    return {.schema = kOperatorSchema,
            .name = InboxTable(layout_),
            .key = "received_at",
            .rolling = wanted_,
            .constraints = {},
            .expendable = " AND processed_at IS NOT NULL"};
  }

  void Pieces() {
    if (seen_.table && seen_.whole && seen_.version == InboxVersion(layout_)) return;
    std::ranges::move(EnsureOperatorSchema(c_), std::back_inserter(statements_));
    if (!seen_.table) {
      Add(kInboxTable);
      std::ranges::move(MakePartitions(Partitions()), std::back_inserter(statements_));
    }
    for (const auto* piece : kInboxPieces) Add(piece);
    Add(kInboxTake);
    Add("REVOKE ALL ON FUNCTION {take}() FROM PUBLIC");
    Add("COMMENT ON FUNCTION {take}() IS " + QuoteValue(InboxVersion(layout_)));
  }

  void View() {
    // A view that outlived its table shows nothing; anything else of that name keeps its rows, out of the way.
    const bool ours = seen_.view_kind == "v" && seen_.view_owner == c_.admin.name;
    const bool stays = ours && seen_.table;
    if (ours && !stays) Add("DROP VIEW {view}");
    if (!ours && !seen_.view_kind.empty()) {
      Add("ALTER TABLE {view} RENAME TO " + QuoteName(InboxView(layout_) + "_before_freehold"));
    }
    if (!stays) Add(kInboxView);
    std::set<std::string> wanted = {"SELECT"};
    for (const auto& column : WrittenColumns()) wanted.insert("UPDATE " + column);
    if (stays && std::set(seen_.rights.begin(), seen_.rights.end()) == wanted) return;
    if (stays) Add("REVOKE ALL ON {view} FROM " + QuoteNames(c_.us) + " CASCADE");
    Add("GRANT SELECT, UPDATE (" + QuoteNames(WrittenColumns()) + ") ON {view} TO " + c_.owner);
  }

  Statements Keep() const {
    auto statements = RollPartitions(Partitions(), seen_.partitions, seen_.spilled);
    if (statements.empty()) return statements;
    statements.insert(statements.begin(), kBePolite);
    // An id is forgotten with its row; nothing as old is asked for again.
    const auto oldest = QuoteValue(PrintBound(Oldest(wanted_)));
    statements.push_back(Filled("DELETE FROM {ids} WHERE received_at < " + oldest));
    statements.push_back(Filled("UPDATE {feeds} SET since = " + oldest + " WHERE since < " + oldest));
    if (c_.local) std::ranges::move(KeepProjections(c_, Oldest(wanted_)), std::back_inserter(statements));
    return statements;
  }

  const PlanContext& c_;
  const Layout& layout_;
  const Rolling& wanted_;
  InboxSeen seen_;
  Statements statements_;
};

}  // namespace

InboxPlan PlanInbox(const PlanContext& context) {
  if (!context.wanted.inbox) return {};
  return Plan(context, *context.wanted.inbox).Run();
}

std::vector<std::string> CloseInbox(const Layout& layout) {
  return {FillInbox("DROP FUNCTION IF EXISTS {take}() CASCADE", layout)};
}

std::vector<std::string> DropInbox(const Layout& layout) {
  auto statements = CloseInbox(layout);
  statements.push_back(FillInbox("DROP TABLE IF EXISTS {table}, {ids}, {feeds} CASCADE", layout));
  statements.push_back(FillInbox("DROP SEQUENCE IF EXISTS {position}", layout));
  return statements;
}

std::string InboxTake(const Layout& layout) { return FillInbox("{take}", layout); }

std::string InboxVersion(const Layout& layout) { return "freehold: " + HexDigest(FillInbox(kInboxTake, layout)); }

}  // namespace freehold::engines::postgres
