// A whole server as one look saw it.
#pragma once

#include <set>

#include "reconcilers/engines/postgres/facts.h"

namespace freehold::engines::postgres {

class PostgresSnapshot final : public ServerSnapshot {
 public:
  PostgresSnapshot(ServerRows rows, const ServerAccess&);

  const ServerAccess access;
  const SharedIndex index;
  const std::set<std::string> superusers;
  /// Of the shared database: schemas, ways out, publications of all tables. Absent: it was not visited.
  const std::optional<LocalRows> shared_database;
};

/// PUBLIC has some right on it.
bool IsOpen(const Database&);
/// The admin may change who has rights on it.
bool MayClose(const Database&, const Role& admin);
/// Which databases PlanServer closes: PostgreSQL's own, which everybody may enter unless told otherwise, and the shared
/// one.
bool IsOfServer(const std::string& database, const ServerAccess&);

}  // namespace freehold::engines::postgres
