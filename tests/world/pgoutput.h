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

using StreamedRow = std::map<std::string, std::optional<std::string>>;  ///< values as text, by column

/// What became of one row. Values that an update left alone and that are stored aside come without a value.
struct RowChange {
  std::string table;                ///< "orders.kept"
  bool inserted = false;            ///< it was not there before
  std::optional<StreamedRow> left;  ///< what was there before by another key, or was deleted: its key at least
  std::optional<StreamedRow> row;   ///< as it is now; absent: it was deleted
};

/// One reader of one replication slot, which is active as long as this lives. Throws std::runtime_error when the server
/// says no, or ends it.
class SlotReader {
 public:
  SlotReader(const std::string& conninfo, const std::string& slot, const std::string& publication);

  /// All changes of rows up to this position ("16/B374D848"), which is confirmed then.
  std::vector<RowChange> ReadTo(const std::string& position);

 private:
  struct Relation {
    std::string table;
    std::vector<std::string> columns;
  };
  void Take(const std::string& message, std::vector<RowChange>& changes);
  void Confirm();

  struct Close {
    void operator()(pg_conn* connection) const;
  };
  std::unique_ptr<pg_conn, Close> connection_;
  std::map<std::int64_t, Relation> relations_;
  std::int64_t at_ = 0;
};

}  // namespace freehold::test
