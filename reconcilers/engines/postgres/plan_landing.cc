#include "reconcilers/engines/postgres/plan_landing.h"

#include <algorithm>
#include <iterator>

#include "reconcilers/engines/postgres/channel_sql.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/plan_inbox.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

std::string Drop(const std::string& channel) { return FillChannel("DROP TABLE IF EXISTS {channel}", channel); }

// It fires under replication, too.
Statements Make(const Layout& layout, const FeedWanted& feed) {
  Statements statements;
  for (const auto* text :
       {kChannelTable, "REVOKE ALL ON {channel} FROM PUBLIC", "DROP TRIGGER IF EXISTS {trigger} ON {channel}",
        "CREATE TRIGGER {trigger} BEFORE INSERT ON {channel} FOR EACH ROW EXECUTE FUNCTION {take}({source})",
        "ALTER TABLE {channel} ENABLE ALWAYS TRIGGER {trigger}"}) {
    const auto named = Fill(text, {{"take", InboxTake(layout)}, {"source", QuoteValue(feed.source)}});
    statements.push_back(FillChannel(named, feed.channel->name));
  }
  return statements;
}

bool Fits(const FeedTrigger& trigger, const FeedWanted& feed) {
  return trigger.outbox == feed.channel->name && trigger.enabled && trigger.arguments == Statements{feed.source};
}

}  // namespace

bool IsLanding(const FeedTrigger& trigger) { return trigger.schema == kOperatorSchema; }

std::vector<Step> PlanLanding(const PlanContext& context) {
  if (!context.local || !context.local->inbox.table) return {};
  const auto& layout = context.wanted.layout;
  const auto& feeds = context.wanted.feeds;
  std::vector<Step> steps;
  const auto add = [&](const char* verb, const std::string& channel, Statements statements) {
    steps.push_back(
        {.verb = verb, .target = channel, .database = layout.database, .statements = std::move(statements)});
  };
  const auto& seen = context.local->inbox.feeds;
  for (const auto& feed : feeds) {
    if (!feed.channel) continue;
    const bool there =
        std::ranges::any_of(seen, [&](const auto& trigger) { return IsLanding(trigger) && Fits(trigger, feed); });
    if (!there) add("open-landing", feed.channel->name, Make(layout, feed));
  }
  for (const auto& trigger : seen) {
    if (!IsLanding(trigger)) continue;
    const bool wanted = std::ranges::any_of(
        feeds, [&](const auto& feed) { return feed.channel && feed.channel->name == trigger.outbox; });
    if (!wanted) add("close-landing", trigger.outbox, {Drop(trigger.outbox)});
  }
  return steps;
}

std::vector<std::string> EndLanding(const std::vector<FeedTrigger>& seen) {
  Statements statements;
  for (const auto& trigger : seen) {
    if (IsLanding(trigger)) statements.push_back(Drop(trigger.outbox));
  }
  return statements;
}

}  // namespace freehold::engines::postgres
