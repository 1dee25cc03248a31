// Connectors by Kafka Connect's REST interface.
// https://kafka.apache.org/documentation/#connect_rest
#pragma once

#include <memory>

#include "operator/http/transport.h"
#include "reconcilers/connect/client.h"

namespace freehold::connect {

/// Connect tries a configuration before it takes it.
class RestClient final : public Client {
 public:
  explicit RestClient(std::shared_ptr<http::Transport> transport) : transport_(std::move(transport)) {}

  Result<std::map<std::string, ConnectorSeen>> List() override;
  Result<void> Validate(const Config&) override;
  Result<void> Put(const std::string& name, const Config&) override;
  Result<void> Stop(const std::string& name) override;
  Result<void> Resume(const std::string& name) override;
  Result<void> DeleteOffsets(const std::string& name) override;
  Result<void> RestartFailed(const std::string& name) override;
  Result<void> Delete(const std::string& name) override;

 private:
  Result<std::string> Ask(const std::string& method, const std::string& target, const std::string& body = {});

  const std::shared_ptr<http::Transport> transport_;
};

}  // namespace freehold::connect
