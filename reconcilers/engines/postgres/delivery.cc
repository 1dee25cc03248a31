#include "reconcilers/engines/postgres/delivery.h"

#include "operator/base/json.h"
#include "reconcilers/engines/postgres/channel_sql.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"

namespace freehold::engines::postgres {
namespace {

constexpr int kBatch = 100;
// What a batch holds at most, before its last event: that many bytes of text.
constexpr int kBatchBytes = 4'000'000;
constexpr int kTries = 5;
// The fields of an event that both ends know.
constexpr const char* kFields = "id, aggregatetype, aggregateid, type, payload, headers, created_at";
constexpr const char* kTypedFields =
    "position bigint, id uuid, aggregatetype varchar, aggregateid varchar, type varchar, payload jsonb, headers jsonb, "
    "created_at timestamptz";

// What follows a failed one in its aggregate waits until that one is put aside.
constexpr const char* kTake = R"sql(
WITH failed AS MATERIALIZED (
  SELECT aggregatetype, aggregateid, position FROM {channel} WHERE attempts > 0 AND parked_at IS NULL),
next AS MATERIALIZED (
  SELECT position, {fields} FROM {channel} c WHERE parked_at IS NULL AND position > $1::bigint AND NOT EXISTS (
    SELECT FROM failed f WHERE f.position < c.position
      AND (f.aggregatetype, f.aggregateid) = (c.aggregatetype, c.aggregateid))
  ORDER BY position LIMIT $2::int),
measured AS (
  SELECT *, sum(octet_length(concat(payload, headers))) OVER (ORDER BY position) - octet_length(concat(payload, headers)) AS before
  FROM next)
SELECT json_build_array(count(*), coalesce(max(position), 0), coalesce(json_agg(b ORDER BY position), '[]')::text,
    (SELECT count(*) = $2::int FROM next) OR count(*) < (SELECT count(*) FROM next))::text
  FROM (SELECT position, {fields} FROM measured WHERE before < {bytes}) b)sql";
// A table without its trigger would keep what it is given.
constexpr const char* kIsOpen =
    R"sql(SELECT EXISTS (SELECT FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
  JOIN pg_trigger g ON g.tgrelid = c.oid AND g.tgenabled = 'A' WHERE n.nspname = 'freehold' AND c.relname = {channel_name}))sql";
constexpr const char* kHandOver = R"sql(WITH open AS ({is_open}), brought AS (
  INSERT INTO {channel} ({fields}) SELECT {fields} FROM json_to_recordset($1::json) AS r({typed})
  WHERE (SELECT * FROM open) ORDER BY position)
SELECT * FROM open)sql";
constexpr const char* kForget = R"sql(WITH gone AS (
  DELETE FROM {channel} WHERE position IN (SELECT position FROM json_to_recordset($1::json) AS r(position bigint)))
SELECT 1)sql";
constexpr const char* kNoteFailure = R"sql(WITH noted AS (
  UPDATE {channel} SET attempts = attempts + 1, last_error = $2,
    parked_at = CASE WHEN attempts + 1 >= {tries} THEN now() END WHERE position = $1::bigint)
SELECT 1)sql";

constexpr const char* kLook = R"sql(SELECT json_build_object(
'types', (SELECT to_json(string_to_array(left(encode(g.tgargs, 'escape'), -4), E'\\000'))
  FROM pg_namespace n JOIN pg_proc f ON f.pronamespace = n.oid AND f.proname = $1 || '_send' AND f.pronargs = 0
  JOIN pg_trigger g ON g.tgfoid = f.oid AND g.tgparentid = 0 AND g.tgenabled IN ('O', 'A') WHERE n.nspname = 'freehold'),
'published', EXISTS (SELECT FROM pg_publication p WHERE p.pubname = 'freehold_' || $1)
  AND EXISTS (SELECT FROM pg_replication_slots s WHERE s.slot_name = 'freehold_' || $1),
'lost', EXISTS (SELECT FROM pg_replication_slots s WHERE s.slot_name = 'freehold_' || $1 AND s.wal_status = 'lost'),
'active', EXISTS (SELECT FROM pg_replication_slots s WHERE s.slot_name = 'freehold_' || $1 AND s.active),
'retained', coalesce((SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::bigint FROM pg_replication_slots s
  WHERE s.slot_name = 'freehold_' || $1), 0),
'replay_lag', coalesce((SELECT extract(epoch FROM r.replay_lag) * 1000 FROM pg_replication_slots s
  JOIN pg_stat_replication r ON r.pid = s.active_pid WHERE s.slot_name = 'freehold_' || $1), 0)::bigint,
'resync', (SELECT obj_description(g.oid, 'pg_trigger') FROM pg_namespace n JOIN pg_proc f ON f.pronamespace = n.oid
    AND f.proname = $1 || '_send' AND f.pronargs = 0
  JOIN pg_trigger g ON g.tgfoid = f.oid AND g.tgparentid = 0 WHERE n.nspname = 'freehold'),
'confirmed', coalesce((SELECT pg_wal_lsn_diff(s.confirmed_flush_lsn, '0/0')::bigint FROM pg_replication_slots s
  WHERE s.slot_name = 'freehold_' || $1), 0),
'written', pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint,
'there', to_regclass('freehold.' || quote_ident($1)) IS NOT NULL)::text)sql";
// By XML, since a statement that names a table which isn't there fails.
constexpr const char* kWaits = R"sql(SELECT coalesce((SELECT query_to_xml(
    format('SELECT EXISTS (SELECT FROM freehold.%I WHERE parked_at IS NULL) AS waiting', c.relname), false, true, '')::text
    LIKE '%<waiting>true</waiting>%'
  FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
  WHERE n.nspname = 'freehold' AND c.relname = $1 AND c.relkind = 'r'), false))sql";
constexpr const char* kCount = R"sql(SELECT json_build_array(count(*) FILTER (WHERE parked_at IS NULL),
  extract(epoch FROM now() - min(created_at) FILTER (WHERE parked_at IS NULL))::bigint,
  count(*) FILTER (WHERE parked_at IS NOT NULL),
  (SELECT last_error FROM {channel} WHERE last_error IS NOT NULL ORDER BY position DESC LIMIT 1))::text FROM {channel})sql";

std::string Filled(const char* text, const std::string& channel) {
  const auto named = Fill(text, {{"fields", kFields},
                                 {"typed", kTypedFields},
                                 {"tries", std::to_string(kTries)},
                                 {"bytes", std::to_string(kBatchBytes)},
                                 {"is_open", kIsOpen}});
  return FillChannel(named, channel);
}

struct Batch {
  int count = 0;
  std::int64_t last = 0;  ///< position
  std::string rows;       ///< JSON, as the server wrote it
  bool more = false;      ///< others may wait behind it
};

class Courier {
 public:
  Courier(const std::string& channel, const Ask& publisher, const Ask& consumer)
      : channel_(channel), publisher_(publisher), consumer_(consumer) {}

  Result<Delivered> Run() {
    const auto batch = Take(0, kBatch);
    if (!batch) return std::unexpected(batch.error());
    Delivered delivered{.more = batch->more};
    if (batch->count == 0) return delivered;
    auto brought = Bring(*batch);
    if (brought) {
      delivered.events = batch->count;
      return delivered;
    }
    if (!IsOfTheEvent(brought.error())) return std::unexpected(std::move(brought.error()));
    return OneByOne(batch->last);
  }

 private:
  /// Rather than of the way.
  bool IsOfTheEvent(const base::Failure& failure) const {
    if (failure.kind != base::FailureClass::kTerminal || failure.reason != "StatementFailed") return false;
    const auto open = consumer_({Filled(kIsOpen, channel_), {}});
    return open && *open == "t";
  }

  Result<Batch> Take(std::int64_t after, int most) const {
    const auto answer = publisher_({Filled(kTake, channel_), {std::to_string(after), std::to_string(most)}});
    if (!answer) return std::unexpected(answer.error());
    const auto row = base::ParseJson(*answer);
    if (!row) return std::unexpected(row.error());
    return Batch{row->at(0).get<int>(), row->at(1).get<std::int64_t>(), row->at(2).get<std::string>(),
                 row->at(3).get<bool>()};
  }

  Result<void> Bring(const Batch& batch) const {
    auto taken = consumer_({Filled(kHandOver, channel_), {batch.rows}});
    if (!taken) return std::unexpected(std::move(taken.error()));
    if (*taken != "t") return base::Retryable("ChannelClosed", "channel " + channel_ + " isn't open at its consumer");
    if (auto done = publisher_({Filled(kForget, channel_), {batch.rows}}); !done) {
      return std::unexpected(std::move(done.error()));
    }
    return {};
  }

  Result<Delivered> OneByOne(std::int64_t last) const {
    Delivered delivered;
    for (std::int64_t at = 0; at < last;) {
      const auto one = Take(at, 1);
      if (!one) return std::unexpected(one.error());
      if (one->count == 0) break;
      at = one->last;
      const auto brought = Bring(*one);
      if (brought) {
        ++delivered.events;
        continue;
      }
      if (!IsOfTheEvent(brought.error())) return std::unexpected(brought.error());
      ++delivered.failed;
      const auto noted = publisher_({Filled(kNoteFailure, channel_), {std::to_string(at), brought.error().message}});
      if (!noted) return std::unexpected(noted.error());
    }
    return delivered;
  }

  const std::string& channel_;
  const Ask& publisher_;
  const Ask& consumer_;
};

}  // namespace

Result<ChannelSeen> LookAtChannel(Connection& connection, const std::string& channel) {
  const auto answer = connection.Ask({kLook, {channel}});
  if (!answer) return std::unexpected(answer.error());
  const auto look = base::ParseJson(*answer);
  if (!look) return std::unexpected(look.error());
  ChannelSeen seen;
  if (!look->at("there").get<bool>()) return seen;
  if (!look->at("types").is_null()) seen.types = look->at("types").get<std::vector<std::string>>();
  seen.published = look->at("published").get<bool>();
  seen.lost = look->at("lost").get<bool>();
  seen.active = look->at("active").get<bool>();
  seen.retained = look->at("retained").get<std::int64_t>();
  seen.replay_lag = std::chrono::milliseconds(look->at("replay_lag").get<std::int64_t>());
  if (!look->at("resync").is_null()) seen.resync = look->at("resync").get<std::string>();
  seen.confirmed = look->at("confirmed").get<std::int64_t>();
  seen.written = look->at("written").get<std::int64_t>();
  const auto counted = connection.Ask({Filled(kCount, channel), {}});
  if (!counted) return std::unexpected(counted.error());
  const auto row = base::ParseJson(*counted);
  if (!row) return std::unexpected(row.error());
  seen.waiting = row->at(0).get<std::int64_t>();
  if (!row->at(1).is_null()) seen.age = std::chrono::seconds(row->at(1).get<std::int64_t>());
  seen.parked = row->at(2).get<std::int64_t>();
  if (!row->at(3).is_null()) seen.last_error = row->at(3).get<std::string>();
  return seen;
}

Result<bool> Waits(Connection& connection, const std::string& channel) {
  const auto answer = connection.Ask({kWaits, {channel}});
  if (!answer) return std::unexpected(answer.error());
  return *answer == "t";
}

Result<Delivered> DeliverBatch(const std::string& channel, const Ask& publisher, const Ask& consumer) {
  return Courier(channel, publisher, consumer).Run();
}

}  // namespace freehold::engines::postgres
