// The limit: the same SQL and the same API writes as the operator's, from a bare loop that decides nothing, observes
// nothing and checks nothing.
#pragma once

#include "figures.h"
#include "operator_world.h"

namespace freehold::bench {

/// Makes `count` stores in `world`; the ServiceDatabases exist already and no operator runs. `concurrency` threads,
/// each with a connection of its own to the server.
Figures RunLimit(test::OperatorWorld& world, api::Isolation isolation, int count, int concurrency);

}  // namespace freehold::bench
