#include "reconcilers/api/kinds.h"

#include <array>

#include "reconcilers/api/kind_frames.h"
#include "reconcilers/api/reasons.h"
#include "reconcilers/api/schema/yaml.h"

namespace freehold::api {
namespace {

KindInfo Describe(const schema::KindFrame& frame, Json crd) {
  std::string reference = schema::Reference(frame, crd);
  return {frame.type, frame.singular, std::move(crd), std::move(reference)};
}

}  // namespace

std::span<const KindInfo> Kinds() {
  static const std::array kinds{Describe(ServiceDatabaseFrame(), ServiceDatabaseCrd()),
                                Describe(DatabaseServerFrame(), DatabaseServerCrd()),
                                Describe(DataPolicyFrame(), DataPolicyCrd()),
                                Describe(EventBusFrame(), EventBusCrd()),
                                Describe(ReportingWarehouseFrame(), ReportingWarehouseCrd()),
                                Describe(CredentialIndexFrame(), CredentialIndexCrd())};
  return kinds;
}

std::string CrdYaml() {
  std::string stream;
  for (const KindInfo& kind : Kinds()) stream += "---\n" + schema::Yaml(kind.crd);
  return stream;
}

std::string ConditionsReference() {
  std::string page =
      "# Conditions and reasons\n\n"
      "A condition says whether something holds (`True`, `False`, `Unknown`), a reason says why, in one word. "
      "`Reconciling` and `Stalled` are there only while something is wrong or under way.\n\n"
      "| condition | holds when |\n|---|---|\n"
      "| `Ready` | the spec is true in the world: a login with the Secret's content works |\n"
      "| `Isolated` | there is fresh evidence that nobody but the service can reach its store |\n"
      "| `EventsReady` | for every consumed event a way from the publisher's outbox into the inbox was seen, and "
      "every copy that is kept of them holds all that arrived; False, too, where the bus that the store publishes by "
      "isn't there; absent where none is consumed |\n"
      "| `ReportingReady` | every table that `reporting` lists was seen in the warehouse, as a whole, and what changes "
      "is on its "
      "way there; absent where nothing is listed |\n"
      "| `ViewsReady` | every materialized view of the warehouse is as its file says, and was refreshed on schedule; "
      "absent where there are none |\n"
      "| `Reconciling` | the controller is working towards the spec, or will try again |\n"
      "| `Stalled` | nothing more will happen until the spec, a policy or a server changes |\n\n"
      "## Reasons\n\n"
      "| reason | ends by itself | meaning | what to do |\n|---|---|---|---|\n";
  for (const ReasonInfo& info : Reasons()) {
    page += "| `" + std::string(info.word) + "` | " + (info.terminal ? "no" : "yes") + " | " +
            std::string(info.meaning) + " | " + std::string(info.remedy) + " |\n";
  }
  return page;
}

}  // namespace freehold::api
