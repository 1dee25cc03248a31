// What a pass over a warehouse would do, without doing it.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "reconcilers/reporting/sources.h"
#include "reconcilers/stores/reports.h"
#include "reconcilers/stores/step.h"

namespace freehold::reporting {

struct Preview {
  std::string server;                                ///< of the steps
  std::optional<Hindrance> hindrance;                ///< why nothing is done
  std::vector<stores::Step> steps;                   ///< the first round of them; more may become possible by these
  std::map<kube::Name, stores::ReportState> stores;  ///< what each store would be asked for
};

}  // namespace freehold::reporting
