// A PostgreSQL server of the test's own, which may be stopped, and put back to what it was.
#pragma once

#include <string>
#include <vector>

namespace freehold::test {

/// Runs from construction to destruction, after which nothing is left of it, beside the servers of dev/with-servers. It
/// is what PostgresOf(major) gives meanwhile: of a major that no shared server has. All of it throws std::runtime_error
/// when it fails.
class OwnPostgres {
 public:
  OwnPostgres(int major, std::vector<std::string> settings);
  ~OwnPostgres();
  OwnPostgres(const OwnPostgres&) = delete;
  OwnPostgres& operator=(const OwnPostgres&) = delete;

  /// Returns when it answers.
  void Start();
  /// Ends all sessions. Returns when it is gone.
  void Stop();
  /// Keeps what it holds; Restore() brings it back. REQUIRES: it is stopped.
  void Save();
  void Restore();
  /// From the next start on it is a standby, which takes no changes, until somebody promotes it.
  void Demote();

  /// All that it holds, but for the superuser, into a server of dev/with-servers, by pg_dumpall.
  void MoveTo(int major);

  /// What the server logged so far.
  std::string log() const;
  int port() const;

 private:
  void Run(const std::string& script) const;

  const int major_;
  const std::string directory_;
  std::string settings_;
};

}  // namespace freehold::test
