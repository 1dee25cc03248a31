#include "reconcilers/engines/postgres/snapshot.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "operator/base/json_view.h"
#include "reconcilers/engines/postgres/acl.h"
#include "reconcilers/engines/postgres/projection_visit.h"
#include "reconcilers/engines/postgres/utf8.h"

namespace freehold::engines::postgres {
namespace {

using base::JsonView;

/// A json_agg of nothing is null.
template <class Row, class Parse>
std::vector<Row> Rows(JsonView array, Parse parse) {
  std::vector<Row> rows;
  if (array.is_null()) return rows;
  rows.reserve(array.size());
  for (const auto item : array) rows.push_back(parse(item));
  return rows;
}

std::string Text(JsonView value) { return value.get<std::string>(); }

std::string TextOr(JsonView value) { return value.is_null() ? std::string() : Text(value); }

std::vector<std::string> Texts(JsonView array) { return Rows<std::string>(array, Text); }

template <class Value>
std::map<std::string, Value> Map(JsonView object) {
  if (object.is_null()) return {};
  return object.get<std::map<std::string, Value>>();
}

Grant ToGrant(JsonView row) { return {Text(row[0]), Text(row[1]), Text(row[2]), row.size() > 3 && row[3].get<bool>()}; }

Role ToRole(JsonView row) {
  Role role{.name = Text(row[0]),
            .superuser = row[1],
            .create_database = row[2],
            .create_role = row[3],
            .replication = row[4],
            .bypass_rls = row[5],
            .can_login = row[6],
            .inherits = row[7],
            .connections = row[8],
            .comment = Text(row[9]),
            .digest = Text(row[10]),
            .verifier = {}};
  if (!row[11].is_null()) role.verifier = Text(row[11]);
  return role;
}

Membership ToMembership(JsonView row) {
  return {Text(row[0]), Text(row[1]), Text(row[2]), row[3], row[4], row[5], row[6], row[7]};
}

Setting ToSetting(JsonView row) { return {Text(row[0]), Text(row[1]), Texts(row[2])}; }

Database ToDatabase(JsonView row) {
  Database database{Text(row[0]), Text(row[1]), row[2], row[3], row[4], Text(row[5]), row[6], row[7], {}};
  for (const auto item : row[8]) std::ranges::move(ParseAcl(Text(item)), std::back_inserter(database.grants));
  return database;
}

Holding ToHolding(JsonView row) { return {Text(row[0]), Text(row[1]), Text(row[2]), Texts(row[3])}; }

Reacher ToReacher(JsonView row) { return {Text(row[0]), Text(row[1]), Text(row[2]), Text(row[3])}; }

ParameterGrant ToParameterGrant(JsonView row) { return {Text(row[0]), Text(row[1]), Text(row[2])}; }

TrustLine ToTrustLine(JsonView row) { return {row[0], Texts(row[1]), Texts(row[2]), Text(row[3])}; }

FeedRole ToFeedRole(JsonView row) { return {Text(row[0]), Text(row[1]), row[2], row[3], row[4], row[5], row[6]}; }

FeedSlot ToFeedSlot(JsonView row) { return {Text(row[0]), Text(row[1])}; }

WayOut ToWayOut(JsonView row) { return {Text(row[0]), Text(row[1]), Text(row[2]), Text(row[3]), Text(row[4])}; }

Actor ToActor(JsonView row) { return {Text(row[0]), row[1], row[2], row[3], Texts(row[4])}; }

ReplicationSlot ToSlot(JsonView row) { return {Text(row[0]), Text(row[1])}; }

Schema ToSchema(JsonView row) {
  return {Text(row[0]), Text(row[1]), Text(row[2]), row[3], Rows<Grant>(row[4], ToGrant)};
}

Object ToObject(JsonView row) {
  return {Text(row[0]), Text(row[1]), Text(row[2]), Text(row[3]), row[4], row[5], row[6], row[7]};
}

ObjectGrant ToObjectGrant(JsonView row) {
  return {ToObject(row), Text(row[8]), {Text(row[9]), Text(row[10]), Text(row[11])}};
}

Outlet ToOutlet(JsonView row) { return {ToObject(row), {Text(row[8]), Text(row[9]), Text(row[10])}}; }

UserMapping ToMapping(JsonView row) { return {Text(row[0]), Text(row[1])}; }

Publication ToPublication(JsonView row) { return {Text(row[0]), Text(row[1]), Text(row[2])}; }

DefaultAcl ToDefaultAcl(JsonView row) {
  return {Text(row[0]), Text(row[1]), Text(row[2]), Rows<Grant>(row[3], ToGrant)};
}

Partition ToPartition(JsonView row) {
  return {Text(row[0]), Text(row[1]), Text(row[2]), row.size() > 3 && row[3].get<bool>()};
}

OutboxSeen ToOutbox(JsonView row) {
  return {.owner = Text(row[0]),
          .partitioned = row[1],
          .columns = Texts(row[2]),
          .constraints = Texts(row[3]),
          .unvalidated = Texts(row[4]),
          .indexes = Texts(row[5]),
          .partitions = Rows<Partition>(row[6], ToPartition),
          .spilled = row[7],
          .grants = Rows<Grant>(row[8], ToGrant)};
}

FeedTrigger ToFeed(JsonView row) {
  FeedTrigger feed{Text(row[0]), Text(row[1]), Text(row[2]), Texts(row[3]), row[4], {}};
  const auto subscription = row[5];
  if (!subscription.is_null()) {
    feed.subscription = {subscription[0], Text(subscription[1]), Text(subscription[2]), subscription[3]};
  }
  return feed;
}

CdcSeen ToCdc(JsonView row) {
  CdcSeen cdc{.fit = row[0],
              .can_login = row[1],
              .replicates = row[5],
              .verifier = {},
              .comment = Text(row[3]),
              .connects = row[4],
              .brings = Texts(row[6])};
  if (!row[2].is_null()) cdc.verifier = Text(row[2]);
  return cdc;
}

OutgoingSeen ToOutgoing(JsonView row) {
  OutgoingSeen outgoing{Text(row[0]), TextOr(row[1]), Texts(row[2]), row[3], row[4], {}, TextOr(row[6])};
  if (!row[5].is_null()) outgoing.slot = row[5].get<bool>();
  return outgoing;
}

ReportingSeen ToReporting(JsonView row) {
  ReportingSeen seen;
  if (!row[0].is_null()) {
    for (const auto publication : row[0]) {
      auto& report = seen.publications[Text(publication[0])];
      report.fit = publication[1];
      if (publication[2].is_null()) continue;
      for (const auto table : publication[2]) {
        auto& reported = report.tables[Text(table[0])];
        reported.columns = Texts(table[1]);
        if (table[2].is_null()) continue;
        for (const auto& [role, columns] : table[2].items()) reported.readable[role] = Texts(columns);
      }
    }
  }
  if (!row[1].is_null()) {
    seen.slot = row[1][0].get<bool>();
    seen.retained = row[1][1].is_null() ? 0 : row[1][1].get<std::int64_t>();
  }
  seen.enter = Texts(row[2]);
  seen.guard = TextOr(row[3]);
  if (row[4].is_null()) return seen;
  for (const auto& [name, login] : row[4].items()) seen.tool[name] = ToCdc(login);
  return seen;
}

OutboxPlace ToPlace(JsonView row) { return {Text(row[0]), Text(row[1])}; }

InboxSeen ToInbox(JsonView row) {
  const bool view = !row[0].is_null();
  return {.view_kind = view ? Text(row[0][0]) : "",
          .view_owner = view ? Text(row[0][1]) : "",
          .rights = Texts(row[1]),
          .table = row[2],
          .whole = row[3],
          .version = TextOr(row[4]),
          .partitions = Rows<Partition>(row[5], ToPartition),
          .spilled = row[6],
          .feeds = Rows<FeedTrigger>(row[7], ToFeed)};
}

/// A feed's role may enter its own database: that is no right of a stranger.
void LeaveOut(const std::vector<FeedRole>& feeds, std::vector<Database>& databases) {
  std::set<std::pair<std::string, std::string>> entries;
  for (const auto& feed : feeds) entries.emplace(feed.name, feed.database);
  for (auto& database : databases) {
    std::erase_if(database.grants, [&](const Grant& grant) {
      return grant.privilege == "CONNECT" && entries.contains({grant.grantee, database.name});
    });
  }
}

SharedRows ToShared(JsonView document) {
  SharedRows rows{.version = Text(document["version"]),
                  .major = document["major"],
                  .identity = Text(document["identity"]),
                  .wal_level = Text(document["wal_level"]),
                  .readers = document["readers"],
                  .subscriptions = document["subscriptions"],
                  .admin = ToRole(document["admin"]),
                  .admin_signals = document["signals"],
                  .admin_subscribes = document["subscribes"],
                  .shows_blocks = document["shows_blocks"],
                  .verifiers_readable = false,
                  .databases = Rows<Database>(document["databases"], ToDatabase),
                  .roles = Rows<Role>(document["roles"], ToRole),
                  .memberships = Rows<Membership>(document["memberships"], ToMembership),
                  .settings = Rows<Setting>(document["settings"], ToSetting),
                  .holdings = Rows<Holding>(document["holdings"], ToHolding),
                  .reachers = Rows<Reacher>(document["reachers"], ToReacher),
                  .parameters = Rows<ParameterGrant>(document["parameters"], ToParameterGrant),
                  .trusted = Rows<TrustLine>(document["trusted"], ToTrustLine),
                  .feeds = Rows<FeedRole>(document["feeds"], ToFeedRole),
                  .slots = Rows<FeedSlot>(document["feed_slots"], ToFeedSlot)};
  LeaveOut(rows.feeds, rows.databases);
  return rows;
}

LocalRows ToLocal(JsonView document) {
  LocalRows local{.schemas = Rows<Schema>(document["schemas"], ToSchema),
                  .misowned = Rows<Object>(document["misowned"], ToObject),
                  .strays = Rows<ObjectGrant>(document["strays"], ToObjectGrant),
                  .fed = Rows<ObjectGrant>(document["fed"], ToObjectGrant),
                  .defaults = Rows<DefaultAcl>(document["defaults"], ToDefaultAcl),
                  .extensions = Map<std::string>(document["extensions"]),
                  .tables = {},
                  .outbox = {},
                  .inbox = {},
                  .projections = {},
                  .outboxes = {},
                  .outgoing = Rows<OutgoingSeen>(document["outgoing"], ToOutgoing),
                  .stray_slots = Texts(document["stray_slots"]),
                  .cdc = {},
                  .reporting = ToReporting(document["reporting"]),
                  .authorities = Texts(document["authorities"]),
                  .user_tables = document["user_tables"],
                  .outlets = Rows<Outlet>(document["outlets"], ToOutlet),
                  .ways_out = Rows<WayOut>(document["ways_out"], ToWayOut),
                  .mappings = Rows<UserMapping>(document["mappings"], ToMapping),
                  .publications = Rows<Publication>(document["publications"], ToPublication),
                  .grant_guard = TextOr(document["grant_guard"]),
                  .large_objects_open = document["large_objects_open"]};
  if (const auto tables = document["tables"]; !tables.is_null()) {
    for (const auto& [name, row] : tables.items()) local.tables[name] = {Text(row[0]), row[1]};
  }
  local.inbox = ToInbox(document["inbox"]);
  local.projections = ParseProjections(document["projections"]);
  local.outboxes = Rows<OutboxPlace>(document["outboxes"], ToPlace);
  if (!document["cdc"].is_null()) local.cdc = ToCdc(document["cdc"]);
  if (!document["outbox"].is_null()) local.outbox = ToOutbox(document["outbox"]);
  return local;
}

/// Runs `parse` on the document; a shape that our own query can't give is a server that answers nonsense.
template <class T, class Parse>
Result<T> Parsed(const std::string& json, Parse parse) {
  const auto document = base::JsonDocument::Parse(ValidUtf8(json));
  if (!document)
    return base::Terminal("StatementFailed", "the catalogs were not understood: " + document.error().message);
  try {
    return parse(document->root());
  } catch (const std::exception& error) {
    return base::Terminal("StatementFailed", std::string("the catalogs were not understood: ") + error.what());
  }
}

}  // namespace

SharedRows SharedRows::WithoutStores() const {
  return {.version = version,
          .major = major,
          .identity = identity,
          .wal_level = wal_level,
          .readers = readers,
          .subscriptions = subscriptions,
          .admin = admin,
          .admin_signals = admin_signals,
          .admin_subscribes = admin_subscribes,
          .shows_blocks = shows_blocks,
          .verifiers_readable = verifiers_readable,
          .databases = {},
          .roles = {},
          .memberships = {},
          .settings = {},
          .holdings = {},
          .reachers = reachers,
          .parameters = {},
          .trusted = trusted,
          .feeds = {},
          .slots = {}};
}

Result<ServerRows> ParseServerRows(const std::string& json) {
  return Parsed<ServerRows>(json, [](JsonView document) {
    ServerRows rows{.shared = ToShared(document["shared"]), .local = {}};
    if (document["visited"].get<bool>()) {
      rows.local = LocalRows{};
      rows.local->schemas = Rows<Schema>(document["schemas"], ToSchema);
      rows.local->grant_guard = TextOr(document["grant_guard"]);
    }
    return rows;
  });
}

Result<StoreRows> ParseStoreRows(const std::string& json) {
  return Parsed<StoreRows>(json, [](JsonView document) {
    const auto shared = document["shared"];
    StoreRows rows{.shared = ToShared(shared),
                   .elsewhere = Texts(document["elsewhere"]),
                   .sessions = Map<int>(document["sessions"]),
                   .slots = Rows<ReplicationSlot>(document["slots"], ToSlot),
                   .actors = Rows<Actor>(document["actors"], ToActor),
                   .bonds = Rows<Membership>(document["bonds"], ToMembership),
                   .local = {}};
    if (document.contains("local")) rows.local = ToLocal(document["local"]);
    return rows;
  });
}

}  // namespace freehold::engines::postgres
