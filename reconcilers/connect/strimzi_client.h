// Connectors as KafkaConnector resources, which Strimzi's operator keeps in Kafka Connect.
// https://strimzi.io/docs/operators/latest/configuring#type-KafkaConnector-reference
#pragma once

#include "operator/kube/client.h"
#include "reconcilers/connect/client.h"

namespace freehold::connect {

const kube::ResourceType& KafkaConnectorType();

/// Strimzi works on its own time: a state counts once Connect has reported it, and offsets that it has not reset yet
/// are "ConnectBusy".
class StrimziClient final : public Client {
 public:
  /// Those of the KafkaConnect `cluster` in `ns`. Both outlive it.
  StrimziClient(kube::Reader& reader, kube::Writer& writer, std::string ns, std::string cluster)
      : reader_(reader), writer_(writer), ns_(std::move(ns)), cluster_(std::move(cluster)) {}

  Result<std::map<std::string, ConnectorSeen>> List() override;
  /// REQUIRES: tasks.max is a number.
  Result<void> Put(const std::string& name, const Config&) override;
  Result<void> Stop(const std::string& name) override;
  Result<void> Resume(const std::string& name) override;
  Result<void> DeleteOffsets(const std::string& name) override;
  Result<void> RestartFailed(const std::string& name) override;
  Result<void> Delete(const std::string& name) override;

 private:
  kube::Name NameOf(const std::string& connector) const;
  Result<void> Patch(const std::string& connector, const base::Json& patch);

  kube::Reader& reader_;
  kube::Writer& writer_;
  const std::string ns_, cluster_;
};

}  // namespace freehold::connect
