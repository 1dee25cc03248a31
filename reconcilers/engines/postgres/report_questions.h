// A store's end of the way to a warehouse, and the roles by which what it has leaves it.
#pragma once

#include "reconcilers/engines/postgres/look.h"

namespace freehold::engines::postgres {

/// Templates as in visit_questions.h.
Questions ReportQuestions(int major);

}  // namespace freehold::engines::postgres
