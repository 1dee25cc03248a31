#include "reconcilers/engines/postgres/plan_feeds.h"

#include <algorithm>

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/inbox_sql.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/operator_schema.h"
#include "reconcilers/engines/postgres/plan_inbox.h"
#include "reconcilers/engines/postgres/plan_landing.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

// What came before the trigger, in the order in which it was written: a transaction has one time for all its rows.
constexpr const char* kReplay = R"sql(WITH due AS MATERIALIZED (
  SELECT o.*, row_number() OVER (ORDER BY o.created_at, o.tableoid, o.ctid) AS turn
  FROM {outbox} o JOIN {feeds} f ON f.source = {source} AND f.type = o.type
  WHERE o.type IN ({types}) AND o.created_at >= f.since),
fresh AS (
  INSERT INTO {ids} (id, source) SELECT id, {source} FROM due ON CONFLICT DO NOTHING RETURNING id),
taken AS (
  INSERT INTO {table} (id, source, aggregatetype, aggregateid, type, payload, headers, created_at)
  SELECT id, {source}, aggregatetype, aggregateid, type, payload, headers, created_at FROM (
    SELECT DISTINCT ON (id) d.* FROM due d JOIN fresh USING (id) ORDER BY id, turn) d ORDER BY turn
  RETURNING 1)
SELECT pg_notify({channel}, '') FROM taken LIMIT 1)sql";

class Plan {
 public:
  explicit Plan(const PlanContext& context)
      : c_(context), layout_(context.wanted.layout), target_(InboxTable(context.wanted.layout)) {}

  std::vector<Step> Run() {
    const auto& seen = c_.local->inbox.feeds;
    for (const auto& feed : c_.wanted.feeds) {
      if (Carries(feed)) Connect(feed, Find(seen, feed));
    }
    for (const auto& trigger : seen) {
      if (!IsLanding(trigger) && !IsWanted(trigger)) Disconnect(trigger);
    }
    return std::move(steps_);
  }

 private:
  static bool IsOf(const FeedTrigger& trigger, const FeedWanted& feed) {
    return trigger.schema == feed.publisher.schema && trigger.outbox == OutboxTable(feed.publisher);
  }

  static const FeedTrigger* Find(const std::vector<FeedTrigger>& seen, const FeedWanted& feed) {
    const auto found = std::ranges::find_if(seen, [&](const auto& trigger) { return IsOf(trigger, feed); });
    return found == seen.end() ? nullptr : &*found;
  }

  static bool IsHere(const FeedWanted& feed) { return !feed.channel; }

  bool IsWanted(const FeedTrigger& trigger) const {
    return std::ranges::any_of(c_.wanted.feeds, [&](const auto& feed) { return IsHere(feed) && IsOf(trigger, feed); });
  }

  bool Carries(const FeedWanted& feed) const {
    const OutboxPlace place{feed.publisher.schema, OutboxTable(feed.publisher)};
    return IsHere(feed) && std::ranges::count(c_.local->outboxes, place) > 0;
  }

  static std::vector<std::string> Arguments(const FeedWanted& feed) {
    std::vector<std::string> arguments = {feed.source};
    arguments.insert(arguments.end(), feed.types.begin(), feed.types.end());
    return arguments;
  }

  std::string Trigger() const { return QuoteName("freehold_" + target_); }

  std::string Filled(const std::string& text, const FeedWanted& feed) const {
    const auto named = Fill(text, {{"outbox", QuoteName(feed.publisher.schema, OutboxTable(feed.publisher))},
                                   {"source", QuoteValue(feed.source)},
                                   {"types", QuoteValues(feed.types)},
                                   {"arguments", QuoteValues(Arguments(feed))},
                                   {"trigger", Trigger()}});
    return FillInbox(named, layout_);
  }

  void Connect(const FeedWanted& feed, const FeedTrigger* seen) {
    if (seen && seen->enabled && seen->arguments == Arguments(feed)) return;
    const auto held = HoldOurs({QuoteName(feed.publisher.schema, OutboxTable(feed.publisher))});
    std::vector<std::string> begin = {kBePolite};
    begin.insert(begin.end(), held.begin(), held.end());
    // What is asked for anew begins now, or with what is held; what was asked for before goes on where it was.
    if (seen) begin.push_back(Forget(*seen, " AND type NOT IN (" + QuoteValues(feed.types) + ")"));
    for (const auto& type : feed.types) {
      const bool early = std::ranges::count(feed.early, type) > 0;
      begin.push_back(Filled("INSERT INTO {feeds} (source, type, since) VALUES ({source}, " + QuoteValue(type) + ", " +
                                 (early ? "'-infinity'" : "now()") + ") ON CONFLICT DO NOTHING",
                             feed));
    }
    begin.push_back(Filled(kReplay, feed));
    Add("replay-outbox", feed, std::move(begin));
    // The trigger waits for those who are writing and holds up those who come, for as long as the rest takes.
    std::vector<std::string> connect = {kBePolite};
    connect.insert(connect.end(), held.begin(), held.end());
    if (seen) connect.push_back(Filled("DROP TRIGGER " + QuoteName(seen->name) + " ON {outbox}", feed));
    connect.push_back(
        Filled("CREATE TRIGGER {trigger} AFTER INSERT ON {outbox} FOR EACH ROW WHEN (NEW.type IN ({types})) "
               "EXECUTE FUNCTION {take}({arguments})",
               feed));
    connect.push_back(Filled(kReplay, feed));
    Add("connect-outbox", feed, std::move(connect));
  }

  void Add(const char* verb, const FeedWanted& feed, std::vector<std::string> statements) {
    steps_.push_back({.verb = verb,
                      .target = target_ + " to " + feed.publisher.schema + "." + OutboxTable(feed.publisher),
                      .database = layout_.database,
                      .statements = std::move(statements),
                      .best_effort = IsBeingIssued()});
  }

  /// While its credential is being made, a lock that the publisher holds on its outbox keeps the consumer from nothing
  /// but the events.
  bool IsBeingIssued() const {
    return std::ranges::any_of(c_.wanted.logins, [](const auto& login) { return login.new_verifier.has_value(); });
  }

  void Disconnect(const FeedTrigger& trigger) {
    steps_.push_back({.verb = "disconnect-outbox",
                      .target = target_ + " from " + trigger.schema + "." + trigger.outbox,
                      .database = layout_.database,
                      .statements = {"DROP TRIGGER IF EXISTS " + QuoteName(trigger.name) + " ON " +
                                         QuoteName(trigger.schema, trigger.outbox),
                                     Forget(trigger, "")}});
  }

  /// Where its types began; nothing that is known of another feed.
  std::string Forget(const FeedTrigger& trigger, const std::string& which) const {
    if (trigger.arguments.empty()) return "SELECT 1";
    const std::vector<std::string> types(trigger.arguments.begin() + 1, trigger.arguments.end());
    return FillInbox("DELETE FROM {feeds} WHERE source = ", layout_) + QuoteValue(trigger.arguments.front()) +
           " AND type IN (" + QuoteValues(types) + ")" + which;
  }

  const PlanContext& c_;
  const Layout& layout_;
  const std::string target_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> PlanFeeds(const PlanContext& context) {
  if (!context.local) return {};
  return Plan(context).Run();
}

}  // namespace freehold::engines::postgres
