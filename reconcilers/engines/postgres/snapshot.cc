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
  Database database{Text(row[0]), Text(row[1]), row[2], row[3], row[4], Text(row[5]), row[6], row[7], {}, row[9]};
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
    feed.subscription = {subscription[0], Text(subscription[1]), Text(subscription[2]),
                         subscription[3], subscription[4],       subscription[5]};
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
  const auto server = document["server"];
  const auto reach = document["reach"];
  SharedRows rows{.version = Text(server["version"]),
                  .major = server["major"],
                  .identity = Text(server["identity"]),
                  .wal_level = Text(server["wal_level"]),
                  .readers = server["readers"],
                  .subscriptions = server["subscriptions"],
                  .admin = ToRole(server["admin"]),
                  .admin_signals = server["signals"],
                  .admin_subscribes = server["subscribes"],
                  .shows_blocks = server["shows_blocks"],
                  .verifiers_readable = false,
                  .databases = Rows<Database>(document["databases"], ToDatabase),
                  .roles = Rows<Role>(document["roles"], ToRole),
                  .memberships = Rows<Membership>(document["memberships"], ToMembership),
                  .settings = Rows<Setting>(document["settings"], ToSetting),
                  .holdings = Rows<Holding>(document["holdings"], ToHolding),
                  .reachers = Rows<Reacher>(reach["reachers"], ToReacher),
                  .parameters = Rows<ParameterGrant>(document["parameters"], ToParameterGrant),
                  .trusted = Rows<TrustLine>(server["trusted"], ToTrustLine),
                  .feeds = Rows<FeedRole>(reach["feeds"], ToFeedRole),
                  .slots = Rows<FeedSlot>(reach["slots"], ToFeedSlot)};
  LeaveOut(rows.feeds, rows.databases);
  return rows;
}

/// Rows of a store that was just made, over those of the server without it.
void AddMade(SharedRows& rows, JsonView document) {
  rows.roles = Rows<Role>(document["roles"], ToRole);
  rows.memberships = Rows<Membership>(document["memberships"], ToMembership);
  rows.settings = Rows<Setting>(document["settings"], ToSetting);
  rows.holdings = Rows<Holding>(document["holdings"], ToHolding);
  if (!document.contains("databases")) return;
  const auto reach = document["reach"];
  rows.databases = Rows<Database>(document["databases"], ToDatabase);
  rows.reachers = Rows<Reacher>(reach["reachers"], ToReacher);
  rows.feeds = Rows<FeedRole>(reach["feeds"], ToFeedRole);
  rows.slots = Rows<FeedSlot>(reach["slots"], ToFeedSlot);
}

/// The roles by which events leave the store, and by which a tool outside reads what is reported.
void AddAgents(LocalRows& local, JsonView agents) {
  if (agents.is_null()) return;
  for (const auto agent : agents) {
    auto seen = ToCdc(agent[2]);
    if (agent[1].get<bool>()) {
      local.cdc = std::move(seen);
    } else {
      local.reporting.tool[Text(agent[0])] = std::move(seen);
    }
  }
}

/// What only a database has where there are events or reports.
void AddEventsAndReports(LocalRows& local, JsonView document) {
  if (!document["outbox"].is_null()) local.outbox = ToOutbox(document["outbox"]);
  local.inbox = ToInbox(document["inbox"]);
  local.projections = ParseProjections(document["projections"]);
  local.outboxes = Rows<OutboxPlace>(document["outboxes"], ToPlace);
  local.outgoing = Rows<OutgoingSeen>(document["outgoing"]["channels"], ToOutgoing);
  local.stray_slots = Texts(document["outgoing"]["stray_slots"]);
  local.reporting = ToReporting(document["reporting"]);
  AddAgents(local, document["agents"]);
  local.authorities = Texts(document["authorities"]);
}

LocalRows ToLocal(JsonView document) {
  const auto objects = document["objects"];
  LocalRows local{.schemas = Rows<Schema>(document["schemas"], ToSchema),
                  .misowned = Rows<Object>(objects["misowned"], ToObject),
                  .strays = Rows<ObjectGrant>(objects["strays"], ToObjectGrant),
                  .fed = {},
                  .defaults = Rows<DefaultAcl>(document["defaults"], ToDefaultAcl),
                  .extensions = Map<std::string>(document["extensions"]),
                  .tables = {},
                  .outbox = {},
                  .inbox = {},
                  .projections = {},
                  .outboxes = {},
                  .outgoing = {},
                  .stray_slots = {},
                  .cdc = {},
                  .reporting = {},
                  .authorities = {},
                  .user_tables = document["user_tables"],
                  .outlets = {},
                  .ways_out = Rows<WayOut>(document["ways_out"], ToWayOut),
                  .mappings = Rows<UserMapping>(document["mappings"], ToMapping),
                  .publications = Rows<Publication>(objects["publications"], ToPublication),
                  .grant_guard = TextOr(document["grant_guard"]),
                  .large_objects_open = document["large_objects_open"]};
  if (const auto tables = document["tables"]; !tables.is_null()) {
    for (const auto& [name, row] : tables.items()) local.tables[name] = {Text(row[0]), row[1]};
  }
  if (document.contains("inbox")) AddEventsAndReports(local, document);
  return local;
}

bool IsSame(const ObjectGrant& one, const ObjectGrant& other) {
  return one.object.kind == other.object.kind && one.object.identity == other.object.identity &&
         one.column == other.column && one.grant == other.grant;
}

/// What others have to do with the store. Of what is open to them, some is what the store's feeds are there for.
void AddStrangers(StoreRows& rows, JsonView document) {
  const auto crowd = document["crowd"];
  rows.actors = Rows<Actor>(crowd["actors"], ToActor);
  rows.bonds = Rows<Membership>(crowd["bonds"], ToMembership);
  if (!rows.local) return;
  rows.local->outlets = Rows<Outlet>(crowd["outlets"], ToOutlet);
  rows.local->fed = Rows<ObjectGrant>(crowd["fed"], ToObjectGrant);
  std::erase_if(rows.local->strays, [&](const ObjectGrant& stray) {
    return std::ranges::any_of(rows.local->fed, [&](const ObjectGrant& fed) { return IsSame(stray, fed); });
  });
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
      rows.local->ways_out = Rows<WayOut>(document["ways_out"], ToWayOut);
      rows.local->publications = Rows<Publication>(document["publications"], ToPublication);
      rows.local->grant_guard = TextOr(document["grant_guard"]);
    }
    return rows;
  });
}

Result<StoreRows> ParseStoreRows(const std::string& json) {
  return Parsed<StoreRows>(json, [](JsonView document) {
    StoreRows rows{.shared = ToShared(document["shared"]),
                   .elsewhere = Texts(document["elsewhere"]),
                   .sessions = Map<int>(document["sessions"]),
                   .slots = Rows<ReplicationSlot>(document["slots"], ToSlot),
                   .actors = {},
                   .bonds = {},
                   .local = {}};
    if (document.contains("local")) rows.local = ToLocal(document["local"]);
    if (document.contains("crowd")) AddStrangers(rows, document);
    return rows;
  });
}

Result<StoreRows> ParseMadeRows(const std::string& json, const SharedRows& server) {
  return Parsed<StoreRows>(json, [&](JsonView document) {
    StoreRows rows{.shared = server.WithoutStores(),
                   .elsewhere = {},
                   .sessions = {},
                   .slots = Rows<ReplicationSlot>(document["slots"], ToSlot),
                   .actors = {},
                   .bonds = {},
                   .local = {}};
    rows.shared.feeds = server.feeds;
    rows.shared.slots = server.slots;
    AddMade(rows.shared, document["shared"]);
    return rows;
  });
}

}  // namespace freehold::engines::postgres
