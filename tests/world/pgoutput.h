// Rows as PostgreSQL's output plugin streams them to a subscriber.
// https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html (version 1)
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct pg_conn;

namespace freehold::test {

using InsertedRow = std::map<std::string, std::optional<std::string>>;  ///< values as text, by column

/// One reader of one replication slot, which is active as long as this lives. Throws std::runtime_error when the server
/// says no, or ends it.
class SlotReader {
 public:
  SlotReader(const std::string& conninfo, const std::string& slot, const std::string& publication);

  /// All inserted rows up to this position ("16/B374D848"), which is confirmed then.
  std::vector<InsertedRow> ReadTo(const std::string& position);

 private:
  void Take(const std::string& message, std::vector<InsertedRow>& rows);
  void Confirm();

  struct Close {
    void operator()(pg_conn* connection) const;
  };
  std::unique_ptr<pg_conn, Close> connection_;
  std::map<std::int64_t, std::vector<std::string>> relations_;
  std::int64_t at_ = 0;
};

}  // namespace freehold::test
