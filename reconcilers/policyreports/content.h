// What the kept reports say: the conditions of the objects, as results. Pure; the times are those of the conditions.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "reconcilers/api/database_server.h"
#include "reconcilers/api/service_database.h"
#include "reconcilers/policyreports/report.h"

namespace freehold::policyreports {

/// All kept reports have this name.
inline constexpr const char* kReportName = "freehold";

/// One result for each ServiceDatabase of namespace `ns`, by its condition Isolated: pass, fail with the culprit, error
/// when there is no evidence. No results: there is none in it.
Report ReportOfStores(const std::string& ns, std::span<const std::shared_ptr<const api::ServiceDatabase>>);

/// For each DatabaseServer: a pass, one warn for each finding about it, or an error when it couldn't be looked at.
Report ReportOfServers(std::span<const std::shared_ptr<const api::DatabaseServer>>);

}  // namespace freehold::policyreports
