// One connection to one database. The only place that knows the client library.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "operator/base/failure.h"
#include "operator/base/sensitive.h"

namespace freehold::engines::postgres {

using base::Result;

/// What went over the wire, for metrics and benchmarks.
struct Traffic {
  std::atomic<long> connections = 0;
  std::atomic<long> round_trips = 0;
};

/// A statement with parameters: $1 and so on.
struct Query {
  std::string text;
  std::vector<std::string> parameters;
};

/// What the user may read that others may not.
struct Insights {
  bool verifiers = false;    ///< pg_authid, where the verifiers are
  bool access_file = false;  ///< pg_hba.conf, by pg_hba_file_rules
  bool conninfos = false;    ///< by what subscriptions are connected
};

/// Used by one thread at a time. Never reconnects by itself.
class Connection {
 public:
  /// A little more than the statement_timeout that the server itself keeps, see ConnectString.
  static constexpr std::chrono::seconds kReplyWithin{75};
  /// Failures: see ConnectFailure. `traffic` outlives the connection, which is given up when a reply takes longer than
  /// `reply_within`.
  static Result<std::unique_ptr<Connection>> Open(const base::Sensitive& connect_string, Traffic& traffic,
                                                  std::chrono::milliseconds reply_within = kReplyWithin);
  virtual ~Connection() = default;

  /// Reads: the first column of the only row. A connection lost on the way is Retryable, nothing was changed.
  virtual Result<std::string> Ask(const Query& query) = 0;
  /// Reads: the same of each question, all by one snapshot in one round trip. None of them ends in a semicolon.
  virtual Result<std::vector<std::string>> AskAll(const std::vector<std::string>& questions) = 0;
  /// Changes: one round trip. Several statements, parted by semicolons, are one transaction. A connection lost on the
  /// way is InDoubt "ReplyLost".
  virtual Result<void> Do(const std::string& statements) = 0;
  /// The same for a text that must be a single statement: the server refuses more. With `reads_rows` what it says in a
  /// failure is told only where it can't quote them, see RowlessFailure.
  virtual Result<void> DoOne(const std::string& statement, bool reads_rows) = 0;
  /// Ends what another thread waits for, and the connection: nothing can be asked by it any more.
  virtual void Cancel() = 0;

  /// One row of one column into a table, by COPY: its value is in no statement, and so in no log and no statistics.
  virtual Result<void> Copy(const std::string& table, const std::string& value) = 0;

  /// It failed in a way that leaves it unusable.
  virtual bool broken() const = 0;
  /// The server has not closed it while it lay idle.
  virtual bool alive() const = 0;
  /// The server's process id of the session.
  virtual int pid() const = 0;
  /// 15 for 15.18.
  virtual int major() const = 0;
  /// Costs a round trip.
  virtual Insights insights() = 0;
};

}  // namespace freehold::engines::postgres
