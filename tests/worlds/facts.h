// What a server and a Secret mean for who reaches a store, who owns it and what is in it: told without asking any of
// the product's code, so that it can judge it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "tests/worlds/server.h"

namespace freehold::worlds {

/// Part of a store that says by itself whose it is: a role, or its database or schema.
struct Piece {
  bool there = false, marked = false;
  std::string uid;   ///< empty: released, or unmarked
  std::string text;  ///< equal text, unchanged
};

/// Of one store.
struct Facts {
  /// By login: which passwords of the pool open the store, as the service needs it.
  std::array<std::uint32_t, 2> opens{};
  bool serves = false;          ///< once it is in, the service can work in its schema
  bool takes_events = false;    ///< by its outbox
  std::array<Piece, 4> pieces;  ///< owner role, logins, container
  bool half_made = false;       ///< the container is a database that CREATE DATABASE just left behind
  std::set<std::string> owners;
  std::set<std::string> foreign;  ///< who gets in that shouldn't, once the database is open
  std::set<std::string> rows;     ///< whose rows are in it
  bool Owns(const std::string& uid) const { return owners.contains(uid); }
};

Facts FactsOf(const Server&, const engines::Layout&);

/// Does this password open the store with the login, and make it work as the owner role?
bool Opens(const Server&, const engines::Layout&, const std::string& login, int password);

}  // namespace freehold::worlds
