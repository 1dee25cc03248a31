#include "commands/cluster.h"

#include "operator/http/cpprest_transport.h"

namespace freehold::commands {
namespace {

/// Half the time after which a leader that could not renew must stop.
constexpr std::chrono::seconds kLeaseDeadline{5};

base::Result<std::unique_ptr<kube::RestClient>> MakeClient(const http::Endpoint& endpoint, const CountRequest& count,
                                                           std::chrono::milliseconds deadline) {
  auto calls = http::MakeTransport(endpoint);
  if (!calls) return std::unexpected(calls.error());
  auto streams = http::MakeTransport(endpoint);
  if (!streams) return std::unexpected(streams.error());
  kube::RestSettings settings;
  settings.host = endpoint.url.substr(endpoint.url.find("//") == std::string::npos ? 0 : endpoint.url.find("//") + 2);
  settings.count = count;
  settings.deadline = deadline;
  return std::make_unique<kube::RestClient>(std::move(*calls), std::move(*streams), std::move(settings));
}

}  // namespace

base::Result<Cluster> Connect(const ClusterFlags& flags, CountRequest count) {
  const auto access = kube::LoadClusterAccess({flags.kubeconfig, flags.context}, kube::Surroundings::OfThisProcess(),
                                              base::SystemClock());
  if (!access) return std::unexpected(access.error());
  auto client = MakeClient(access->endpoint, count, kube::RestSettings{}.deadline);
  if (!client) return std::unexpected(client.error());
  auto lease_client = MakeClient(access->endpoint, count, kLeaseDeadline);
  if (!lease_client) return std::unexpected(lease_client.error());
  return Cluster{std::move(*client), std::move(*lease_client), access->origin};
}

}  // namespace freehold::commands
