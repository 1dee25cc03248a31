// Who is at a store now, and what else has to do with it outside its database.
#pragma once

#include "reconcilers/engines/postgres/look.h"
#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// Sessions, slots, and other databases, see StoreRows. Templates as in visit_questions.h.
Questions ActivityQuestions(const Layout&);
/// Of these, the slots.
Question SlotsQuestion();

}  // namespace freehold::engines::postgres
