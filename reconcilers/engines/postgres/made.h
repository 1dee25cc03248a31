// What a visit finds in a store that Plan has just made out of nothing, without visiting it.
#pragma once

#include "reconcilers/engines/postgres/server_view.h"

namespace freehold::engines::postgres {

/// Its statements put there all that there is: it has no events, reports, extensions or tables of others.
bool IsPlain(const Store&);

/// What Plan's statements have left there, and what of the shared database concerns all who live in it, by the look at
/// the server. REQUIRES: IsPlain. Pure.
LocalRows RowsAsMade(const Store&, const PostgresSnapshot& server);

}  // namespace freehold::engines::postgres
