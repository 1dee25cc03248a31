// What a look at a store tells of its projections.
#pragma once

#include <string>

#include "operator/base/json_view.h"
#include "reconcilers/engines/postgres/snapshot.h"

namespace freehold::engines::postgres {

/// A JSON expression, where `inbox_table` is the store's. A template as those in visit_questions.h.
std::string ProjectionsDocument();
/// What it gives. Throws a std::exception for anything else.
ProjectionsSeen ParseProjections(base::JsonView);

}  // namespace freehold::engines::postgres
