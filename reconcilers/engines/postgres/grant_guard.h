// What refuses a grant to somebody who is not of the store the moment it is made, whether Freehold runs or not: a pair
// of event triggers, which only a superuser can make (PostgreSQL, chapter "Event Triggers").
#pragma once

#include <string>
#include <vector>

namespace freehold::engines::postgres {

/// A superuser who sets it to on is let through; set by anybody else it does nothing.
inline constexpr const char* kGrantsAllowed = "freehold.allow_grants";

/// Makes or renews the guard of the database where the statements run. It judges GRANT, ALTER DEFAULT PRIVILEGES and
/// what gives a new owner or a new schema, in every schema that belongs to a store's owner role: what was open before
/// the command is none of its business. No event trigger sees REASSIGN OWNED.
/// REQUIRES: a superuser, and the schema of extensions.
std::vector<std::string> GuardGrants();
/// Of the guard that GuardGrants makes.
std::string GrantGuardVersion();
/// A JSON expression: the version of the guard that is in force where the query runs, or null.
std::string GrantGuardDocument();

}  // namespace freehold::engines::postgres
