// One connection to one database. The only place that knows the client library.
#pragma once

#include <atomic>
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
  /// Failures: see ConnectFailure. `traffic` outlives the connection.
  static Result<std::unique_ptr<Connection>> Open(const base::Sensitive& connect_string, Traffic& traffic);
  virtual ~Connection() = default;

  /// Reads: the first column of the only row. A connection lost on the way is Retryable, nothing was changed.
  virtual Result<std::string> Ask(const Query& query) = 0;
  /// Changes: one round trip. Several statements, parted by semicolons, are one transaction. A connection lost on the
  /// way is InDoubt "ReplyLost".
  virtual Result<void> Do(const std::string& statements) = 0;

  /// One row of one column into a table, by COPY: its value is in no statement, and so in no log and no statistics.
  virtual Result<void> Copy(const std::string& table, const std::string& value) = 0;

  /// It failed in a way that leaves it unusable.
  virtual bool broken() const = 0;
  /// The server has not closed it while it lay idle.
  virtual bool alive() const = 0;
  /// 15 for 15.18.
  virtual int major() const = 0;
  /// Costs a round trip.
  virtual Insights insights() = 0;
};

}  // namespace freehold::engines::postgres
