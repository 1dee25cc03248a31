// Projections: read-only copies that are kept current from the events of the inbox.
//
// A copy is made in three steps, each harmless when it is taken twice. From the first on, the trigger keeps a new table
// current; the second fills it with what the inbox holds, and shows it under the copy's name; the third drops what was
// there before. So readers see the old copy or the new one, and a publisher never waits for a copy to be filled.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// What brings the copies from what was seen to what is wanted; the inbox is there, or made by an earlier step of the
/// same plan. A name that something of the service's has is left alone.
std::vector<Step> PlanProjections(const PlanContext&);
/// What has outlived the inbox: rows that were deleted, notes of events that are gone. Part of keeping the inbox.
/// REQUIRES: context.local.
std::vector<std::string> KeepProjections(const PlanContext&, base::Timestamp oldest);
/// All of them go, with their views and what depends on those.
std::vector<std::string> DropProjections(const Layout&, const ProjectionsSeen&);

/// What all engines share of it.
std::vector<ProjectionSeen> ProjectionsIn(const LocalRows&, const Layout&);

}  // namespace freehold::engines::postgres
