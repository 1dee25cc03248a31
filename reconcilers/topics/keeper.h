// Keeps what services need to read topics of a bus: a user, its rights, and a Secret.
//
// Flow: who is to read what (caches) -> who may (Kafka, or Strimzi's resources) -> those who may no longer lose their
// Secret's content, their rights and their user, in this order -> the others get user, rights and topics, the login is
// tried, and then the Secret is written. Guarantees: a Secret names a login that worked, and opens one's own topics and
// group only; a Secret of somebody else's is never touched. Assumptions: users that are called as readers of the bus
// are Freehold's, as connectors with its prefix are.
#pragma once

#include "operator/kube/client.h"
#include "operator/runtime/gate.h"
#include "reconcilers/topics/kafka_realm.h"

namespace freehold::topics {

/// Thread-safe; one bus is worked on by one thread at a time.
class Keeper {
 public:
  /// All of it outlives the keeper and is thread-safe.
  struct Parts {
    stores::World world;
    kube::Reader& reader;
    kube::Writer& writer;
    runtime::Gate& gate;
    const base::Clock& clock;
    const credentials::CdcPasswords& passwords;
    MakeAdmin connect;
    std::string operator_namespace;
  };
  struct Kept {
    std::map<std::string, std::string> troubles;  ///< by channel, also where all is well: ""
    bool busy = false;                            ///< something is under way
    bool empty = true;                            ///< nobody of Freehold's is there
  };

  explicit Keeper(Parts parts) : parts_(std::move(parts)) {}

  /// NotLeader is the only failure; others are troubles, and leave `empty` false.
  Result<Kept> Keep(const api::EventBus&);

 private:
  Result<std::unique_ptr<Realm>> RealmOf(const api::EventBus&);
  Result<void> Dismiss(const api::EventBus&, Realm&, const std::string& reader);
  Result<void> Provide(Realm&, const credentials::BrokersEndpoint&, const Grant&);
  Result<void> WriteSecret(const Grant&, const credentials::SecretEntries&);
  Result<void> EmptySecret(const kube::Name& consumer);
  Do Once();

  const Parts parts_;
  Tried tried_;
};

}  // namespace freehold::topics
