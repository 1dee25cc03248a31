#include "reconcilers/engines/postgres/plan_landing.h"

#include <algorithm>
#include <iterator>

#include "operator/base/text.h"
#include "reconcilers/engines/postgres/channel_sql.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/plan_inbox.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

// What arrived while there was no trigger is handed on by the new one.
constexpr const char* kHandOn = R"sql(WITH stuck AS (DELETE FROM {channel} RETURNING *)
INSERT INTO {channel} (id, aggregatetype, aggregateid, type, payload, headers, created_at)
SELECT id, aggregatetype, aggregateid, type, payload, headers, created_at FROM stuck ORDER BY position)sql";

constexpr const char* kWriteAuthority = R"sql(DO $write$
BEGIN
  EXECUTE format('COPY (SELECT line FROM unnest(string_to_array(%L, chr(10))) WITH ORDINALITY AS t(line, n)
    WHERE length(line) > 0 ORDER BY n) TO %L', {pem}, current_setting('data_directory') || '/' || {file});
END
$write$)sql";

// For as long as a password stands in a statement: it is written to no log and no statistics.
constexpr std::pair<const char*, const char*> kDiscreet[] = {{"log_statement", "none"},
                                                             {"log_min_duration_statement", "-1"},
                                                             {"log_min_error_statement", "panic"},
                                                             {"pg_stat_statements.track_utility", "off"}};

Statements Named(std::initializer_list<std::string> texts, const std::string& channel) {
  Statements statements;
  for (const auto& text : texts) statements.push_back(FillChannel(text, channel));
  return statements;
}

Statements Unsubscribe(const std::string& channel) {
  return Named({"ALTER SUBSCRIPTION {subscription} DISABLE", "ALTER SUBSCRIPTION {subscription} SET (slot_name = NONE)",
                "DROP SUBSCRIPTION {subscription}"},
               channel);
}

Statements End(const FeedTrigger& trigger) {
  Statements statements;
  if (trigger.subscription) statements = Unsubscribe(trigger.outbox);
  statements.push_back(FillChannel("DROP TABLE IF EXISTS {channel}", trigger.outbox));
  return statements;
}

std::string AuthorityFile(const Upstream& upstream) {
  return "freehold_ca_" + base::Sha256Hex(upstream.ca_pem).substr(0, 16) + ".pem";
}

bool BringsAuthority(const Upstream& upstream) {
  return upstream.tls == api::TlsMode::kVerifyFull && !upstream.ca_pem.empty();
}

std::string ConnectionTo(const Upstream& upstream) {
  std::string text = ConnectParameter("host", upstream.host) + ConnectParameter("port", std::to_string(upstream.port)) +
                     ConnectParameter("dbname", upstream.database) + ConnectParameter("user", upstream.user) +
                     ConnectParameter("password", upstream.password.Reveal()) +
                     ConnectParameter("sslmode", api::SslModeOf(upstream.tls));
  // A relative path is one in the server's own directory, where its workers are at home.
  if (upstream.tls == api::TlsMode::kVerifyFull) {
    text += ConnectParameter("sslrootcert", BringsAuthority(upstream) ? AuthorityFile(upstream) : "system");
  }
  return text + "connect_timeout=10";
}

Statements WriteAuthority(const Upstream& upstream) {
  return {Fill(kWriteAuthority, {{"pem", QuoteValue(upstream.ca_pem)}, {"file", QuoteValue(AuthorityFile(upstream))}})};
}

Statements Subscribe(const std::string& channel, const Upstream& upstream, bool anew) {
  const auto connection = QuoteValue(ConnectionTo(upstream));
  Statements statements;
  const auto add = [&](const std::string& text) { statements.push_back(FillChannel(text, channel)); };
  for (const auto& [setting, value] : kDiscreet) add(std::string("SET ") + setting + " = " + QuoteValue(value));
  if (anew) {
    add("CREATE SUBSCRIPTION {subscription} CONNECTION " + connection +
        " PUBLICATION {publication} WITH (create_slot = false, slot_name = {slot}, copy_data = false)");
    add("COMMENT ON SUBSCRIPTION {subscription} IS 'freehold: events'");
  } else {
    add("ALTER SUBSCRIPTION {subscription} CONNECTION " + connection);
    add("ALTER SUBSCRIPTION {subscription} ENABLE");
  }
  for (const auto& [setting, value] : kDiscreet) add(std::string("RESET ") + setting);
  return statements;
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
    if (seen->subscription) Add("unsubscribe", channel, Unsubscribe(channel));
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
    const bool trusts =
        !BringsAuthority(*upstream) || std::ranges::count(local_.authorities, AuthorityFile(*upstream)) > 0;
    if (!trusts) AddBestEffort("write-authority", channel, WriteAuthority(*upstream));
    const bool fits = seen && seen->enabled && seen->digest == base::Sha256Hex(ConnectionTo(*upstream));
    if (!fits) AddBestEffort(seen ? "mend-subscription" : "subscribe", channel, Subscribe(channel, *upstream, !seen));
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
