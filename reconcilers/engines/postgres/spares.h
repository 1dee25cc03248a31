// Spare databases: empty ones that are kept ready, so that a new store costs a rename only.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/engines/postgres/facts.h"

namespace freehold::engines::postgres {

/// What those of one DatabaseServer are known by. Two control planes on one server have different ones.
struct SpareNames {
  std::string prefix;   ///< what their names begin with: "freehold_spare_1f3a9c2b44d0_"
  std::string comment;  ///< what is written on them: "freehold: spare of main, uid 7c9e…"
};

/// Of ServerAccess::name and uid.
SpareNames SpareNamesOf(const ServerAccess&);

/// The databases that have such names, as a look at the server saw them.
struct SparesSeen {
  std::vector<std::string> ready;  ///< sorted
  std::vector<std::string> begun;  ///< made, and not marked yet: a process died in between
  std::vector<std::string> taken;  ///< all that are there, whosever they are
  /// For people: those that are no spares, or are none any more. They are left alone.
  std::vector<std::string> findings;
};

/// Ready is what belongs to the admin, is marked, open to nobody and was never opened, and holds what template0 does.
/// Pure.
SparesSeen SparesIn(const SharedRows&, const SpareNames&);

/// Statements that end with an exception, and change nothing, when the database isn't as SparesIn says at that moment.
/// The session's user is the admin.
std::string RequireReadySpare(const std::string& name, const SpareNames&);
std::string RequireBegunSpare(const std::string& name);

/// Renames the first spare that is fit and that nobody else is about to take; an exception, and no change, when there
/// is none. What it renamed is seen to be a spare after nobody else can change it any more; other transactions don't
/// wait for this one, but take the next. One statement, for the same transaction as what makes it a store's. `major`:
/// the server's.
std::string TakeSpare(const SpareNames&, const std::string& target, int major);

}  // namespace freehold::engines::postgres
