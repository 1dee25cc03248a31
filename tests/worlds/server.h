// A PostgreSQL server as far as stores are concerned, as a value: what there is of roles, databases and what is in
// them. It is changed by the statements that the planner emits (statements.h), and seen as the rows that the engine's
// queries would bring.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "reconcilers/engines/postgres/snapshot.h"

namespace freehold::worlds {

namespace postgres = engines::postgres;

/// What is in one database.
struct Inside {
  std::map<std::string, postgres::Schema> schemas;
  /// Default privileges: by role and kind of object, what the ACL says.
  std::map<std::pair<std::string, std::string>, std::vector<postgres::Grant>> defaults;
  std::string guard;                                     ///< the version of the grant guard; empty: none
  std::map<std::string, postgres::OutboxSeen> outboxes;  ///< by schema
  /// By schema, who wrote rows into the service's tables there: what must not be lost.
  std::map<std::string, std::set<std::string>> rows;
};

struct Place {
  postgres::Database row;
  Inside inside;
};

struct Server {
  int major = 18;
  std::map<std::string, postgres::Role> roles;
  std::map<std::pair<std::string, std::string>, postgres::Membership> members;  ///< by role and member
  std::map<std::string, std::map<std::string, std::string>> settings;           ///< by role and parameter
  std::map<std::string, Place> databases;
};

inline constexpr const char* kAdmin = "postgres";
/// A login of some other service.
inline constexpr const char* kStranger = "payments_db_a";

/// An admin, a stranger, PostgreSQL's own database and the shared one, as Freehold prepares them.
Server NewServer(const std::string& shared_database, int major = 18);

/// Equal servers, equal text.
std::string TextOf(const Server&);

/// What the engine's look at one store brings.
postgres::StoreRows LookAt(const Server&, const engines::Layout&);
/// What its look at the whole server brings.
postgres::ServerRows LookAt(const Server&, const std::string& shared_database);

/// What CREATE DATABASE makes.
Place NewDatabase(const std::string& name);

}  // namespace freehold::worlds
