// What must hold in every state, and what must be reached: independent of how the planner goes about it.
#pragma once

#include "tests/worlds/facts.h"
#include "tests/worlds/planner.h"

namespace freehold::worlds {

/// What a credential Secret says, to somebody who just reads it.
struct SecretFacts {
  std::string owner;  ///< UID of its controller
  bool whole = false;
  int login = -1, password = -1, previous = -1;
  base::Timestamp issued_at{};
};

/// Not thread-safe: remembers what it worked out.
class Laws {
 public:
  explicit Laws(Planner& planner) : planner_(planner) {}

  /// Why this effect of a controller must not be; empty: all is well. `late`: it is of one that leads no more.
  std::string BrokenBy(const World& before, const World& after, Id action, bool late);
  /// Why a world in which nothing more is to do is not as it should be; empty: it is.
  std::string Unfinished(const World&);

  const Facts& Of(Id server, int store);
  const SecretFacts& OfSecret(Id secret);

 private:
  /// Of what an effect does on the server; remembered.
  const std::string& OnServer(Id before, Id after, Id action, bool excused);
  std::string Reached(const Facts& before, const Facts& after) const;
  std::string Owners(const Facts& before, const Facts& after, const Action&) const;
  std::string Credentials(const World& before, const World& after, const Action&, int claim);
  std::string Data(const Facts& before, const Facts& after, const Action&) const;
  std::string Says(const World& after, const Action&);
  std::string IsHindered(const World&, int claim);
  std::string Drifted(const World&, int claim);
  std::string StoreIsWhole(const World&, int claim);
  std::string RefusedWithReason(const World&, int claim);
  bool SecretWorks(const World&, int claim);

  Planner& planner_;
  std::unordered_map<Id, std::array<Facts, kStores>> facts_;
  std::unordered_map<Id, SecretFacts> secrets_;
  std::map<std::array<Id, 3>, std::string> on_server_;
};

}  // namespace freehold::worlds
