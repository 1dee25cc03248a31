#include "reconcilers/engines/postgres/plan_landing.h"

#include <algorithm>
#include <iterator>

#include "operator/base/text.h"
#include "reconcilers/engines/postgres/channel_sql.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/plan_inbox.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/secrecy.h"
#include "reconcilers/engines/postgres/subscription.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

// What arrived while there was no trigger is handed on by the new one.
constexpr const char* kHandOn = R"sql(WITH stuck AS (DELETE FROM {channel} RETURNING *)
INSERT INTO {channel} (id, aggregatetype, aggregateid, type, payload, headers, created_at)
SELECT id, aggregatetype, aggregateid, type, payload, headers, created_at FROM stuck ORDER BY position)sql";

Statements Named(std::initializer_list<std::string> texts, const std::string& channel) {
  Statements statements;
  for (const auto& text : texts) statements.push_back(FillChannel(text, channel));
  return statements;
}

std::string SubscriptionOf(const std::string& channel) { return FillChannel("{subscription}", channel); }

Statements End(const FeedTrigger& trigger) {
  Statements statements;
  if (trigger.subscription) statements = EndSubscription(SubscriptionOf(trigger.outbox));
  statements.push_back(FillChannel("DROP TABLE IF EXISTS {channel}", trigger.outbox));
  return statements;
}

Statements Subscribe(const std::string& channel, const Upstream& upstream, bool anew) {
  const auto comment = FillChannel(
      "COMMENT ON SUBSCRIPTION {subscription} IS " + QuoteValue("freehold: events" + ConnectionNote(upstream)),
      channel);
  if (!anew) return MendSubscription(SubscriptionOf(channel), comment);
  const std::string create =
      "CREATE SUBSCRIPTION {subscription} CONNECTION {secret} PUBLICATION {publication} WITH (create_slot = false, "
      "slot_name = {slot}, copy_data = false, ";
  return {BySecret(FillChannel(create + kOnDisk + ")", channel)), comment};
}

class Plan {
 public:
  explicit Plan(const PlanContext& c) : c_(c), local_(*c.local) {}

  std::vector<Step> Run() {
    for (const auto& feed : c_.wanted.feeds) {
      if (feed.channel) Open(feed);
    }
    for (const auto& trigger : local_.inbox.feeds) {
      if (IsLanding(trigger) && !IsWanted(trigger)) Add("close-landing", trigger.outbox, End(trigger));
    }
    return std::move(steps_);
  }

 private:
  const FeedTrigger* Find(const std::string& channel) const {
    const auto found = std::ranges::find_if(
        local_.inbox.feeds, [&](const auto& trigger) { return IsLanding(trigger) && trigger.outbox == channel; });
    return found == local_.inbox.feeds.end() ? nullptr : &*found;
  }

  bool IsWanted(const FeedTrigger& trigger) const {
    return std::ranges::any_of(c_.wanted.feeds,
                               [&](const auto& feed) { return feed.channel && feed.channel->name == trigger.outbox; });
  }

  void Open(const FeedWanted& feed) {
    const auto& channel = feed.channel->name;
    const auto* seen = Find(channel);
    const bool fits = seen && seen->enabled && seen->arguments == Statements{feed.source};
    if (!fits) return Add("open-landing", channel, Make(feed));
    if (feed.channel->carrier == Carrier::kReplication) return Replicate(channel, feed.upstream, seen->subscription);
    if (seen->subscription) Add("unsubscribe", channel, EndSubscription(SubscriptionOf(channel)));
  }

  // It fires under replication, too.
  Statements Make(const FeedWanted& feed) const {
    const auto take = InboxTake(c_.wanted.layout) + "(" + QuoteValue(feed.source) + ")";
    return Named({kChannelTable, "REVOKE ALL ON {channel} FROM PUBLIC", "DROP TRIGGER IF EXISTS {trigger} ON {channel}",
                  "CREATE TRIGGER {trigger} BEFORE INSERT ON {channel} FOR EACH ROW EXECUTE FUNCTION " + take,
                  "ALTER TABLE {channel} ENABLE ALWAYS TRIGGER {trigger}", kHandOn},
                 feed.channel->name);
  }

  void Replicate(const std::string& channel, const std::optional<Upstream>& upstream,
                 const std::optional<SubscriptionSeen>& seen) {
    if (!upstream) return;
    if (NeedsAuthority(*upstream, local_.authorities)) {
      AddBestEffort("write-authority", channel, WriteAuthority(*upstream));
    }
    const bool stays = seen && seen->whole;
    const bool fits =
        stays && seen->enabled && seen->on_disk && seen->digest == base::Sha256Hex(ConnectionTo(*upstream));
    if (fits) return;
    auto statements = seen && !stays ? EndSubscription(SubscriptionOf(channel)) : Statements();
    std::ranges::move(Subscribe(channel, *upstream, !stays), std::back_inserter(statements));
    AddBestEffort(stays ? "mend-subscription" : "subscribe", channel, std::move(statements));
    steps_.back().secret = base::Sensitive(ConnectionTo(*upstream));
  }

  void Add(const char* verb, const std::string& channel, Statements statements) {
    steps_.push_back(
        {.verb = verb, .target = channel, .database = c_.wanted.layout.database, .statements = std::move(statements)});
  }

  void AddBestEffort(const char* verb, const std::string& channel, Statements statements) {
    Add(verb, channel, std::move(statements));
    steps_.back().transaction = false;
    steps_.back().best_effort = true;
  }

  const PlanContext& c_;
  const LocalRows& local_;
  std::vector<Step> steps_;
};

}  // namespace

bool IsLanding(const FeedTrigger& trigger) { return trigger.schema == kOperatorSchema; }

std::vector<Step> PlanLanding(const PlanContext& context) {
  if (!context.local || !context.local->inbox.table) return {};
  return Plan(context).Run();
}

std::vector<std::string> EndLanding(const std::vector<FeedTrigger>& seen) {
  Statements statements;
  for (const auto& trigger : seen) {
    if (IsLanding(trigger)) std::ranges::move(End(trigger), std::back_inserter(statements));
  }
  return statements;
}

}  // namespace freehold::engines::postgres
