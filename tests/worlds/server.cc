#include "tests/worlds/server.h"

#include "reconcilers/engines/postgres/digest.h"
#include "reconcilers/engines/postgres/grant_guard.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/names.h"

namespace freehold::worlds {
namespace {

using postgres::Grant;

std::vector<Grant> Rights(const std::string& grantee, const std::string& grantor,
                          std::initializer_list<const char*> rights) {
  std::vector<Grant> grants;
  for (const auto* right : rights) grants.push_back({grantee, grantor, right});
  return grants;
}

/// Text of values, each with its length, so that no two lists have one text.
class Text {
 public:
  Text& operator<<(const std::string& value) {
    text_ += std::to_string(value.size());
    text_ += ':';
    text_ += value;
    return *this;
  }
  Text& operator<<(const char* value) { return *this << std::string(value); }
  Text& operator<<(bool value) {
    text_ += value ? '+' : '-';
    return *this;
  }
  Text& operator<<(int value) { return *this << std::to_string(value); }
  Text& operator<<(const std::vector<Grant>& grants) {
    *this << static_cast<int>(grants.size());
    std::set<std::string> sorted;
    for (const auto& g : grants)
      sorted.insert(g.grantee + "=" + g.privilege + (g.grantable ? "*" : "") + "/" + g.grantor);
    for (const auto& grant : sorted) *this << grant;
    return *this;
  }
  Text& operator<<(const std::vector<std::string>& values) {
    *this << static_cast<int>(values.size());
    for (const auto& value : values) *this << value;
    return *this;
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

void Add(Text& text, const Inside& inside) {
  text << static_cast<int>(inside.schemas.size());
  for (const auto& [name, schema] : inside.schemas)
    text << name << schema.owner << schema.comment << schema.relations << schema.grants;
  text << static_cast<int>(inside.defaults.size());
  for (const auto& [of, grants] : inside.defaults) text << of.first << of.second << grants;
  text << inside.guard << static_cast<int>(inside.outboxes.size());
  for (const auto& [schema, outbox] : inside.outboxes) {
    text << schema << outbox.owner << outbox.partitioned << outbox.columns << outbox.constraints << outbox.unvalidated
         << outbox.indexes << outbox.grants << static_cast<int>(outbox.partitions.size());
    for (const auto& partition : outbox.partitions) text << partition.name << partition.bound;
  }
  for (const auto& [schema, rows] : inside.rows) text << schema << std::vector<std::string>(rows.begin(), rows.end());
}

/// Stands for the digest that the server makes of what a role holds in a database.
std::vector<postgres::Holding> Holdings(const Server& server, const std::string& database) {
  const auto place = server.databases.find(database);
  if (place == server.databases.end()) return {};
  std::map<std::string, std::string> held;
  for (const auto& [name, schema] : place->second.inside.schemas) {
    if (schema.owner != kAdmin && schema.owner != "pg_database_owner")
      held[schema.owner] += (Text() << "schema" << name << schema.grants).Take();
  }
  for (const auto& [of, grants] : place->second.inside.defaults)
    held[of.first] += (Text() << of.second << grants).Take();
  for (const auto& [schema, outbox] : place->second.inside.outboxes) {
    for (const auto& grant : outbox.grants) {
      if (grant.grantee != kAdmin) held[grant.grantee] += (Text() << "outbox" << schema << grant.privilege).Take();
    }
  }
  std::vector<postgres::Holding> holdings;
  for (const auto& [holder, text] : held) holdings.push_back({database, holder, postgres::HexDigest(text), {}});
  return holdings;
}

postgres::SharedRows Shared(const Server& server) {
  postgres::SharedRows rows;
  rows.version = std::to_string(server.major);
  rows.major = server.major;
  rows.identity = "1";
  rows.admin.name = kAdmin;
  rows.admin.superuser = rows.admin.create_database = rows.admin.create_role = rows.admin.can_login = true;
  rows.admin_signals = true;
  rows.verifiers_readable = true;
  for (const auto& [pair, membership] : server.members) rows.memberships.push_back(membership);
  return rows;
}

void AddSettings(const Server& server, const std::string& role, std::vector<postgres::Setting>& rows) {
  const auto found = server.settings.find(role);
  if (found == server.settings.end() || found->second.empty()) return;
  postgres::Setting setting{.role = role, .database = "", .values = {}};
  for (const auto& [key, value] : found->second) setting.values.push_back(key + "=" + value);
  rows.push_back(std::move(setting));
}

/// The stranger, when something on the server names it.
std::vector<postgres::Actor> Actors(const Server& server, const engines::Layout& layout) {
  const auto place = server.databases.find(layout.database);
  std::vector<std::string> schemas;
  bool connects = false, named = false;
  if (place != server.databases.end()) {
    for (const auto& grant : place->second.row.grants) {
      named = named || grant.grantee == kStranger;
      connects = connects || ((grant.grantee == kStranger || grant.grantee.empty()) && grant.privilege == "CONNECT");
    }
  }
  if (place != server.databases.end() && place->second.inside.schemas.contains(layout.schema)) {
    for (const auto& grant : place->second.inside.schemas.at(layout.schema).grants) {
      if (grant.grantee != kStranger && !grant.grantee.empty()) continue;
      named = named || grant.grantee == kStranger;
      if (grant.privilege == "USAGE") schemas = {layout.schema};
    }
  }
  for (const auto& [pair, membership] : server.members) named = named || membership.member == kStranger;
  if (!named) return {};
  return {{.name = kStranger, .can_login = true, .inherits = true, .connects = connects, .schemas = schemas}};
}

postgres::LocalRows Local(const Inside& inside, const engines::Layout& layout) {
  postgres::LocalRows rows;
  const bool own = postgres::HasOwnDatabase(layout);
  for (const auto& [name, schema] : inside.schemas) {
    if (!own && name != layout.schema && name != postgres::kExtensionSchema) continue;
    rows.schemas.push_back(schema);
    if (schema.owner == layout.owner || (!own && name != layout.schema)) continue;
    rows.misowned.push_back({.kind = "SCHEMA",
                             .identity = '"' + name + '"',
                             .schema = name,
                             .owner = schema.owner,
                             .owned_by_superuser = schema.owner == kAdmin,
                             .reachable = true});
  }
  const auto us = postgres::RolesOf(layout);
  if (const auto schema = inside.schemas.find(layout.schema); schema != inside.schemas.end()) {
    const postgres::Object object{.kind = "SCHEMA",
                                  .identity = layout.schema,
                                  .schema = layout.schema,
                                  .owner = schema->second.owner,
                                  .reachable = true};
    for (const auto& grant : schema->second.grants) {
      if (grant.grantee != kAdmin && std::ranges::count(us, grant.grantee) == 0)
        rows.strays.push_back({.object = object, .column = "", .grant = grant});
    }
  }
  for (const auto& [of, grants] : inside.defaults) {
    if (std::ranges::count(us, of.first) > 0) rows.defaults.push_back({of.first, "", of.second, grants});
  }
  if (own) rows.grant_guard = inside.guard;
  if (const auto outbox = inside.outboxes.find(layout.schema); outbox != inside.outboxes.end()) {
    rows.outbox = outbox->second;
  }
  if (const auto written = inside.rows.find(layout.schema); written != inside.rows.end()) {
    rows.user_tables = static_cast<int>(written->second.size());
  }
  return rows;
}

}  // namespace

Place NewDatabase(const std::string& name) {
  Place place;
  place.row.name = name;
  place.row.owner = kAdmin;
  place.row.owned_by_superuser = place.row.reachable = true;
  place.row.grants = Rights("", kAdmin, {"CONNECT", "TEMPORARY"});
  std::ranges::move(Rights(kAdmin, kAdmin, {"CREATE", "CONNECT", "TEMPORARY"}), std::back_inserter(place.row.grants));
  postgres::Schema open{.name = "public",
                        .owner = "pg_database_owner",
                        .comment = "standard public schema",
                        .relations = 0,
                        .grants = {}};
  open.grants = Rights("pg_database_owner", "pg_database_owner", {"USAGE", "CREATE"});
  std::ranges::move(Rights("", "pg_database_owner", {"USAGE"}), std::back_inserter(open.grants));
  place.inside.schemas["public"] = std::move(open);
  return place;
}

Server NewServer(const std::string& shared_database, int major) {
  Server server;
  server.major = major;
  for (const auto& name : {std::string("postgres"), shared_database}) {
    auto place = NewDatabase(name);
    std::erase_if(place.row.grants, [](const Grant& grant) { return grant.grantee.empty(); });
    server.databases[name] = std::move(place);
  }
  const auto services = postgres::ServicesRole(shared_database);
  server.roles[services] = {.name = services, .comment = postgres::kSharedComment};
  auto& [row, inside] = server.databases.at(shared_database);
  row.comment = postgres::kSharedComment;
  std::ranges::move(Rights(services, kAdmin, {"CONNECT", "TEMPORARY"}), std::back_inserter(row.grants));
  std::erase_if(inside.schemas.at("public").grants, [](const Grant& grant) { return grant.grantee.empty(); });
  postgres::Schema extensions{
      .name = postgres::kExtensionSchema, .owner = kAdmin, .comment = "", .relations = 0, .grants = {}};
  extensions.grants = Rights(kAdmin, kAdmin, {"USAGE", "CREATE"});
  std::ranges::move(Rights(services, kAdmin, {"USAGE"}), std::back_inserter(extensions.grants));
  inside.schemas[extensions.name] = std::move(extensions);
  inside.guard = postgres::GrantGuardVersion();
  return server;
}

std::string TextOf(const Server& server) {
  Text text;
  text << server.major << static_cast<int>(server.roles.size());
  for (const auto& [name, r] : server.roles) {
    text << name << r.superuser << r.create_database << r.create_role << r.replication << r.bypass_rls << r.can_login
         << r.inherits << r.connections << r.comment << r.verifier.value_or("");
  }
  text << static_cast<int>(server.members.size());
  for (const auto& [pair, m] : server.members)
    text << pair.first << pair.second << m.grantor << m.admin << m.inherits << m.settable;
  text << static_cast<int>(server.settings.size());
  for (const auto& [role, settings] : server.settings) {
    text << role << static_cast<int>(settings.size());
    for (const auto& [key, value] : settings) text << key << value;
  }
  text << static_cast<int>(server.databases.size());
  for (const auto& [name, place] : server.databases) {
    const auto& row = place.row;
    text << name << row.owner << row.allows_connections << row.is_template << row.connections << row.comment
         << row.grants;
    Add(text, place.inside);
  }
  return text.Take();
}

postgres::StoreRows LookAt(const Server& server, const engines::Layout& layout) {
  postgres::StoreRows rows;
  rows.shared = Shared(server);
  const bool own = postgres::HasOwnDatabase(layout);
  for (const auto& name : postgres::RolesOf(layout)) {
    const auto role = server.roles.find(name);
    if (role != server.roles.end()) rows.shared.roles.push_back(role->second);
    AddSettings(server, name, rows.shared.settings);
  }
  rows.shared.holdings = Holdings(server, layout.database);
  rows.actors = Actors(server, layout);
  const auto place = server.databases.find(layout.database);
  if (place == server.databases.end()) return rows;
  rows.shared.databases.push_back(place->second.row);
  if (!own || place->second.row.allows_connections) rows.local = Local(place->second.inside, layout);
  return rows;
}

postgres::ServerRows LookAt(const Server& server, const std::string& shared_database) {
  postgres::ServerRows rows;
  rows.shared = Shared(server);
  for (const auto& [name, role] : server.roles) {
    rows.shared.roles.push_back(role);
    rows.shared.roles.back().verifier.reset();
    AddSettings(server, name, rows.shared.settings);
  }
  for (const auto& [name, place] : server.databases) {
    rows.shared.databases.push_back(place.row);
    std::ranges::move(Holdings(server, name), std::back_inserter(rows.shared.holdings));
  }
  rows.local = postgres::LocalRows{};
  const auto shared = server.databases.find(shared_database);
  for (const auto& [name, schema] : shared->second.inside.schemas) rows.local->schemas.push_back(schema);
  rows.local->grant_guard = shared->second.inside.guard;
  return rows;
}

}  // namespace freehold::worlds
