#include "reconcilers/reporting/feed.h"

#include <algorithm>

#include "operator/base/text.h"
#include "reconcilers/reporting/sendable.h"

namespace freehold::reporting {
namespace {

using api::Reason;

engines::PublishedTable Published(const Sendable& sendable, bool lists_columns) {
  engines::PublishedTable table;
  if (sendable.whole || !lists_columns) return table;
  for (const auto& column : sendable.columns) table.columns.push_back(column.name);
  std::ranges::sort(table.columns);
  return table;
}

bool IsPublished(const std::map<std::string, engines::PublishedTable>& wanted, const engines::SourceSeen& seen) {
  if (!seen.ready || wanted.size() != seen.published.size()) return false;
  return std::ranges::all_of(wanted, [&](const auto& entry) {
    const auto found = seen.published.find(entry.first);
    return found != seen.published.end() && found->second == entry.second.columns;
  });
}

std::string GibOf(std::int64_t bytes) { return std::to_string(bytes >> 30) + " GiB"; }

}  // namespace

std::int64_t HoldBackAtMost(const api::WarehouseLoader& loader) {
  return static_cast<std::int64_t>(loader.hold_back_at_most) << 30;
}

Feed FeedFor(const Source& source, const engines::SourceSeen& seen, const api::WarehouseLoader& loader) {
  Feed feed;
  auto& publish = feed.state.publish.emplace();
  std::vector<std::string> missing;
  for (const auto& reported : source.object->spec.reporting->tables) {
    const auto found = seen.tables.find(reported.name);
    if (found == seen.tables.end()) {
      missing.push_back(reported.name + ": there is no such table");
      feed.changing = true;
      continue;
    }
    const auto sendable = SendableOf(reported, found->second, seen.lists_columns);
    if (!sendable) {
      missing.push_back(sendable.error());
    } else if (!sendable->keyed && !sendable->whole) {
      missing.push_back(reported.name + ": it isn't sent, since " + WithoutKey(found->second));
    } else {
      publish[reported.name] = Published(*sendable, seen.lists_columns);
    }
  }
  const auto tell = [&](Reason reason, std::string message) {
    feed.state.obstacle = reason;
    feed.state.message = std::move(message);
    return feed;
  };
  const auto pending = [&](std::string message) {
    feed.changing = true;
    return tell(Reason::kReportingPending, std::move(message));
  };
  const auto tool = ToString(loader.type);
  const auto most = HoldBackAtMost(loader);
  if (publish.empty()) {
    return tell(Reason::kReportingIncomplete, missing.empty() ? "no tables are listed" : base::Join(missing, "; "));
  }
  const auto reset = "is made again: reset the source in " + tool + ", so that it copies everything anew";
  if (seen.lost) return pending("the replication slot was lost, since nobody read it for too long, and " + reset);
  if (seen.retained > most)
    return pending("the replication slot held back more than " + GibOf(most) + ", and " + reset);
  if (!IsPublished(publish, seen)) return pending("the store's publication is being made");
  if (seen.retained > most / 2) {
    feed.changing = true;
    return tell(Reason::kReportingFailing, "the replication slot holds back more than half of " + GibOf(most) +
                                               ", after which it is made again: let " + tool + " read it");
  }
  if (!missing.empty()) return tell(Reason::kReportingIncomplete, base::Join(missing, "; "));
  feed.state.message = tool + " may read it: freehold report prints its settings";
  return feed;
}

}  // namespace freehold::reporting
