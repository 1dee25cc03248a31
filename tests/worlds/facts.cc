#include "tests/worlds/facts.h"

#include <algorithm>

#include "tests/worlds/passwords.h"

namespace freehold::worlds {
namespace {

using postgres::Grant;

bool OwnDatabase(const engines::Layout& layout) { return layout.isolation == api::Isolation::kDatabase; }

/// "freehold: owned by shop/orders, uid u" or "freehold: released, was shop/orders".
void ReadMarker(const std::string& comment, Piece& piece) {
  piece.marked = comment.starts_with("freehold: owned by ") || comment.starts_with("freehold: released, was ");
  const auto uid = comment.rfind(", uid ");
  if (piece.marked && uid != std::string::npos) piece.uid = comment.substr(uid + 6);
}

Piece RolePiece(const Server& server, const std::string& name) {
  Piece piece;
  const auto role = server.roles.find(name);
  if (role == server.roles.end()) return piece;
  piece.there = true;
  ReadMarker(role->second.comment, piece);
  Server alone;
  alone.roles.insert(*role);
  if (const auto settings = server.settings.find(name); settings != server.settings.end())
    alone.settings.insert(*settings);
  for (const auto& member : server.members) {
    if (member.first.first == name || member.first.second == name) alone.members.insert(member);
  }
  piece.text = TextOf(alone);
  return piece;
}

bool Has(const std::vector<Grant>& grants, const std::string& grantee, const std::string& right) {
  return std::ranges::any_of(grants, [&](const Grant& g) { return g.grantee == grantee && g.privilege == right; });
}

bool IsMember(const Server& server, const std::string& member, const std::string& role) {
  return server.members.contains({role, member});
}

/// Itself, and all that it is a member of.
std::set<std::string> ActsAs(const Server& server, const std::string& role) {
  std::set<std::string> roles = {role};
  for (bool more = true; more;) {
    more = false;
    for (const auto& [pair, membership] : server.members) {
      if (roles.contains(pair.second)) more = roles.insert(pair.first).second || more;
    }
  }
  return roles;
}

/// PUBLIC's rights among them.
bool May(const Server& server, const std::vector<Grant>& grants, const std::string& role, const std::string& right) {
  return Has(grants, "", right) ||
         std::ranges::any_of(ActsAs(server, role), [&](const auto& as) { return Has(grants, as, right); });
}

class Ways {
 public:
  Ways(const Server& server, const engines::Layout& layout, std::set<std::string>& foreign)
      : server_(server), layout_(layout), foreign_(foreign) {}

  void IntoRoles() {
    for (const auto& [pair, membership] : server_.members) {
      if (IsOurs(pair.first) && !IsOurs(pair.second)) Tell(pair.second, "acts as " + pair.first);
    }
  }

  void IntoDatabase(const postgres::Database& row) {
    for (const auto& grant : row.grants) {
      const bool shut = grant.grantee.empty() && !row.allows_connections;
      if (grant.privilege == "CONNECT" && !IsOurs(grant.grantee) && !shut) Tell(grant.grantee, "connects");
    }
    if (row.owner != kAdmin) Tell(row.owner, "owns the database");
  }

  void IntoSchema(const postgres::Schema& schema) {
    for (const auto& grant : schema.grants) {
      if (!IsOurs(grant.grantee)) Tell(grant.grantee, "uses the schema");
    }
    if (!IsOurs(schema.owner)) Tell(schema.owner, "owns the schema");
  }

  void IntoOutbox(const postgres::OutboxSeen& outbox) {
    for (const auto& grant : outbox.grants) {
      if (!IsOurs(grant.grantee)) Tell(grant.grantee, "uses the outbox");
    }
  }

 private:
  bool IsOurs(const std::string& role) const {
    return role == kAdmin || role == layout_.owner || role == layout_.logins[0] || role == layout_.logins[1];
  }
  void Tell(const std::string& who, const std::string& does) {
    const auto named = who.empty() ? "everybody" : who == kStranger ? "the stranger" : "role " + who;
    foreign_.insert(named + " " + does);
  }

  const Server& server_;
  const engines::Layout& layout_;
  std::set<std::string>& foreign_;
};

}  // namespace

bool Opens(const Server& server, const engines::Layout& layout, const std::string& login, int password) {
  const auto role = server.roles.find(login);
  const auto place = server.databases.find(layout.database);
  if (role == server.roles.end() || place == server.databases.end()) return false;
  const auto& row = place->second.row;
  if (!role->second.can_login || role->second.verifier != Pool()[password].verifier) return false;
  if (!row.allows_connections || !May(server, row.grants, login, "CONNECT")) return false;
  const auto settings = server.settings.find(login);
  const bool as_owner = settings != server.settings.end() && settings->second.contains("role") &&
                        settings->second.at("role") == layout.owner;
  return as_owner && server.roles.contains(layout.owner) && IsMember(server, login, layout.owner);
}

Facts FactsOf(const Server& server, const engines::Layout& layout) {
  Facts facts;
  const std::array<std::string, 3> names = {layout.owner, layout.logins[0], layout.logins[1]};
  for (std::size_t i = 0; i < names.size(); ++i) facts.pieces[i] = RolePiece(server, names[i]);
  for (int login : {0, 1}) {
    for (int password = 0; password < kPasswords; ++password) {
      if (Opens(server, layout, layout.logins[login], password)) facts.opens[login] |= 1U << password;
    }
  }
  Ways ways(server, layout, facts.foreign);
  ways.IntoRoles();
  auto& container = facts.pieces[3];
  const auto place = server.databases.find(layout.database);
  if (place != server.databases.end()) {
    const auto& [row, inside] = place->second;
    Server alone;
    const auto schema = inside.schemas.find(layout.schema);
    const auto rows = inside.rows.find(layout.schema);
    const auto outbox = inside.outboxes.find(layout.schema);
    if (OwnDatabase(layout)) {
      container.there = true;
      ReadMarker(row.comment, container);
      alone.databases.insert(*place);
      facts.half_made = !container.marked && !row.allows_connections && row.owner == kAdmin;
    } else if (schema != inside.schemas.end()) {
      container.there = true;
      ReadMarker(schema->second.comment, container);
      // Where one of the store's roles owns it, it is whose that role is.
      const auto of = std::ranges::find(names, schema->second.owner);
      if (of != names.end()) container.uid = facts.pieces[of - names.begin()].uid;
      auto& part = alone.databases[layout.database].inside;
      part.schemas.insert(*schema);
      if (rows != inside.rows.end()) part.rows.insert(*rows);
      if (outbox != inside.outboxes.end()) part.outboxes.insert(*outbox);
    }
    if (container.there) container.text = TextOf(alone);
    if (rows != inside.rows.end()) facts.rows = rows->second;
    if (schema != inside.schemas.end()) {
      const auto& grants = schema->second.grants;
      facts.serves = May(server, grants, layout.owner, "USAGE") && May(server, grants, layout.owner, "CREATE");
      if (!OwnDatabase(layout)) ways.IntoSchema(schema->second);
    }
    if (outbox != inside.outboxes.end()) {
      facts.takes_events = May(server, outbox->second.grants, layout.owner, "INSERT");
      ways.IntoOutbox(outbox->second);
    }
    if (OwnDatabase(layout)) ways.IntoDatabase(row);
  }
  for (const auto& piece : facts.pieces) {
    if (!piece.uid.empty()) facts.owners.insert(piece.uid);
  }
  return facts;
}

}  // namespace freehold::worlds
