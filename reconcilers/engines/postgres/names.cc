#include "reconcilers/engines/postgres/names.h"

#include "reconcilers/engines/postgres/digest.h"

namespace freehold::engines::postgres {
namespace {

constexpr std::size_t kLongest = 63;
// Leaves room for what partitions and indexes append.
constexpr std::size_t kLongestTable = 46;

/// Names that PostgreSQL would cut are told apart by a digest.
std::string Fitted(const std::string& name, std::size_t longest = kLongest) {
  if (name.size() <= longest) return name;
  return name.substr(0, longest - 17) + "_" + HexDigest(name).substr(0, 16);
}

/// "orders_db" of "orders_db_owner".
std::string StoreName(const Layout& layout) { return layout.owner.substr(0, layout.owner.rfind('_')); }

}  // namespace

bool HasOwnDatabase(const Layout& layout) {
  return layout.isolation == api::Isolation::kDatabase || layout.isolation == api::Isolation::kInstance;
}

std::vector<std::string> RolesOf(const Layout& layout) { return {layout.owner, layout.logins[0], layout.logins[1]}; }

std::string OutboxTable(const Layout& layout) {
  if (layout.isolation != api::Isolation::kTables) return "outbox";
  return Fitted(StoreName(layout) + "_outbox", kLongestTable);
}

std::string InboxView(const Layout& layout) {
  return layout.isolation == api::Isolation::kTables ? InboxTable(layout) : "inbox";
}

std::string InboxTable(const Layout& layout) { return Fitted(StoreName(layout) + "_inbox", kLongestTable); }

// No name of a store or a table has a '/' or an '@' in it.
std::string ProjectionPrefix(const Layout& layout) { return Fitted(StoreName(layout), 30) + "/"; }

std::string ProjectionPrefixEnd(const Layout& layout) {
  auto end = ProjectionPrefix(layout);
  ++end.back();
  return end;
}

std::string ProjectionTable(const Layout& layout, const std::string& table, const std::string& digest) {
  const auto prefix = ProjectionPrefix(layout);
  return prefix + Fitted(table, kLongest - prefix.size() - 1 - digest.size()) + "@" + digest;
}

std::string FailuresTable(const Layout& layout) { return InboxTable(layout) + "_failed"; }

std::string InboxChannel(const Layout& layout) {
  return layout.isolation == api::Isolation::kTables ? InboxTable(layout) : Fitted(layout.schema + "_inbox");
}

std::string OutgoingMark(const Layout& layout) { return "freehold: from " + layout.schema + "." + OutboxTable(layout); }

std::string ReportName(const std::string& feed, Sent sent) {
  const auto name = "freehold_" + feed;
  switch (sent) {
    case Sent::kEverything:
      return name;
    case Sent::kNoTruncate:
      return name + "_k";
    case Sent::kInserts:
      return name + "_i";
  }
  return name;
}

Feed FeedOfSlot(const std::string& slot) { return slot.starts_with("freehold__") ? Feed::kReports : Feed::kEvents; }

std::string ServicesRole(const std::string& shared_database) { return Fitted("freehold_services_" + shared_database); }

std::string TablesRole(const std::string& shared_database) { return Fitted("freehold_tables_" + shared_database); }

}  // namespace freehold::engines::postgres
