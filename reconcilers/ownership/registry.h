// Who owns what: one registry for validate, webhook and planner, so that they can't disagree.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "reconcilers/ownership/claim.h"

namespace freehold::ownership {

/// A claim that lost: `thing` belongs to `owner`.
struct Conflict {
  Thing thing;
  Claimant owner;
  bool operator==(const Conflict&) const = default;
};

/// Kept current object by object, so that a change costs what that object claims, not what all claim. Thread-safe.
class Registry {
 public:
  /// States (again) all that `claimant` claims. Returns the others whose standing may have changed by it.
  std::set<kube::Name> Put(const Claimant& claimant, std::vector<Thing> things);
  /// Gives up all that `name` claimed. Returns the others whose standing may have changed by it.
  std::set<kube::Name> Erase(const kube::Name& name);

  /// The first of its claims that somebody else holds, or none. An Instance store conflicts with every other store of
  /// its server, whichever came first wins.
  std::optional<Conflict> ConflictOf(const kube::Name& name) const;
  /// Who holds a thing now: of those that claim it the one that precedes all others. None when nobody claims it.
  std::optional<Claimant> OwnerOf(const Thing&) const;
  /// How many stores are on the server of this address, see AddressOf.
  int StoresAt(const std::string& place) const;

 private:
  struct Entry {
    Claimant claimant;
    std::vector<Thing> things;
  };
  struct ByPrecedence {
    bool operator()(const Claimant& a, const Claimant& b) const { return Precedes(a, b); }
  };

  std::optional<Conflict> RivalFor(const Claimant&, const Thing&) const;
  void Retract(const kube::Name&, std::set<kube::Name>& touched);
  void TouchHolders(const Thing&, std::set<kube::Name>& touched) const;
  void Touch(const Thing&, std::set<kube::Name>& touched) const;

  mutable std::mutex mutex_;
  std::map<kube::Name, Entry> entries_;
  std::map<Thing, std::set<Claimant, ByPrecedence>> holders_;
};

}  // namespace freehold::ownership
