// What one look at a whole server tells of the ways into a store.
#pragma once

#include <vector>

#include "reconcilers/engines/postgres/server_view.h"

namespace freehold::engines::postgres {

/// By the database's ACL and owner, by memberships, and by the shared dependencies (pg_shdepend), which name every role
/// that owns or may use something in the store's own database. Pure.
Glance AccessAtAGlance(const PostgresSnapshot&, const Layout&);

}  // namespace freehold::engines::postgres
