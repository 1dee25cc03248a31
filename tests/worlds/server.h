// A PostgreSQL server as far as one store is concerned, as a value: what there is of roles, databases and what is in
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
  std::string guard;  ///< the version of the grant guard; empty: none
  std::optional<postgres::OutboxSeen> outbox;
  std::set<std::string> rows;  ///< who wrote rows into the service's tables: what must not be lost
};

struct Place {
  postgres::Database row;
  Inside inside;
};

struct Server {
  std::map<std::string, postgres::Role> roles;
  std::map<std::pair<std::string, std::string>, postgres::Membership> members;  ///< by role and member
  std::map<std::string, std::map<std::string, std::string>> settings;           ///< by role and parameter
  std::map<std::string, Place> databases;
};

inline constexpr const char* kAdmin = "postgres";
/// A login of some other service.
inline constexpr const char* kStranger = "payments_db_a";

/// As Freehold finds it: an admin, a stranger, PostgreSQL's own database and the shared one, both closed.
Server NewServer(const std::string& shared_database);

/// Equal servers, equal text.
std::string TextOf(const Server&);

/// What the engine's look at one store brings.
postgres::StoreRows LookAt(const Server&, const engines::Layout&);
/// What its look at the whole server brings.
postgres::ServerRows LookAt(const Server&, const std::string& shared_database);

/// What CREATE DATABASE makes.
Place NewDatabase(const std::string& name);

}  // namespace freehold::worlds
