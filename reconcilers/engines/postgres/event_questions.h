// How events leave a store and come into it: its outbox, its inbox, what is copied from there, its channels.
#pragma once

#include "reconcilers/engines/postgres/look.h"

namespace freehold::engines::postgres {

/// Templates as in visit_questions.h.
Questions EventQuestions();

}  // namespace freehold::engines::postgres
