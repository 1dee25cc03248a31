// What stands in for Strimzi's user operator, and for a Kafka that Strimzi keeps: it gives each KafkaUser a Secret with
// a password, and tells in the resource that it is ready.
//
// What it doesn't show: the users and rights in Kafka itself. They are in tests/pipeline, without Strimzi.
#pragma once

#include <set>
#include <string>

#include "operator/base/json.h"

namespace freehold::test {

class StrimziUsers {
 public:
  /// Installs the kinds if they aren't there, and makes the Kafka `cluster` with a listener "apps" of SCRAM over TLS.
  StrimziUsers(std::string ns, std::string cluster);
  /// The Kafka goes.
  ~StrimziUsers();

  /// One round over all users.
  void Keep();
  /// Those that there are.
  const std::set<std::string>& users() const { return users_; }

 private:
  void KeepOne(const base::Json& user);

  const std::string ns_, cluster_;
  std::set<std::string> users_;
};

}  // namespace freehold::test
