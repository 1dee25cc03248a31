#include "reconcilers/engines/postgres/plan_outgoing.h"

#include <algorithm>
#include <iterator>

#include "reconcilers/engines/postgres/channel_sql.h"
#include "reconcilers/engines/postgres/digest.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/operator_schema.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

// What came before the trigger, in the order in which it was written.
constexpr const char* kReplay = R"sql(INSERT INTO {channel}
  (id, aggregatetype, aggregateid, type, payload, headers, created_at)
SELECT o.id, o.aggregatetype, o.aggregateid, o.type, o.payload, o.headers, o.created_at
FROM {outbox} o JOIN {ledger} l ON l.channel = {channel_name} AND l.type = o.type
WHERE o.type IN ({due}) AND o.created_at >= l.since AND NOT EXISTS (SELECT FROM {channel} c WHERE c.id = o.id)
ORDER BY o.created_at, o.tableoid, o.ctid)sql";

std::string Outbox(const Layout& layout) { return QuoteName(layout.schema, OutboxTable(layout)); }

Statements EndChannel(const std::string& outbox, const std::string& channel) {
  Statements statements;
  for (const auto* text : {"DROP TRIGGER IF EXISTS {trigger} ON {outbox}", "DROP FUNCTION IF EXISTS {send}() CASCADE",
                           "DROP TABLE IF EXISTS {channel}", "DELETE FROM {ledger} WHERE channel = {channel_name}"}) {
    statements.push_back(FillChannel(Fill(text, {{"outbox", outbox}}), channel));
  }
  return statements;
}

class Connecting {
 public:
  Connecting(const PlanContext& context, const OutgoingWanted& wanted, const OutgoingSeen* seen)
      : c_(context), wanted_(wanted), seen_(seen) {}

  bool Needed() const { return !Intact() || seen_->arguments != wanted_.types; }

  Statements Run() {
    statements_ = EnsureOperatorSchema(c_);
    Add(kBePolite);
    Add(kChannelLedger);
    Add(kChannelTable);
    Add("REVOKE ALL ON {ledger}, {channel} FROM PUBLIC");
    Add("COMMENT ON TABLE {channel} IS " + QuoteValue(OutgoingMark(c_.wanted.layout)));
    Add(kChannelSend);
    Add("REVOKE ALL ON FUNCTION {send}() FROM PUBLIC");
    Add("COMMENT ON FUNCTION {send}() IS " + QuoteValue(Version()));
    Begin();
    const auto due = Due();
    // Without a lock for the bulk; then the trigger waits for those who are writing and holds up those who come, for as
    // long as the rest takes.
    if (!due.empty()) Add(kReplay, due);
    Add("DROP TRIGGER IF EXISTS {trigger} ON {outbox}");
    Add("CREATE TRIGGER {trigger} AFTER INSERT ON {outbox} FOR EACH ROW WHEN (NEW.type IN ({types})) EXECUTE FUNCTION "
        "{send}({types})");
    if (!due.empty()) Add(kReplay, due);
    return std::move(statements_);
  }

 private:
  std::string Version() const { return "freehold: " + HexDigest(FillChannel(kChannelSend, wanted_.channel.name)); }

  bool Intact() const { return seen_ && seen_->enabled && seen_->version == Version(); }

  /// What asks for the past: everything where the way was broken, otherwise what is new.
  Statements Due() const {
    if (!Intact()) return wanted_.types;
    Statements due;
    std::ranges::copy_if(wanted_.types, std::back_inserter(due),
                         [&](const auto& type) { return std::ranges::count(seen_->arguments, type) == 0; });
    return due;
  }

  /// What is asked for anew begins now, or with what is held; what was asked for before goes on where it was, as far as
  /// the consumer still knows what it has.
  void Begin() {
    Add("UPDATE {ledger} SET since = greatest(since, now() - " +
        QuoteValue(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(wanted_.memory).count()) +
                   " seconds") +
        "::interval) WHERE channel = {channel_name}");
    Add("DELETE FROM {ledger} WHERE channel = {channel_name} AND type NOT IN ({types})");
    for (const auto& type : wanted_.types) {
      const bool early = std::ranges::count(wanted_.early, type) > 0;
      Add("INSERT INTO {ledger} (channel, type, since) VALUES ({channel_name}, " + QuoteValue(type) + ", " +
          (early ? "'-infinity'" : "now()") + ") ON CONFLICT DO NOTHING");
    }
  }

  void Add(const std::string& text, const Statements& due = {}) {
    const auto named = Fill(
        text, {{"outbox", Outbox(c_.wanted.layout)}, {"types", QuoteValues(wanted_.types)}, {"due", QuoteValues(due)}});
    statements_.push_back(FillChannel(named, wanted_.channel.name));
  }

  const PlanContext& c_;
  const OutgoingWanted& wanted_;
  const OutgoingSeen* seen_;
  Statements statements_;
};

Step StepFor(const char* verb, const Layout& layout, const std::string& channel, Statements statements) {
  return {.verb = verb, .target = channel, .database = layout.database, .statements = std::move(statements)};
}

}  // namespace

std::vector<Step> PlanOutgoing(const PlanContext& context) {
  if (!context.local || !context.local->outbox) return {};
  const auto& layout = context.wanted.layout;
  const auto& seen = context.local->outgoing;
  std::vector<Step> steps;
  for (const auto& wanted : context.wanted.outgoing) {
    const auto found = std::ranges::find(seen, wanted.channel.name, &OutgoingSeen::channel);
    Connecting connecting(context, wanted, found == seen.end() ? nullptr : &*found);
    if (connecting.Needed()) steps.push_back(StepFor("open-channel", layout, wanted.channel.name, connecting.Run()));
  }
  for (const auto& there : seen) {
    const bool wanted = std::ranges::any_of(
        context.wanted.outgoing, [&](const auto& outgoing) { return outgoing.channel.name == there.channel; });
    if (wanted) continue;
    steps.push_back(StepFor("close-channel", layout, there.channel, EndChannel(Outbox(layout), there.channel)));
  }
  return steps;
}

std::vector<std::string> EndOutgoing(const Layout& layout, const std::vector<OutgoingSeen>& seen) {
  Statements statements;
  for (const auto& there : seen) {
    std::ranges::move(EndChannel(Outbox(layout), there.channel), std::back_inserter(statements));
  }
  return statements;
}

}  // namespace freehold::engines::postgres
