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
/// One whose Pods are judged, and one that is exempt. Creates in the two alternate, so that whatever else the machine
/// does slows both alike.
constexpr const char* kGuarded = "pods-guarded";
constexpr const char* kExempt = "pods-exempt";
/// The first ones don't count.
constexpr int kWarmUp = 50;

Json Pod(const std::string& name, const std::string& account) {
  const Json credential = {{"secretRef", {{"name", "orders.freehold"}}}};
  const Json container = {{"name", "main"}, {"image", "orders"}, {"envFrom", Json::array({credential})}};
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", name}}},
          {"spec", {{"serviceAccountName", account}, {"containers", Json::array({container})}}}};
}

void Prepare(const std::string& ns) {
  Shell("kubectl create namespace " + ns + " >&2; kubectl -n " + ns + " create serviceaccount orders >&2; kubectl -n " +
        ns + " create serviceaccount other >&2");
  api::CredentialIndex index;
  index.meta.ns = ns;
  index.meta.name = api::kIndexName;
  index.spec.credentials["orders.freehold"] = {"orders", {"orders"}};
  const auto applied = test::Cluster::Instance().controller().Apply(api::CredentialIndexType(), index.meta.full_name(),
                                                                    api::ToJson(index), "bench", "");
  if (!applied) throw std::runtime_error(applied.error().message);
  Shell("kubectl label namespace " + ns + " freehold.dev/credentials=indexed >&2");
}

/// Until a Pod that may not have the credential is refused, or isn't.
void AwaitGuards(const std::string& ns, bool on) {
  auto& admin = test::Cluster::Instance().admin();
  const bool settled = test::Await(std::chrono::seconds(60), [&] {
    const bool made = admin.Create(kPods, ns, Pod("probe", "other")).has_value();
    if (made) (void)admin.Delete(kPods, {ns, "probe"}, "");
    return made != on;
  });
  if (!settled) throw std::runtime_error("the guards of " + ns + " are not as they should be");
}

Seconds Create(const std::string& ns, int at) {
  const Json pod = Pod("p" + std::to_string(at), "orders");
  const auto began = Clock::now();
  const auto made = test::Cluster::Instance().admin().Create(kPods, ns, pod);
  if (!made) throw std::runtime_error(made.error().message);
  return Clock::now() - began;
}

}  // namespace

void MeasurePods(int count) {
  test::Cluster::Instance();
  Install(std::string("admission.exemptUsers={admin},admission.exemptNamespaces={kube-system,") + kExempt + "}");
  Prepare(kExempt);
  Prepare(kGuarded);
  AwaitGuards(kExempt, false);
  AwaitGuards(kGuarded, true);
  Times off{.who = "guards off: an exempt namespace", .each = {}}, on{.who = "guards on", .each = {}};
  for (int at = -kWarmUp; at < count; ++at) {
    const auto without = Create(kExempt, at + kWarmUp), with = Create(kGuarded, at + kWarmUp);
    if (at < 0) continue;
    off.each.push_back(without);
    on.each.push_back(with);
  }
  std::cout << Latencies("Create of a Pod that names its credential", {off, on}) << std::flush;
}

}  // namespace freehold::bench
