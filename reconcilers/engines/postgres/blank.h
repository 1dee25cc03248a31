// A server that nobody has worked on yet, for planning without one.
#pragma once

#include "reconcilers/engines/postgres/snapshot.h"

namespace freehold::engines::postgres {

/// PostgreSQL 18 with a superuser as admin, the two databases it comes with open to all, no stores.
SharedRows BlankRows();

}  // namespace freehold::engines::postgres
