// What a DatabaseServer is told about itself.
#pragma once

#include "reconcilers/api/database_server.h"
#include "reconcilers/servers/board.h"

namespace freehold::servers {

/// Ready, Reconciling, Stalled by what the last look came to; version, capabilities, findings of what it saw. Pure.
api::DatabaseServerStatus StatusOf(const api::DatabaseServer&, const Standing&, int stores);

}  // namespace freehold::servers
