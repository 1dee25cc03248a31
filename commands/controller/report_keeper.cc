#include "commands/controller/report_keeper.h"

#include "reconcilers/policyreports/content.h"

namespace freehold::commands {
namespace {

/// What comes within this time is one write of a report: dashboards can wait, the API server is spared.
constexpr std::chrono::milliseconds kGathering{1000};
const kube::Name kApis{"", "apis"};

kube::Name ReportOf(const std::string& ns) { return {ns, policyreports::kReportName}; }

std::string OneLane(const kube::Name&) { return ""; }

}  // namespace

ReportKeeper::ReportKeeper(kube::RestClient& client, const stores::World& world, runtime::Gate& gate,
                           const base::Clock& clock, runtime::Metrics& metrics, std::chrono::milliseconds every)
    : world_(world),
      shelf_({client, client, client, gate,
              [this](const kube::Name& report) { Look(report, runtime::Priority::kFresh); }, [this] { LookAtAll(); },
              [this] { apis_.AddAfter(kApis, kGathering); }, every}),
      reconciler_({world, [this] { return shelf_.Current(); }, client, gate, every}),
      reports_(
          "policyreport", [this](const kube::Name& name) { return reconciler_.Reconcile(name); }, OneLane, clock,
          metrics),
      apis_("policyreportapi", [this](const kube::Name&) { return shelf_.Look(); }, OneLane, clock, metrics) {}

/// The watches add to the controllers, which are destroyed first.
ReportKeeper::~ReportKeeper() { shelf_.Close(); }

void ReportKeeper::NamespaceChanged(const std::string& ns, runtime::Priority priority) { Look(ReportOf(ns), priority); }

void ReportKeeper::ServersChanged(runtime::Priority priority) { Look(ReportOf(""), priority); }

void ReportKeeper::Start() {
  apis_.Add(kApis);
  apis_.Start();
  reports_.Start();
}

bool ReportKeeper::Drain(runtime::Deadline deadline) {
  const bool apis = apis_.Drain(deadline);
  const bool reports = reports_.Drain(deadline);
  shelf_.Close();
  return apis && reports;
}

void ReportKeeper::Look(const kube::Name& report, runtime::Priority priority) {
  reports_.AddAfter(report, kGathering, priority);
}

void ReportKeeper::LookAtAll() {
  ServersChanged(runtime::Priority::kResync);
  for (const auto& object : world_.databases.All()) NamespaceChanged(object->meta.ns, runtime::Priority::kResync);
}

}  // namespace freehold::commands
