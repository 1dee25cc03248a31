#include "reconcilers/engines/postgres/plan_outgoing.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "operator/base/text.h"
#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/channel_sql.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/operator_schema.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

// What came before the trigger, in the order in which it was written. `{route}` is "route, " on a link.
constexpr const char* kReplay = R"sql(INSERT INTO {channel}
  ({route}id, aggregatetype, aggregateid, type, payload, headers, created_at)
SELECT {its_route}o.id, o.aggregatetype, o.aggregateid, o.type, o.payload, o.headers, o.created_at
FROM {outbox} o JOIN {ledger} l ON {of_ledger} AND l.type = o.type
WHERE {is_due} AND o.created_at >= l.since AND NOT EXISTS (SELECT FROM {channel} c WHERE c.id = o.id{same_route})
ORDER BY o.created_at, o.tableoid, o.ctid)sql";

// Already there before it is to be replicated.
constexpr const char* kRepost = R"sql(WITH left_over AS (DELETE FROM {channel} RETURNING *)
INSERT INTO {channel} ({route}id, aggregatetype, aggregateid, type, payload, headers, created_at)
SELECT {route}id, aggregatetype, aggregateid, type, payload, headers, created_at FROM left_over ORDER BY position)sql";

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
Statements EndSource(const std::string& outbox, const std::string& source) {
  return Filled({"DROP TRIGGER IF EXISTS {trigger} ON {outbox}", "DROP FUNCTION IF EXISTS {send}() CASCADE",
                 "DROP PUBLICATION IF EXISTS {publication}", "DROP TABLE IF EXISTS {channel}", kEndReaders, kDropSlot},
                outbox, source);
}

std::string Forget(const std::string& channel) {
  return FillChannel("DELETE FROM {ledger} WHERE channel = {channel_name}", channel);
}

/// The channel itself, or those that a link led to: "<channel> <type>" stands in its trigger.
std::set<std::string> ChannelsOn(const OutgoingSeen& seen) {
  std::set<std::string> channels{seen.channel};
  for (const auto& line : seen.arguments) {
    if (const auto space = line.find(' '); space != std::string::npos) channels.insert(line.substr(0, space));
  }
  return channels;
}

/// One table, publication and slot for what goes one way: a channel, or all channels of a link.
struct Source {
  std::string name;
  Carrier carrier = Carrier::kPolling;
  std::vector<const OutgoingWanted*> channels;

  bool is_link() const { return carrier == Carrier::kConnect; }
  std::string consumers() const {
    return is_link() ? std::to_string(channels.size()) + " consumers by Kafka Connect" : channels.front()->consumer;
  }
  Statements types() const {
    std::set<std::string> types;
    for (const auto* channel : channels) types.insert(channel->types.begin(), channel->types.end());
    return {types.begin(), types.end()};
  }
  /// What is asked for to be posted once more.
  Statements requests() const {
    Statements requests;
    for (const auto* channel : channels) {
      if (!channel->resync.empty()) requests.push_back(ResyncMark(channel->channel.name, channel->resync));
    }
    return requests;
  }
  /// What the trigger is told.
  Statements lines() const {
    Statements lines;
    for (const auto* channel : channels) {
      for (const auto& type : channel->types) lines.push_back(TypeOn(channel->channel, type));
    }
    return lines;
  }
};

std::vector<Source> SourcesOf(const std::vector<OutgoingWanted>& outgoing) {
  std::vector<Source> sources;
  for (const auto& wanted : outgoing) {
    const auto name = SourceOf(wanted.channel);
    auto found = std::ranges::find(sources, name, &Source::name);
    if (found == sources.end()) {
      sources.push_back({.name = name, .carrier = wanted.channel.carrier, .channels = {}});
      found = std::prev(sources.end());
    }
    found->channels.push_back(&wanted);
  }
  return sources;
}

/// One source that is wanted, in the order that loses nothing: table and publication, slot, trigger.
class Opening {
 public:
  Opening(const PlanContext& c, const Source& source, const OutgoingSeen* seen)
      : c_(c), source_(source), lines_(source.lines()), seen_(seen), replicates_(source.carrier != Carrier::kPolling) {}

  std::vector<Step> Run() {
    if (!HasParts()) Add("open-channel", Parts());
    if (replicates_ && !HasSlot()) Add("make-slot", Slot(), false);
    const bool connected = Flows() && seen_->arguments == lines_;
    if (!connected || Resyncs()) Add(connected ? "resync-events" : "connect-outbox", Connect());
    const bool needless = !replicates_ && seen_ && seen_->slot;
    if (needless) Add("drop-slot", Filled({kEndReaders, kDropSlot}, "", source_.name), false);
    return std::move(steps_);
  }

 private:
  bool HasParts() const {
    return seen_ && seen_->version == ChannelVersion(source_.name, source_.carrier) && seen_->published == replicates_;
  }
  bool HasSlot() const { return seen_ && seen_->slot && *seen_->slot; }
  bool Flows() const { return HasParts() && seen_->enabled && (!replicates_ || HasSlot()); }

  bool Resyncs() const {
    return std::ranges::any_of(source_.requests(),
                               [&](const auto& request) { return !seen_ || !HasMark(seen_->resync, request); });
  }

  Statements Parts() const {
    Statements statements = EnsureOperatorSchema(c_);
    const auto add = [&](const std::string& text) { statements.push_back(Named(text)); };
    add(kBePolite);
    add(kChannelLedger);
    add(kChannelTable);
    if (source_.is_link()) add("ALTER TABLE {channel} ADD COLUMN IF NOT EXISTS route text");
    add(kChannelIndex);
    add("REVOKE ALL ON {ledger}, {channel} FROM PUBLIC");
    add("COMMENT ON TABLE {channel} IS " + QuoteValue(OutgoingMark(c_.wanted.layout)));
    add(ChannelSend(source_.carrier));
    add("REVOKE ALL ON FUNCTION {send}() FROM PUBLIC");
    add("COMMENT ON FUNCTION {send}() IS " + QuoteValue(ChannelVersion(source_.name, source_.carrier)));
    add("DROP PUBLICATION IF EXISTS {publication}");
    if (!replicates_) return statements;
    add("CREATE PUBLICATION {publication} FOR TABLE {channel} WITH (publish = 'insert')");
    add("COMMENT ON PUBLICATION {publication} IS " + QuoteValue("freehold: to " + source_.consumers()));
    return statements;
  }

  /// What a trigger puts on its way before there is a slot is lost. Without the trigger it is seen, whatever happens in
  /// between, that the outbox has to be read again.
  Statements Slot() const {
    Statements statements;
    if (seen_ && seen_->enabled) statements.push_back(Named("DROP TRIGGER IF EXISTS {trigger} ON {outbox}"));
    if (seen_ && seen_->slot)
      std::ranges::move(Filled({kEndReaders, kDropSlot}, "", source_.name), std::back_inserter(statements));
    statements.push_back(Named("SELECT pg_create_logical_replication_slot({slot}, 'pgoutput')"));
    return statements;
  }

  Statements Connect() const {
    Statements statements = {kBePolite};
    std::ranges::move(HoldOurs({Outbox(c_.wanted.layout)}), std::back_inserter(statements));
    const auto add = [&](const std::string& text) { statements.push_back(Named(text)); };
    if (replicates_) add(kRepost);
    if (Resyncs()) add(kTryAgain);
    for (const auto* channel : source_.channels) Begin(*channel, statements);
    const bool replays = !Due().empty();
    // Without a lock for the bulk; then the trigger waits for those who are writing and holds up those who come, for as
    // long as the rest takes.
    if (replays) add(kReplay);
    add("DROP TRIGGER IF EXISTS {trigger} ON {outbox}");
    add("CREATE TRIGGER {trigger} AFTER INSERT ON {outbox} FOR EACH ROW WHEN (NEW.type IN ({types})) EXECUTE FUNCTION "
        "{send}({lines})");
    const auto requests = source_.requests();
    if (!requests.empty()) add("COMMENT ON TRIGGER {trigger} ON {outbox} IS " + QuoteValue(base::Join(requests, "\n")));
    if (replays) add(kReplay);
    if (replicates_) add("DELETE FROM {channel}");
    for (const auto& channel : Left()) statements.push_back(Forget(channel));
    return statements;
  }

  /// What asks for the past: everything where the way was broken or somebody asked for it, otherwise what is new.
  Statements Due() const {
    if (!Flows() || Resyncs()) return lines_;
    Statements due;
    std::ranges::copy_if(lines_, std::back_inserter(due),
                         [&](const auto& line) { return std::ranges::count(seen_->arguments, line) == 0; });
    return due;
  }

  /// Channels that the link led to, and that there is no way for any more.
  std::set<std::string> Left() const {
    if (!seen_ || !source_.is_link()) return {};
    auto left = ChannelsOn(*seen_);
    for (const auto& outgoing : c_.wanted.outgoing) left.erase(outgoing.channel.name);
    return left;
  }

  /// What is asked for anew begins now, or with what is held; what was asked for before goes on where it was, as far as
  /// the consumer still knows what it has.
  static void Begin(const OutgoingWanted& wanted, Statements& statements) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wanted.memory).count();
    const auto add = [&](const std::string& text) {
      const auto named = Fill(text, {{"types", QuoteValues(wanted.types)}});
      statements.push_back(FillChannel(named, wanted.channel.name));
    };
    add("UPDATE {ledger} SET since = greatest(since, now() - " + QuoteValue(std::to_string(seconds) + " seconds") +
        "::interval) WHERE channel = {channel_name}");
    add("DELETE FROM {ledger} WHERE channel = {channel_name} AND type NOT IN ({types})");
    for (const auto& type : wanted.types) {
      const bool early = std::ranges::count(wanted.early, type) > 0;
      add("INSERT INTO {ledger} (channel, type, since) VALUES ({channel_name}, " + QuoteValue(type) + ", " +
          (early ? "'-infinity'" : "now()") + ") ON CONFLICT DO NOTHING");
    }
  }

  std::string Named(const std::string& text) const {
    const bool link = source_.is_link();
    const auto filled = Fill(text, {{"route", link ? "route, " : ""},
                                    {"its_route", link ? "l.channel, " : ""},
                                    {"of_ledger", link ? "true" : "l.channel = {channel_name}"},
                                    {"is_due", link ? "l.channel || ' ' || l.type IN ({due})" : "o.type IN ({due})"},
                                    {"same_route", link ? " AND c.route = l.channel" : ""}});
    const auto named = Fill(filled, {{"outbox", Outbox(c_.wanted.layout)},
                                     {"types", QuoteValues(source_.types())},
                                     {"lines", QuoteValues(lines_)},
                                     {"due", QuoteValues(Due())}});
    return FillChannel(named, source_.name);
  }

  void Add(const char* verb, Statements statements, bool transaction = true) {
    steps_.push_back({.verb = verb,
                      .target = source_.name,
                      .database = c_.wanted.layout.database,
                      .statements = std::move(statements),
                      .transaction = transaction});
  }

  const PlanContext& c_;
  const Source& source_;
  const Statements lines_;
  const OutgoingSeen* seen_;
  const bool replicates_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> PlanOutgoing(const PlanContext& context) {
  if (!context.local || !context.local->outbox) return {};
  const auto& layout = context.wanted.layout;
  const auto& local = *context.local;
  const auto sources = SourcesOf(context.wanted.outgoing);
  std::vector<Step> steps;
  for (const auto& source : sources) {
    const auto found = std::ranges::find(local.outgoing, source.name, &OutgoingSeen::channel);
    const auto* seen = found == local.outgoing.end() ? nullptr : &*found;
    std::ranges::move(Opening(context, source, seen).Run(), std::back_inserter(steps));
  }
  const auto close = [&](const OutgoingSeen& seen) {
    if (std::ranges::find(sources, seen.channel, &Source::name) != sources.end()) return;
    auto statements = EndSource(Outbox(layout), seen.channel);
    // Where a channel is carried otherwise from now on, it goes on where it was.
    for (const auto& channel : ChannelsOn(seen)) {
      const bool goes_on = std::ranges::any_of(context.wanted.outgoing,
                                               [&](const auto& outgoing) { return outgoing.channel.name == channel; });
      if (!goes_on) statements.push_back(Forget(channel));
    }
    steps.push_back({.verb = "close-channel",
                     .target = seen.channel,
                     .database = layout.database,
                     .statements = std::move(statements)});
  };
  for (const auto& seen : local.outgoing) close(seen);
  for (const auto& slot : local.stray_slots) close({.channel = slot.substr(std::string("freehold_").size())});
  return steps;
}

std::vector<std::string> EndOutgoing(const Layout& layout, const std::vector<OutgoingSeen>& seen) {
  Statements statements;
  for (const auto& there : seen) {
    std::ranges::move(EndSource(Outbox(layout), there.channel), std::back_inserter(statements));
    for (const auto& channel : ChannelsOn(there)) statements.push_back(Forget(channel));
  }
  return statements;
}

}  // namespace freehold::engines::postgres
