#include "played_records.h"

#include <algorithm>
#include <regex>
#include <sstream>

#include "operator/base/json.h"
#include "operator/base/text.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::test {
namespace {

using connect::Config;
using engines::postgres::QuoteName;
using engines::postgres::QuoteNames;
using engines::postgres::QuoteValue;

constexpr const char* kEventColumns[] = {"payload", "id",      "aggregatetype", "aggregateid",
                                         "type",    "headers", "created_at"};

/// Is it one of a list of expressions?
bool IsIn(const Config& source, const std::string& list, const std::string& name) {
  const auto found = source.find(list);
  if (found == source.end()) return false;
  return std::ranges::any_of(ItemsOf(found->second),
                             [&](const std::string& item) { return std::regex_match(name, std::regex(item)); });
}

std::string Replaced(std::string text, const std::string& hole, const std::string& by) {
  return text.replace(text.find(hole), hole.size(), by);
}

std::string TopicOf(const Config& source, const std::string& table) { return source.at("topic.prefix") + "." + table; }

/// By "orders.kept:id,day;orders.more:id".
std::vector<std::string> KeyOf(const Config& source, const std::string& table) {
  std::istringstream in(source.at("message.key.columns"));
  for (std::string item; std::getline(in, item, ';');) {
    if (item.starts_with(table + ":")) return ItemsOf(item.substr(table.size() + 1));
  }
  throw std::runtime_error("no key of " + table);
}

StreamedRow KeyIn(const StreamedRow& row, const std::vector<std::string>& columns) {
  StreamedRow key;
  for (const auto& column : columns) key[column] = row.at(column);
  return key;
}

PlayedRecord RowRecord(const Config& source, const std::string& table, const StreamedRow& row) {
  return {.topic = TopicOf(source, table), .key = KeyIn(row, KeyOf(source, table)), .value = row};
}

/// The table that a record of this topic is written to.
std::string TargetOf(const Config& sink, std::string topic) {
  for (const auto& name : ItemsOf(sink.at("transforms"))) {
    const auto transform = "transforms." + name + ".";
    const std::regex expression(sink.at(transform + "regex"));
    if (std::regex_match(topic, expression)) {
      topic = std::regex_replace(topic, expression, sink.at(transform + "replacement"));
    }
  }
  return TableIn(Replaced(sink.at("collection.name.format"), "${topic}", topic));
}

std::string Literal(const std::optional<std::string>& value) { return value ? QuoteValue(*value) : "NULL"; }

std::string Insertion(const std::string& table, const StreamedRow& row) {
  std::vector<std::string> columns, values;
  for (const auto& [column, value] : row) {
    columns.push_back(column);
    values.push_back(Literal(value));
  }
  return "INSERT INTO " + table + " (" + QuoteNames(columns) + ") VALUES (" + base::Join(values) + ")";
}

std::string Upsert(const std::string& table, const PlayedRecord& record) {
  auto row = record.key;
  row.insert(record.value->begin(), record.value->end());
  std::vector<std::string> keys, changes;
  for (const auto& [column, value] : row) {
    if (record.key.contains(column)) {
      keys.push_back(column);
    } else {
      changes.push_back(QuoteName(column) + " = EXCLUDED." + QuoteName(column));
    }
  }
  return Insertion(table, row) + " ON CONFLICT (" + QuoteNames(keys) + ") DO " +
         (changes.empty() ? "NOTHING" : "UPDATE SET " + base::Join(changes));
}

std::string Deletion(const std::string& table, const StreamedRow& key) {
  std::vector<std::string> conditions;
  for (const auto& [column, value] : key) conditions.push_back(QuoteName(column) + " = " + Literal(value));
  return "DELETE FROM " + table + " WHERE " + base::Join(conditions, " AND ");
}

}  // namespace

std::vector<std::string> ItemsOf(const std::string& list) {
  std::vector<std::string> items;
  std::istringstream in(list);
  for (std::string item; std::getline(in, item, ',');) items.push_back(item);
  return items;
}

std::string TableIn(const std::string& name) {
  const auto dot = name.find('.');
  return QuoteName(name.substr(0, dot), name.substr(dot + 1));
}

bool Copies(const Config& source) { return source.at("snapshot.mode") == "initial"; }

std::vector<PlayedRecord> WhatIsThere(Session& session, const Config& source) {
  std::vector<PlayedRecord> records;
  session.Query("SET ROLE " + QuoteName(source.at("database.user")));
  for (const auto& table : session.Query("SELECT schemaname || '.' || tablename FROM pg_tables")) {
    if (!IsIn(source, "table.include.list", table)) continue;
    std::vector<std::string> columns;
    for (const auto& column :
         session.Query("SELECT attname FROM pg_attribute WHERE attrelid = " + QuoteValue(TableIn(table)) +
                       "::regclass AND attnum > 0 AND NOT attisdropped")) {
      if (IsIn(source, "column.exclude.list", table + "." + column)) continue;
      columns.push_back(QuoteName(column) + "::text");
    }
    for (const auto& line :
         session.Query("SELECT to_jsonb(t) FROM (SELECT " + base::Join(columns) + " FROM " + TableIn(table) + ") t")) {
      const auto object = base::Json::parse(line);
      StreamedRow row;
      for (const auto& [column, value] : object.items()) {
        row[column] = value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
      }
      records.push_back(RowRecord(source, table, row));
    }
  }
  session.Query("RESET ROLE");
  return records;
}

std::vector<PlayedRecord> RecordsOf(const RowChange& change, const Config& source) {
  if (!Copies(source)) {
    if (!change.inserted) return {};
    StreamedRow event;
    for (const auto* column : kEventColumns) event[column] = change.row->at(column);
    const auto topic = Replaced(source.at("transforms.outbox.route.topic.replacement"), "${routedByValue}",
                                change.row->at("route").value_or(""));
    return {{.topic = topic, .key = {}, .value = std::move(event)}};
  }
  if (!IsIn(source, "table.include.list", change.table)) return {};
  std::vector<PlayedRecord> records;
  if (change.left) {
    records.push_back(
        {.topic = TopicOf(source, change.table), .key = KeyIn(*change.left, KeyOf(source, change.table)), .value = {}});
  }
  if (change.row) records.push_back(RowRecord(source, change.table, *change.row));
  return records;
}

PlayedRecord BeatOf(const Config& source, std::chrono::system_clock::time_point now) {
  const auto& prefix = source.at("topic.prefix");
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return {.topic = "__debezium-heartbeat." + prefix,
          .key = {{"serverName", prefix}},
          .value = StreamedRow{{"ts_ms", std::to_string(since.count())}}};
}

std::string WritingOf(const PlayedRecord& record, const Config& sink) {
  if (sink.at("insert.mode") == "insert") return Insertion(TableIn(sink.at("collection.name.format")), *record.value);
  const auto table = TargetOf(sink, record.topic);
  return record.value ? Upsert(table, record) : Deletion(table, record.key);
}

}  // namespace freehold::test
