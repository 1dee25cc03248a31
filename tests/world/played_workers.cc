#include "played_workers.h"

#include <stdexcept>

#include "reconcilers/engines/postgres/quote.h"

namespace freehold::test {
namespace {

using engines::postgres::QuoteName;
using engines::postgres::QuoteValue;

bool IsSource(const connect::ConnectorSeen& connector) { return connector.config.contains("slot.name"); }

/// "…://host:port/DATABASE?…"
std::string DatabaseIn(const std::string& url) {
  const auto begin = url.rfind('/', url.find('?')) + 1;
  return url.substr(begin, url.find('?') - begin);
}

/// "freehold.orders" as a name of SQL.
std::string TableIn(const std::string& name) {
  const auto dot = name.find('.');
  return QuoteName(name.substr(0, dot)) + "." + QuoteName(name.substr(dot + 1));
}

std::string TopicOf(const connect::ConnectorSeen& source, const std::string& route) {
  auto topic = source.config.at("transforms.outbox.route.topic.replacement");
  const std::string hole = "${routedByValue}";
  return topic.replace(topic.find(hole), hole.size(), route);
}

bool Runs(const connect::ConnectorSeen& connector) {
  return connector.state == "RUNNING" && !connector.tasks.empty() && connector.tasks.front().state == "RUNNING";
}

}  // namespace

void PlayedWorkers::Begin(const std::string& name) {
  readers_.erase(name);
  connectors[name].state = "RUNNING";
  connectors[name].tasks = {{"UNASSIGNED", ""}};
}

void PlayedWorkers::End(const std::string& name) {
  readers_.erase(name);
  PlayedConnect::End(name);
}

void PlayedWorkers::ForgetOffsets(const std::string& name) {
  read_to_.erase(name);
  written_to_.erase(name);
}

void PlayedWorkers::Work() {
  for (auto& [name, connector] : connectors) {
    if (!connector.tasks.empty() && connector.tasks.front().state == "UNASSIGNED") Run(name);
  }
  for (const auto& [name, connector] : connectors) {
    if (IsSource(connector) && Runs(connector)) Read(name);
  }
  for (const auto& [name, connector] : connectors) {
    if (!IsSource(connector) && Runs(connector)) Write(name);
  }
}

void PlayedWorkers::Open(const std::string& name, Session& session) {
  const auto& config = connectors.at(name).config;
  const auto slot = QuoteValue(config.at("slot.name"));
  const auto offset = read_to_.find(name);
  const bool knows = offset != read_to_.end();
  const auto newer =
      session.Query("SELECT " + (knows ? "confirmed_flush_lsn > " + QuoteValue(offset->second) : "false") +
                    " FROM pg_replication_slots WHERE slot_name = " + slot);
  const bool there = !newer.empty();
  if (!there && knows) throw std::runtime_error("the replication slot is missing");
  if (there && newer.front() == "t") throw std::runtime_error("the offset is older than the replication slot");
  if (!there) {
    ++slots_made_;
    session.Query("SELECT pg_create_logical_replication_slot(" + slot + ", 'pgoutput')");
  }
  readers_.try_emplace(name, connect_to_(config.at("database.dbname")), config.at("slot.name"),
                       config.at("publication.name"));
}

void PlayedWorkers::Read(const std::string& name) {
  const auto& source = connectors.at(name);
  try {
    Session session(connect_to_(source.config.at("database.dbname")));
    const auto publication = QuoteValue(source.config.at("publication.name"));
    if (session.Query("SELECT 1 FROM pg_publication WHERE pubname = " + publication).empty()) return;
    if (!readers_.contains(name)) Open(name, session);
    // A heartbeat. What is decoded is on disk, and servers of tests don't wait for it by themselves.
    session.Query("SET synchronous_commit = on; SELECT pg_logical_emit_message(true, 'freehold', '')");
    const auto position = session.Query("SELECT pg_current_wal_flush_lsn()").front();
    for (auto& row : readers_.at(name).ReadTo(position)) {
      const auto route = row.extract("route");
      topics_[TopicOf(source, route.mapped().value_or(""))].push_back(std::move(row));
    }
    read_to_[name] = position;
  } catch (const std::exception& error) {
    readers_.erase(name);
    Fail(name, "Caused by: io.debezium.DebeziumException: " + std::string(error.what()));
  }
}

void PlayedWorkers::Write(const std::string& name) {
  const auto& sink = connectors.at(name);
  const auto& records = topics_[sink.config.at("topics")];
  auto& next = written_to_[name];
  if (next == records.size()) return;
  try {
    Session session(connect_to_(DatabaseIn(sink.config.at("connection.url"))));
    session.Query("SET ROLE " + QuoteName(sink.config.at("connection.username")));
    for (; next < records.size(); ++next) {
      std::string columns, values;
      for (const auto* column : {"payload", "id", "aggregatetype", "aggregateid", "type", "headers", "created_at"}) {
        const auto& value = records[next].at(column);
        columns += (columns.empty() ? "" : ", ") + std::string(column);
        values += (values.empty() ? "" : ", ") + (value ? QuoteValue(*value) : "NULL");
      }
      session.Query("INSERT INTO " + TableIn(sink.config.at("collection.name.format")) + " (" + columns + ") VALUES (" +
                    values + ")");
    }
  } catch (const std::exception& error) {
    Fail(name, "Caused by: org.apache.kafka.connect.errors.ConnectException: " + std::string(error.what()));
  }
}

}  // namespace freehold::test
