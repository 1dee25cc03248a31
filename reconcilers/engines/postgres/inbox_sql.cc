#include "reconcilers/engines/postgres/inbox_sql.h"

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {

const char* const kInboxTable = R"sql(CREATE TABLE {table} (
  id uuid NOT NULL,
  source text NOT NULL,
  aggregatetype character varying(255) NOT NULL,
  aggregateid character varying(255) NOT NULL,
  type character varying(255) NOT NULL,
  payload jsonb,
  headers jsonb,
  created_at timestamp with time zone NOT NULL,
  received_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  processed_at timestamp with time zone,
  attempts integer DEFAULT 0 NOT NULL,
  last_error text,
  position bigint NOT NULL,
  PRIMARY KEY (id, source, received_at)) PARTITION BY RANGE (received_at))sql";

// The unique key of a partitioned table holds its time, so what arrived once is known by a table beside it.
const char* const kInboxPieces[8] = {
    "CREATE SEQUENCE IF NOT EXISTS {position}",
    "ALTER TABLE {table} ALTER COLUMN position SET DEFAULT nextval({position_name})",
    "CREATE TABLE IF NOT EXISTS {ids} (id uuid, source text, received_at timestamp with time zone DEFAULT "
    "clock_timestamp() NOT NULL, PRIMARY KEY (id, source))",
    "CREATE TABLE IF NOT EXISTS {feeds} (source text, type text, since timestamp with time zone NOT NULL, "
    "PRIMARY KEY (source, type))",
    "CREATE INDEX IF NOT EXISTS {index} ON {table} (aggregateid, aggregatetype, source, position) WHERE processed_at "
    "IS NULL",
    "CREATE INDEX IF NOT EXISTS {order} ON {table} (position) WHERE processed_at IS NULL",
    "CREATE INDEX IF NOT EXISTS {age} ON {ids} USING brin (received_at)",
    "REVOKE ALL ON {table}, {ids}, {feeds} FROM PUBLIC",
};

const char* const kInboxTake = R"sql(CREATE OR REPLACE FUNCTION {take}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $take$
BEGIN
  INSERT INTO {ids} (id, source) VALUES (NEW.id, TG_ARGV[0]) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    INSERT INTO {table} (id, source, aggregatetype, aggregateid, type, payload, headers, created_at)
    VALUES (NEW.id, TG_ARGV[0], NEW.aggregatetype, NEW.aggregateid, NEW.type, NEW.payload, NEW.headers, NEW.created_at);
    PERFORM pg_notify({channel}, '');
  END IF;
  RETURN NULL;
END
$take$)sql";

const char* const kInboxView = R"sql(CREATE VIEW {view} AS
  SELECT id, source, aggregatetype, aggregateid, type, payload, headers, created_at, received_at, processed_at, attempts,
    last_error, position FROM {table})sql";

std::string FillInbox(const std::string& text, const Layout& layout) {
  const auto table = InboxTable(layout);
  const auto named = [&](const char* what) { return QuoteName(kOperatorSchema, table + what); };
  return Fill(text, {{"table", named("")},
                     {"position", named("_position")},
                     {"position_name", QuoteValue(named("_position"))},
                     {"ids", named("_ids")},
                     {"feeds", named("_feeds")},
                     {"take", named("_take")},
                     {"index", QuoteName(table + "_todo")},
                     {"order", QuoteName(table + "_order")},
                     {"age", QuoteName(table + "_ids_age")},
                     {"channel", QuoteValue(InboxChannel(layout))},
                     {"view", QuoteName(layout.schema, InboxView(layout))}});
}

}  // namespace freehold::engines::postgres
