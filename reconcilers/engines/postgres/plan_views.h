// Making, refreshing and removing the materialized views of a warehouse. Pure.
#pragma once

#include "reconcilers/engines/store.h"
#include "reconcilers/engines/views.h"

namespace freehold::engines::postgres {

/// See Engine.
std::vector<Step> PlanViews(const Views&, const ViewsSeen&);
Step RefreshView(const std::string& database, const ViewWanted&, const ViewSeen&);

/// Is it the one statement of PlanViews that holds a view's query? It reads no rows.
bool DefinesView(const std::string& statement);

/// A statement that drops the views over a table, so that its columns may change. They are made again by the next pass.
std::string DropViewsOver(const std::string& database, const std::string& schema, const std::string& table);

}  // namespace freehold::engines::postgres
