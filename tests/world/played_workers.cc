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

bool Runs(const connect::ConnectorSeen& connector) {
  return connector.state == "RUNNING" && !connector.tasks.empty() && connector.tasks.front().state == "RUNNING";
}

}  // namespace

void PlayedWorkers::Begin(const std::string& name) {
  Close(name);
  connectors[name].state = "RUNNING";
  connectors[name].tasks = {{"UNASSIGNED", ""}};
}

void PlayedWorkers::End(const std::string& name) {
  Close(name);
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
  if (Copies(config) && !knows) Append(WhatIsThere(session, config));
  readers_.try_emplace(name, connect_to_(config.at("database.dbname")), config.at("slot.name"),
                       config.at("publication.name"));
}

void PlayedWorkers::Read(const std::string& name) {
  const auto& config = connectors.at(name).config;
  try {
    auto& session = SessionOf(name, config.at("database.dbname"));
    const auto publication = QuoteValue(config.at("publication.name"));
    if (session.Query("SELECT 1 FROM pg_publication WHERE pubname = " + publication).empty()) return;
    if (!readers_.contains(name)) Open(name, session);
    // A heartbeat. What is decoded is on disk, and servers of tests don't wait for it by themselves.
    session.Query("SET synchronous_commit = on; SELECT pg_logical_emit_message(true, 'freehold', '')");
    const auto position = session.Query("SELECT pg_current_wal_flush_lsn()").front();
    for (const auto& change : readers_.at(name).ReadTo(position)) Append(RecordsOf(change, config));
    if (Copies(config)) Append({BeatOf(config, std::chrono::system_clock::now())});
    read_to_[name] = position;
  } catch (const std::exception& error) {
    Close(name);
    Fail(name, "Caused by: io.debezium.DebeziumException: " + std::string(error.what()));
  }
}

void PlayedWorkers::Write(const std::string& name) {
  const auto& config = connectors.at(name).config;
  try {
    for (const auto& topic : ItemsOf(config.at("topics"))) {
      const auto& records = topics_[topic];
      for (auto& next = written_to_[name][topic]; next < records.size(); ++next) {
        SessionOf(name, DatabaseIn(config.at("connection.url"))).Query(WritingOf(records[next], config));
      }
    }
  } catch (const std::exception& error) {
    Close(name);
    Fail(name, "Caused by: org.apache.kafka.connect.errors.ConnectException: " + std::string(error.what()));
  }
}

void PlayedWorkers::Append(std::vector<PlayedRecord> records) {
  for (auto& record : records) topics_[record.topic].push_back(std::move(record));
}

Session& PlayedWorkers::SessionOf(const std::string& name, const std::string& database) {
  const auto found = sessions_.find(name);
  if (found != sessions_.end()) return found->second;
  auto& session = sessions_.try_emplace(name, connect_to_(database)).first->second;
  const auto& config = connectors.at(name).config;
  if (const auto role = config.find("connection.username"); role != config.end()) {
    session.Query("SET ROLE " + QuoteName(role->second));
  }
  return session;
}

void PlayedWorkers::Close(const std::string& name) {
  readers_.erase(name);
  sessions_.erase(name);
}

}  // namespace freehold::test
