#include <iostream>
#include <stdexcept>

#include "admission_bench.h"
#include "await.h"
#include "operator_world.h"
#include "reconcilers/api/kinds.h"

namespace freehold::bench {
namespace {

using base::Json;
using Clock = std::chrono::steady_clock;

const kube::ResourceType kPods{"", "v1", "pods", "Pod", true};
constexpr const char* kNamespace = "admission-bench";
constexpr int kRounds = 4;

Json Pod(const std::string& name, const std::string& account) {
  const Json credential = {{"secretRef", {{"name", "orders.freehold"}}}};
  const Json container = {{"name", "main"}, {"image", "orders"}, {"envFrom", Json::array({credential})}};
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", name}}},
          {"spec", {{"serviceAccountName", account}, {"containers", Json::array({container})}}}};
}

void Prepare() {
  Shell(std::string("kubectl create namespace ") + kNamespace + ">&2; kubectl -n " + kNamespace +
        " create serviceaccount orders >&2; kubectl -n " + kNamespace + " create serviceaccount other >&2");
  api::CredentialIndex index;
  index.meta.ns = kNamespace;
  index.meta.name = api::kIndexName;
  index.spec.credentials["orders.freehold"] = {"orders", {"orders"}};
  auto& controller = test::Cluster::Instance().controller();
  const auto applied =
      controller.Apply(api::CredentialIndexType(), index.meta.full_name(), api::ToJson(index), "bench", "");
  if (!applied) throw std::runtime_error(applied.error().message);
  Shell(std::string("kubectl label namespace ") + kNamespace + " freehold.dev/credentials=indexed >&2");
}

/// Until a Pod that may not have the credential is refused, or isn't.
void AwaitGuards(bool on) {
  auto& admin = test::Cluster::Instance().admin();
  const bool settled = test::Await(std::chrono::seconds(60), [&] {
    const bool made = admin.Create(kPods, kNamespace, Pod("probe", "other")).has_value();
    if (made) (void)admin.Delete(kPods, {kNamespace, "probe"}, "");
    return made != on;
  });
  if (!settled) throw std::runtime_error("the guards did not change");
}

/// The first ones, after the chart has changed, don't count.
constexpr int kWarmUp = 20;

void Create(int count, std::vector<Seconds>& times) {
  auto& admin = test::Cluster::Instance().admin();
  for (int at = -kWarmUp; at < count; ++at) {
    const Json pod = Pod("p" + std::to_string(at + kWarmUp), "orders");
    const auto began = Clock::now();
    const auto made = admin.Create(kPods, kNamespace, pod);
    if (at >= 0) times.push_back(Clock::now() - began);
    if (!made) throw std::runtime_error(made.error().message);
  }
  Shell(std::string("kubectl delete --raw '/api/v1/namespaces/") + kNamespace +
        "/pods?gracePeriodSeconds=0' >/dev/null");
}

}  // namespace

void MeasurePods(int count) {
  test::Cluster::Instance();
  Install("admission.enabled=true,admission.exemptUsers={admin}");
  Prepare();
  Times off{.who = "guards off", .each = {}}, on{.who = "guards on", .each = {}};
  for (int round = 0; round < kRounds; ++round) {
    Install("admission.enabled=false");
    AwaitGuards(false);
    Create(count / kRounds, off.each);
    Install("admission.enabled=true,admission.exemptUsers={admin}");
    AwaitGuards(true);
    Create(count / kRounds, on.each);
  }
  std::cout << Latencies("Create of a Pod that names its credential", {off, on}) << std::flush;
}

}  // namespace freehold::bench
