// What is to be done so that Kafka's users and ACLs are as granted. Pure.
#pragma once

#include <set>

#include "reconcilers/topics/grants.h"

namespace freehold::topics {

/// What a Kafka has.
struct Seen {
  std::vector<std::string> users;
  std::vector<kafka::Acl> acls;
};

struct Changes {
  std::vector<kafka::Acl> remove;  ///< of readers of the bus, and granted to none
  std::vector<std::string> leave;  ///< readers who are granted nothing any more; their ACLs are in `remove`
  std::vector<kafka::Acl> add;
  std::set<std::string> arrive;  ///< readers who have no password yet
  bool operator==(const Changes&) const = default;
};

/// Users of the bus are those whose names are ones of its readers. `admin` is never touched.
Changes ChangesFor(const api::EventBusSpec&, const std::vector<Grant>&, const Seen&, const std::string& admin);

}  // namespace freehold::topics
