// Kafka and Kafka Connect's workers, played in memory, between real databases: sources read their slots, sinks write
// into inboxes and warehouses, as those of Debezium that were measured do when they begin, go on and fail.
//
//   a source that copies tables reads what is there when it begins without offsets, then its slot from where that
//   begins, so that what happened in between comes twice; after all that there is to read comes a heartbeat;
//   a source whose slot is gone fails while it has offsets; without any it makes a slot itself, and nobody is told;
//   a source whose slot is newer than its offsets fails;
//   a source whose publication is gone says RUNNING and reads nothing;
//   a sink goes on where its offsets are, also after it was removed and made again; without any it begins at the first
//   record of its topics, which outlive all connectors; what can't be written fails it, and so does the end of its
//   connection, once there is something to write.
//
// What it doesn't show: Kafka's transactions, so nothing ever comes twice by the worker's doing; a copy that is cut off
// in its midst; passwords and certificates of connectors: it is a superuser, reads tables and writes as their roles.
// The real ones are in tests/pipeline.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "played_connect.h"
#include "played_records.h"

namespace freehold::test {

/// For one thread.
class PlayedWorkers final : public PlayedConnect {
 public:
  /// `connect_to` tells how a superuser connects to a database, for as long as this lives.
  explicit PlayedWorkers(std::function<std::string(const std::string& database)> connect_to)
      : connect_to_(std::move(connect_to)) {}

  /// What they do in a while: those that begin, begin; sources read all that there is, sinks write all of it.
  void Work();
  /// How often a source made a slot that nobody had made before it.
  int slots_made() const { return slots_made_; }

 private:
  void Begin(const std::string& name) override;
  void Restart(const std::string& name) override { Begin(name); }
  void End(const std::string& name) override;
  void ForgetOffsets(const std::string& name) override;

  void Read(const std::string& name);
  /// Begins where it may, and fails where it may not.
  void Open(const std::string& name, Session&);
  void Write(const std::string& name);
  void Append(std::vector<PlayedRecord>);
  /// The connection that a connector holds while it runs.
  Session& SessionOf(const std::string& name, const std::string& database);
  void Close(const std::string& name);

  const std::function<std::string(const std::string&)> connect_to_;
  std::map<std::string, Session> sessions_;    ///< of connectors that run
  std::map<std::string, SlotReader> readers_;  ///< of sources that run
  std::map<std::string, std::vector<PlayedRecord>> topics_;
  std::map<std::string, std::string> read_to_;                            ///< offsets of sources: LSNs
  std::map<std::string, std::map<std::string, std::size_t>> written_to_;  ///< offsets of sinks by topic
  int slots_made_ = 0;
};

}  // namespace freehold::test
