// What stands in for Strimzi's operator: it brings KafkaConnector resources to real workers, by Connect's REST
// interface, and tells in the resources what became of them.
#pragma once

#include <map>
#include <set>
#include <string>

#include "operator/base/json.h"
#include "reconcilers/connect/client.h"

namespace freehold::test {

/// Installs the kind if it isn't there.
class Strimzi {
 public:
  /// The client outlives it.
  Strimzi(std::string ns, std::string cluster, connect::Client& workers);

  /// One round over all resources.
  void Keep();
  /// How many resources there are; how often offsets were reset and connectors started again.
  int connectors() const;
  int resets() const { return resets_; }
  int restarts() const { return restarts_; }

 private:
  void KeepOne(const base::Json& object, const std::map<std::string, connect::ConnectorSeen>& seen);
  void Obey(const std::string& annotation, const base::Json& object, int& count,
            base::Result<void> (connect::Client::*act)(const std::string&));

  const std::string ns_, cluster_;
  connect::Client& workers_;
  std::set<std::string> made_;
  int resets_ = 0, restarts_ = 0;
};

}  // namespace freehold::test
