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

bool Enters(const Server& server, const postgres::Database& row, const std::string& login, const std::string& owner) {
  return Has(row.grants, "", "CONNECT") || Has(row.grants, login, "CONNECT") ||
         (IsMember(server, login, owner) && Has(row.grants, owner, "CONNECT"));
}

}  // namespace

bool Opens(const Server& server, const engines::Layout& layout, const std::string& login, int password) {
  const auto role = server.roles.find(login);
  const auto place = server.databases.find(layout.database);
  if (role == server.roles.end() || place == server.databases.end()) return false;
  const auto& row = place->second.row;
  if (!role->second.can_login || role->second.verifier != Pool()[password].verifier) return false;
  if (!row.allows_connections || (OwnDatabase(layout) && !Enters(server, row, login, layout.owner))) return false;
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
  for (const auto& name : names) {
    if (IsMember(server, kStranger, name)) facts.foreign.insert("the stranger acts as " + name);
  }
  auto& container = facts.pieces[3];
  const auto place = server.databases.find(layout.database);
  if (place != server.databases.end()) {
    const auto& [row, inside] = place->second;
    Server alone;
    const auto schema = inside.schemas.find(layout.schema);
    if (OwnDatabase(layout)) {
      container.there = true;
      ReadMarker(row.comment, container);
      alone.databases.insert(*place);
      facts.half_made = !container.marked && !row.allows_connections && row.owner == kAdmin;
    } else if (schema != inside.schemas.end()) {
      container.there = true;
      ReadMarker(schema->second.comment, container);
      alone.databases[layout.database].inside.schemas.insert(*schema);
      alone.databases[layout.database].inside.rows = inside.rows;
    }
    if (container.there) container.text = TextOf(alone);
    facts.rows = inside.rows;
    if (OwnDatabase(layout)) {
      if (row.allows_connections && Has(row.grants, "", "CONNECT")) facts.foreign.insert("everybody connects");
      if (Has(row.grants, kStranger, "CONNECT")) facts.foreign.insert("the stranger connects");
      if (row.owner != kAdmin) facts.foreign.insert(row.owner + " owns the database");
    } else if (schema != inside.schemas.end()) {
      for (const auto& grant : schema->second.grants) {
        const bool ours = std::ranges::count(names, grant.grantee) > 0 || grant.grantee == kAdmin;
        if (!ours) facts.foreign.insert("'" + grant.grantee + "' uses the schema");
      }
    }
  }
  for (const auto& piece : facts.pieces) {
    if (!piece.uid.empty()) facts.owners.insert(piece.uid);
  }
  return facts;
}

}  // namespace freehold::worlds
