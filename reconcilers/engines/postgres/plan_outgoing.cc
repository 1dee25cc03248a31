#include "reconcilers/engines/postgres/plan_outgoing.h"

#include <algorithm>
#include <iterator>

#include "reconcilers/engines/postgres/channel_sql.h"
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

// Already there before it is to be replicated.
constexpr const char* kRepost = R"sql(WITH left_over AS (DELETE FROM {channel} RETURNING *)
INSERT INTO {channel} (id, aggregatetype, aggregateid, type, payload, headers, created_at)
SELECT id, aggregatetype, aggregateid, type, payload, headers, created_at FROM left_over ORDER BY position)sql";

constexpr const char* kTryAgain =
    "UPDATE {channel} SET attempts = 0, last_error = NULL, parked_at = NULL WHERE attempts > 0";

constexpr const char* kEndReaders =
    "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = {slot} AND active";
constexpr const char* kDropSlot =
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = {slot}";

std::string Outbox(const Layout& layout) { return QuoteName(layout.schema, OutboxTable(layout)); }

Statements Filled(std::initializer_list<const char*> texts, const std::string& outbox, const std::string& channel) {
  Statements statements;
  for (const auto* text : texts) statements.push_back(FillChannel(Fill(text, {{"outbox", outbox}}), channel));
  return statements;
}

/// The outbox first, lest anything is put on a way that ends; the slot last.
Statements EndChannel(const std::string& outbox, const std::string& channel) {
  return Filled({"DROP TRIGGER IF EXISTS {trigger} ON {outbox}", "DROP FUNCTION IF EXISTS {send}() CASCADE",
                 "DROP PUBLICATION IF EXISTS {publication}", "DROP TABLE IF EXISTS {channel}",
                 "DELETE FROM {ledger} WHERE channel = {channel_name}", kEndReaders, kDropSlot},
                outbox, channel);
}

/// One channel that is wanted, in the order that loses nothing: table and publication, slot, trigger.
class Opening {
 public:
  Opening(const PlanContext& c, const OutgoingWanted& wanted, const OutgoingSeen* seen)
      : c_(c), wanted_(wanted), seen_(seen), replicates_(wanted.channel.carrier == Carrier::kReplication) {}

  std::vector<Step> Run() {
    if (!HasParts()) Add("open-channel", Parts());
    if (replicates_ && !HasSlot()) Add("make-slot", Slot(), false);
    const bool connected = Flows() && seen_->arguments == wanted_.types;
    if (!connected || Resyncs()) Add(connected ? "resync-events" : "connect-outbox", Connect());
    const bool needless = !replicates_ && seen_ && seen_->slot;
    if (needless) Add("drop-slot", Filled({kEndReaders, kDropSlot}, "", wanted_.channel.name), false);
    return std::move(steps_);
  }

 private:
  bool HasParts() const {
    return seen_ && seen_->version == ChannelVersion(wanted_.channel) && seen_->published == replicates_;
  }
  bool HasSlot() const { return seen_ && seen_->slot && *seen_->slot; }
  bool Flows() const { return HasParts() && seen_->enabled && (!replicates_ || HasSlot()); }

  bool Resyncs() const { return !wanted_.resync.empty() && (!seen_ || seen_->resync != wanted_.resync); }

  Statements Parts() const {
    Statements statements = EnsureOperatorSchema(c_);
    const auto add = [&](const std::string& text) { statements.push_back(Named(text)); };
    add(kBePolite);
    add(kChannelLedger);
    add(kChannelTable);
    add(kChannelIndex);
    add("REVOKE ALL ON {ledger}, {channel} FROM PUBLIC");
    add("COMMENT ON TABLE {channel} IS " + QuoteValue(OutgoingMark(c_.wanted.layout)));
    add(ChannelSend(wanted_.channel.carrier));
    add("REVOKE ALL ON FUNCTION {send}() FROM PUBLIC");
    add("COMMENT ON FUNCTION {send}() IS " + QuoteValue(ChannelVersion(wanted_.channel)));
    add("DROP PUBLICATION IF EXISTS {publication}");
    if (!replicates_) return statements;
    add("CREATE PUBLICATION {publication} FOR TABLE {channel} WITH (publish = 'insert')");
    add("COMMENT ON PUBLICATION {publication} IS " + QuoteValue("freehold: to " + wanted_.consumer));
    return statements;
  }

  Statements Slot() const {
    Statements statements;
    if (seen_ && seen_->slot) statements.push_back(Named(kDropSlot));
    statements.push_back(Named("SELECT pg_create_logical_replication_slot({slot}, 'pgoutput')"));
    return statements;
  }

  Statements Connect() const {
    Statements statements = {kBePolite};
    const auto add = [&](const std::string& text) { statements.push_back(Named(text)); };
    if (replicates_) add(kRepost);
    if (Resyncs()) add(kTryAgain);
    Begin(statements);
    const bool replays = !Due().empty();
    // Without a lock for the bulk; then the trigger waits for those who are writing and holds up those who come, for as
    // long as the rest takes.
    if (replays) add(kReplay);
    add("DROP TRIGGER IF EXISTS {trigger} ON {outbox}");
    add("CREATE TRIGGER {trigger} AFTER INSERT ON {outbox} FOR EACH ROW WHEN (NEW.type IN ({types})) EXECUTE FUNCTION "
        "{send}({types})");
    if (!wanted_.resync.empty()) add("COMMENT ON TRIGGER {trigger} ON {outbox} IS " + QuoteValue(wanted_.resync));
    if (replays) add(kReplay);
    if (replicates_) add("DELETE FROM {channel}");
    return statements;
  }

  /// What asks for the past: everything where the way was broken or somebody asked for it, otherwise what is new.
  Statements Due() const {
    if (!Flows() || Resyncs()) return wanted_.types;
    Statements due;
    std::ranges::copy_if(wanted_.types, std::back_inserter(due),
                         [&](const auto& type) { return std::ranges::count(seen_->arguments, type) == 0; });
    return due;
  }

  /// What is asked for anew begins now, or with what is held; what was asked for before goes on where it was, as far as
  /// the consumer still knows what it has.
  void Begin(Statements& statements) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wanted_.memory).count();
    const auto add = [&](const std::string& text) { statements.push_back(Named(text)); };
    add("UPDATE {ledger} SET since = greatest(since, now() - " + QuoteValue(std::to_string(seconds) + " seconds") +
        "::interval) WHERE channel = {channel_name}");
    add("DELETE FROM {ledger} WHERE channel = {channel_name} AND type NOT IN ({types})");
    for (const auto& type : wanted_.types) {
      const bool early = std::ranges::count(wanted_.early, type) > 0;
      add("INSERT INTO {ledger} (channel, type, since) VALUES ({channel_name}, " + QuoteValue(type) + ", " +
          (early ? "'-infinity'" : "now()") + ") ON CONFLICT DO NOTHING");
    }
  }

  std::string Named(const std::string& text) const {
    const auto named = Fill(
        text,
        {{"outbox", Outbox(c_.wanted.layout)}, {"types", QuoteValues(wanted_.types)}, {"due", QuoteValues(Due())}});
    return FillChannel(named, wanted_.channel.name);
  }

  void Add(const char* verb, Statements statements, bool transaction = true) {
    steps_.push_back({.verb = verb,
                      .target = wanted_.channel.name,
                      .database = c_.wanted.layout.database,
                      .statements = std::move(statements),
                      .transaction = transaction});
  }

  const PlanContext& c_;
  const OutgoingWanted& wanted_;
  const OutgoingSeen* seen_;
  const bool replicates_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> PlanOutgoing(const PlanContext& context) {
  if (!context.local || !context.local->outbox) return {};
  const auto& layout = context.wanted.layout;
  const auto& local = *context.local;
  std::vector<Step> steps;
  for (const auto& wanted : context.wanted.outgoing) {
    const auto found = std::ranges::find(local.outgoing, wanted.channel.name, &OutgoingSeen::channel);
    const auto* seen = found == local.outgoing.end() ? nullptr : &*found;
    std::ranges::move(Opening(context, wanted, seen).Run(), std::back_inserter(steps));
  }
  const auto close = [&](const std::string& channel) {
    const bool wanted = std::ranges::any_of(context.wanted.outgoing,
                                            [&](const auto& outgoing) { return outgoing.channel.name == channel; });
    if (wanted) return;
    steps.push_back({.verb = "close-channel",
                     .target = channel,
                     .database = layout.database,
                     .statements = EndChannel(Outbox(layout), channel)});
  };
  for (const auto& seen : local.outgoing) close(seen.channel);
  for (const auto& slot : local.stray_slots) close(slot.substr(std::string("freehold_").size()));
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
