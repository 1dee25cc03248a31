#include "reconcilers/engines/postgres/projection_sql.h"

#include <set>

#include "reconcilers/api/event_path.h"
#include "reconcilers/engines/postgres/digest.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/inbox_sql.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/operator_schema.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

// Longer values would not fit into a page of the key's index.
constexpr const char* kLongestKey = "2000";

constexpr const char* kFailures = R"sql(CREATE TABLE IF NOT EXISTS {failed} (
  copy text, id uuid, source text, type text NOT NULL, received_at timestamp with time zone NOT NULL,
  failed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL, held boolean NOT NULL, again boolean NOT NULL,
  error text NOT NULL, PRIMARY KEY (copy, id, source)))sql";

// Values first: an exception block without writes costs no transaction id, so a fill costs none.
constexpr const char* kApply = R"sql(
DECLARE
  {variables}
  at_column text := '';
  dead boolean;
  problem text;
  code text;
BEGIN
  BEGIN
    {events}
    ELSE
      RETURN NULL;
    END IF;
    at_column := {key_value};
    IF {key_variable} IS NULL THEN
      RAISE EXCEPTION USING ERRCODE = '23502', MESSAGE = 'the event has no ' || at_column;
    END IF;
    IF octet_length({key_variable}::text) > {longest_key} THEN
      RAISE EXCEPTION USING ERRCODE = '54000', MESSAGE = 'the value of ' || at_column || ' is too long for a key';
    END IF;
  EXCEPTION WHEN OTHERS THEN
    problem := SQLERRM;
    code := SQLSTATE;
  END;
  IF problem IS NULL AND filling THEN
    {upsert};
  ELSIF problem IS NULL THEN
    BEGIN
      {upsert};
    EXCEPTION WHEN OTHERS THEN
      problem := SQLERRM;
      code := SQLSTATE;
      at_column := '';
    END;
  END IF;
  IF problem IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO {failed} (copy, id, source, type, received_at, held, again, error)
  VALUES ({name_value}, event_id, event_source, event_type, event_received, {settles}, code IN ('40001', '40P01', '55P03'),
    CASE WHEN code IN ('40001', '40P01', '55P03') THEN 'another transaction was in the way'
      WHEN code = '23502' THEN 'the key ' || at_column || ' is missing'
      WHEN code = '54000' THEN 'the key ' || at_column || ' is too long'
      WHEN at_column <> '' THEN 'the value for ' || at_column || ' does not fit its type'
      ELSE 'it could not be written' END || ' (SQLSTATE ' || code || ')')
  ON CONFLICT (copy, id, source) DO UPDATE SET failed_at = EXCLUDED.failed_at, again = EXCLUDED.again, error = EXCLUDED.error;
  RETURN problem;
END
)sql";

constexpr const char* kUpsert =
    R"sql(INSERT INTO {copy} AS c ({names}, _event_id, _event_at, _received_at, _position, _deleted)
      VALUES ({values}, event_id, event_created, event_received, event_position, dead)
      ON CONFLICT ({key}) DO UPDATE SET {sets}, _event_id = EXCLUDED._event_id, _event_at = EXCLUDED._event_at,
        _received_at = EXCLUDED._received_at, _position = EXCLUDED._position, _deleted = EXCLUDED._deleted
      WHERE c._position <= EXCLUDED._position)sql";

constexpr const char* kTake = R"sql(
DECLARE
  problem text;
BEGIN
  problem := {call};
  IF {settles} AND problem IS NOT NULL THEN
    NEW.processed_at := NULL;
    NEW.attempts := NEW.attempts + 1;
    NEW.last_error := problem;
  ELSIF {settles} AND NEW.processed_at IS NULL AND NEW.last_error IS NULL THEN
    NEW.processed_at := clock_timestamp();
  END IF;
  RETURN NEW;
END
)sql";

constexpr const char* kArguments =
    "event_id uuid, event_source text, event_type text, event_aggregate text, event_payload jsonb, event_created "
    "timestamp with time zone, event_received timestamp with time zone, event_position bigint, filling boolean";
constexpr const char* kArgumentTypes =
    "uuid, text, text, text, jsonb, timestamp with time zone, timestamp with time zone, bigint, boolean";

// The sessions of publishers differ in how they read times and dates; a copy must not.
constexpr const char* kApplySettings =
    "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = "
    "'ISO, "
    "MDY'";
constexpr const char* kTakeSettings = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp";

/// $.a[0]."b c" with every member quoted, so that no word of the language is taken for one.
std::string AsJsonPath(const std::string& path) {
  std::string quoted = "$";
  for (const auto& step : api::StepsOf(path)) {
    const auto* member = std::get_if<std::string>(&step);
    quoted += member ? ".\"" + *member + "\"" : "[" + std::to_string(std::get<int>(step)) + "]";
  }
  return quoted;
}

std::string Variable(std::size_t column) { return "value_" + std::to_string(column); }

std::string Joined(const Statements& parts, const std::string& between) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

std::string Matches(const ProjectedEvent& event, const char* source, const char* type) {
  return std::string(source) + " = " + QuoteValue(event.source) + " AND " + type + " = " + QuoteValue(event.type);
}

}  // namespace

ProjectionSql::ProjectionSql(const Layout& layout, const ProjectionWanted& wanted) : layout_(layout), wanted_(wanted) {
  for (std::size_t at = 0; at < wanted_.columns.size(); ++at) {
    auto& text = definitions_.emplace_back(wanted_.columns[at].type);
    for (const auto& event : wanted_.events) {
      if (event.deletes && at != wanted_.key) continue;
      text += "\n" + event.source + " " + event.type + " " + event.paths[at];
    }
  }
  // What is kept how, before it has a name.
  std::string all = std::string(kUpsert) + kApply + kApplySettings;
  for (std::size_t at = 0; at < wanted_.columns.size(); ++at) all += wanted_.columns[at].name + definitions_[at] + ";";
  all += std::to_string(wanted_.key);
  for (const auto& event : wanted_.events) all += event.type + (event.deletes ? "-" : "+") + (event.settles ? "!" : "");
  name_ = ProjectionTable(layout_, wanted_.table, HexDigest(all).substr(0, 8));
  table_ = QuoteName(kOperatorSchema, name_);
  apply_body_ = ApplyBody();
  take_body_ = TakeBody();
  apply_digest_ = HexDigest(apply_body_);
  take_digest_ = HexDigest(take_body_);
}

std::string ProjectionSql::Filled(const std::string& text) const {
  return FillInbox(Fill(text, {{"copy", table_},
                               {"name", QuoteName(name_)},
                               {"name_value", QuoteValue(name_)},
                               {"failed", QuoteName(kOperatorSchema, FailuresTable(layout_))}}),
                   layout_);
}

std::string ProjectionSql::Extract(const ProjectedEvent& event, std::size_t column) const {
  const auto& path = event.paths[column];
  const auto& type = wanted_.columns[column].type;
  const bool json = type == "jsonb";
  const auto of_event = [&](const std::string& field) {
    return json ? "to_jsonb(" + field + ")" : "(" + field + "::text)::" + type;
  };
  if (path == "aggregateid") return of_event("event_aggregate");
  if (path == "source") return of_event("event_source");
  if (path == "created_at") return of_event("event_created");
  const auto found = "jsonb_path_query_first(event_payload, " + QuoteValue(AsJsonPath(path)) + "::jsonpath)";
  return json ? "nullif(" + found + ", 'null'::jsonb)" : "(" + found + " #>> '{}')::" + type;
}

std::string ProjectionSql::ApplyBody() const {
  Statements variables, names, values, sets;
  for (std::size_t at = 0; at < wanted_.columns.size(); ++at) {
    const auto& column = wanted_.columns[at];
    variables.push_back(Variable(at) + " " + column.type + ";");
    names.push_back(QuoteName(column.name));
    values.push_back(Variable(at));
    if (at != wanted_.key) sets.push_back(QuoteName(column.name) + " = EXCLUDED." + QuoteName(column.name));
  }
  const auto& key = wanted_.columns[wanted_.key].name;
  if (sets.empty()) sets.push_back(QuoteName(key) + " = EXCLUDED." + QuoteName(key));
  std::string events;
  for (const auto& event : wanted_.events) {
    events += std::string(events.empty() ? "IF " : "\n    ELSIF ") + Matches(event, "event_source", "event_type") +
              " THEN\n      dead := " + (event.deletes ? "true;" : "false;");
    for (std::size_t at = 0; at < wanted_.columns.size(); ++at) {
      if (event.deletes && at != wanted_.key) continue;
      events += "\n      at_column := " + QuoteValue(wanted_.columns[at].name) + ";\n      " + Variable(at) +
                " := " + Extract(event, at) + ";";
    }
  }
  Statements settled;
  for (const auto& event : wanted_.events) {
    if (event.settles) settled.push_back("(" + Matches(event, "event_source", "event_type") + ")");
  }
  const auto upsert = Fill(Filled(kUpsert), {{"names", Joined(names, ", ")},
                                             {"values", Joined(values, ", ")},
                                             {"key", QuoteName(key)},
                                             {"sets", Joined(sets, ", ")}});
  return Fill(Filled(kApply), {{"variables", Joined(variables, "\n  ")},
                               {"events", events},
                               {"key_value", QuoteValue(key)},
                               {"key_variable", Variable(wanted_.key)},
                               {"longest_key", kLongestKey},
                               {"settles", settled.empty() ? "false" : Joined(settled, " OR ")},
                               {"upsert", upsert}});
}

std::string ProjectionSql::Calls(const std::string& row, bool filling) const {
  const auto of = [&](const char* column) { return row + "." + column; };
  return table_ + "(" + of("id") + ", " + of("source") + ", " + of("type") + ", " + of("aggregateid") + ", " +
         of("payload") + ", " + of("created_at") + ", " + of("received_at") + ", " + of("position") + ", " +
         (filling ? "true" : "false") + ")";
}

std::string ProjectionSql::TakeBody() const {
  Statements settled;
  for (const auto& event : wanted_.events) {
    if (event.settles) settled.push_back("(" + Matches(event, "NEW.source", "NEW.type") + ")");
  }
  return Fill(kTake, {{"call", Calls("NEW", false)},
                      {"settles", settled.empty() ? "false" : "(" + Joined(settled, " OR ") + ")"}});
}

std::string ProjectionSql::CreateTable() const {
  std::string columns;
  for (const auto& column : wanted_.columns) columns += QuoteName(column.name) + " " + column.type + ", ";
  return Filled("CREATE TABLE IF NOT EXISTS {copy} (") + columns +
         "_event_id uuid NOT NULL, _event_at timestamp with time zone NOT NULL, _received_at timestamp with time zone "
         "NOT NULL, _position bigint NOT NULL, _deleted boolean NOT NULL, PRIMARY KEY (" +
         QuoteName(wanted_.columns[wanted_.key].name) + "))";
}

Statements ProjectionSql::Make() const {
  Statements types;
  for (const auto& event : wanted_.events) types.push_back(event.type);
  Statements statements = {kBePolite};
  for (auto& statement : MakeFailures(layout_)) statements.push_back(std::move(statement));
  statements.push_back(CreateTable());
  statements.push_back(Filled("REVOKE ALL ON {copy} FROM PUBLIC"));
  statements.push_back(Filled("COMMENT ON TABLE {copy} IS ") + QuoteValue(ProjectionComment(wanted_.table, false)));
  for (std::size_t at = 0; at < wanted_.columns.size(); ++at) {
    statements.push_back(Filled("COMMENT ON COLUMN {copy}.") + QuoteName(wanted_.columns[at].name) + " IS " +
                         QuoteValue(definitions_[at]));
  }
  statements.push_back(Filled("DROP TRIGGER IF EXISTS {name} ON ") + FillInbox("{table}", layout_));
  statements.push_back(Filled("DROP FUNCTION IF EXISTS {copy}() CASCADE"));
  statements.push_back(Filled("DROP FUNCTION IF EXISTS {copy}(") + kArgumentTypes + ") CASCADE");
  statements.push_back(Filled("CREATE FUNCTION {copy}(") + kArguments + ") RETURNS text " + kApplySettings +
                       " AS $apply$" + apply_body_ + "$apply$");
  statements.push_back(Filled("CREATE FUNCTION {copy}() RETURNS trigger ") + kTakeSettings + " AS $take$" + take_body_ +
                       "$take$");
  statements.push_back(Filled("REVOKE ALL ON FUNCTION {copy}(") + kArgumentTypes + Filled("), {copy}() FROM PUBLIC"));
  statements.push_back(Filled("CREATE TRIGGER {name} BEFORE INSERT ON ") + FillInbox("{table}", layout_) +
                       " FOR EACH ROW WHEN (NEW.type IN (" + QuoteValues(types) +
                       Filled(")) EXECUTE FUNCTION {copy}()"));
  statements.push_back(FillInbox("ALTER TABLE {table} ENABLE ALWAYS TRIGGER ", layout_) + QuoteName(name_));
  return statements;
}

std::string ProjectionSql::FillFrom(const std::string& partition) const {
  Statements which;
  for (const auto& event : wanted_.events) which.push_back("(" + Matches(event, "source", "type") + ")");
  return "SELECT count(" + Calls("e", true) + ") FROM (SELECT * FROM " + partition + " WHERE " + Joined(which, " OR ") +
         " ORDER BY position) e";
}

std::string ProjectionSql::CarryOver(const std::string& from, const Statements& columns) const {
  const auto names = QuoteNames(columns) + ", _event_id, _event_at, _received_at, _position, _deleted";
  return Filled("INSERT INTO {copy} (") + names + ") SELECT " + names + " FROM " + QuoteName(kOperatorSchema, from) +
         " ON CONFLICT DO NOTHING";
}

std::string ProjectionSql::ApplyAgain() const {
  return Filled(
             "WITH due AS (DELETE FROM {failed} WHERE copy = {name_value} AND again RETURNING id, source) SELECT "
             "count(") +
         Calls("e", false) + FillInbox(") FROM {table} e JOIN due USING (id, source)", layout_);
}

Statements ProjectionSql::Settle() const {
  Statements which;
  for (const auto& event : wanted_.events) {
    if (event.settles) which.push_back("(" + Matches(event, "i.source", "i.type") + ")");
  }
  if (which.empty()) return {};
  return {
      Filled("UPDATE {table} i SET processed_at = clock_timestamp(), last_error = NULL WHERE processed_at IS NULL "
             "AND NOT EXISTS (SELECT FROM {failed} f WHERE f.copy = {name_value} AND f.id = i.id AND f.source = "
             "i.source) AND (") +
          Joined(which, " OR ") + ")",
      // What somebody let go has an error, and stays let go.
      Filled("UPDATE {table} i SET processed_at = NULL, attempts = attempts + 1, last_error = f.error FROM {failed} f "
             "WHERE f.copy = {name_value} AND f.held AND f.id = i.id AND f.source = i.source AND f.received_at = "
             "i.received_at AND i.processed_at IS NOT NULL AND i.last_error IS NULL")};
}

std::string ProjectionSql::NoteFilled() const {
  return Filled("COMMENT ON TABLE {copy} IS ") + QuoteValue(ProjectionComment(wanted_.table, true));
}

Statements ProjectionSql::Show(const std::string& owner) const {
  std::string names;
  for (const auto& column : wanted_.columns) names += QuoteName(column.name) + ", ";
  const auto view = QuoteName(layout_.schema, wanted_.table);
  return {"CREATE VIEW " + view + " AS SELECT " + names + "_event_id, _event_at" +
              Filled(" FROM {copy} WHERE NOT _deleted"),
          "REVOKE ALL ON " + view + " FROM PUBLIC", "GRANT SELECT ON " + view + " TO " + owner,
          "DO $note$ BEGIN EXECUTE format('COMMENT ON VIEW %s IS %L', " + QuoteValue(view) +
              ", 'freehold: ' || encode(sha256(convert_to(pg_get_viewdef(" + QuoteValue(view) +
              "::regclass), 'UTF8')), 'hex')); END $note$"};
}

std::string ProjectionComment(const std::string& table, bool filled) {
  return std::string("freehold: ") + (filled ? "copy " : "filling ") + table;
}

ProjectionNote ParseProjectionComment(const std::string& comment) {
  for (const bool filled : {true, false}) {
    const auto prefix = ProjectionComment("", filled);
    if (comment.starts_with(prefix)) return {comment.substr(prefix.size()), filled};
  }
  return {};
}

Statements MakeFailures(const Layout& layout) {
  const auto failed = QuoteName(kOperatorSchema, FailuresTable(layout));
  return {Fill(kFailures, {{"failed", failed}}), "REVOKE ALL ON " + failed + " FROM PUBLIC"};
}

Statements DropProjection(const Layout& layout, const std::string& name) {
  const auto copy = QuoteName(kOperatorSchema, name);
  return {"DROP FUNCTION IF EXISTS " + copy + "() CASCADE",
          "DROP FUNCTION IF EXISTS " + copy + "(" + kArgumentTypes + ") CASCADE", "DROP TABLE IF EXISTS " + copy,
          "DELETE FROM " + QuoteName(kOperatorSchema, FailuresTable(layout)) + " WHERE copy = " + QuoteValue(name)};
}

}  // namespace freehold::engines::postgres
