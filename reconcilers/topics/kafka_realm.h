// Users and ACLs in Kafka itself, kept with an administrator's login.
#pragma once

#include <chrono>
#include <mutex>

#include "operator/base/clock.h"
#include "reconcilers/credentials/cdc_passwords.h"
#include "reconcilers/topics/plan.h"
#include "reconcilers/topics/realm.h"

namespace freehold::topics {

/// A connection as an administrator.
using MakeAdmin = std::function<Result<std::unique_ptr<kafka::Admin>>(const kafka::Access&)>;
/// Over the network.
Result<std::unique_ptr<kafka::Admin>> AdminOf(const kafka::Access&);

/// What is known of readers between two looks. Thread-safe.
class Tried {
 public:
  /// Was its login, and were its topics, seen to work lately?
  bool Lately(const Grant&, const base::Clock&) const;
  void Put(const Grant&, const base::Clock&);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::pair<Grant, std::chrono::steady_clock::time_point>> tried_;  ///< guarded by mutex_
};

class KafkaRealm final : public Realm {
 public:
  struct Parts {
    const api::EventBus& bus;
    kafka::Access access;  ///< without a username: users and ACLs are others' business
    int partitions = 1;    ///< of a new topic
    const MakeAdmin& connect;
    const credentials::CdcPasswords& passwords;
    const base::Clock& clock;
    Tried& tried;
  };
  /// All of it outlives the realm.
  explicit KafkaRealm(Parts parts) : parts_(std::move(parts)) {}

  Result<credentials::BrokersEndpoint> Endpoint() override;
  Result<std::vector<std::string>> Leaving(const std::vector<Grant>&) override;
  Result<void> Remove(const std::string& reader, const Do&) override;
  Result<std::optional<credentials::TopicLogin>> Keep(const Grant&, const Do&) override;

 private:
  bool Administered() const { return !parts_.access.username.empty(); }
  Result<void> Admit(const Grant&, const credentials::TopicLogin&, const Do&);

  const Parts parts_;
  std::unique_ptr<kafka::Admin> admin_;
  Seen seen_;
  Changes changes_;
};

}  // namespace freehold::topics
