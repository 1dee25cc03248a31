// From rows to what all engines share.
#pragma once

#include "reconcilers/engines/postgres/facts.h"
#include "reconcilers/engines/postgres/spares.h"

namespace freehold::engines::postgres {

/// What Plan looks into.
struct StoreDetail : Detail {
  StoreRows rows;
  SharedFacts facts;
  bool reserved = false;             ///< its database is the server's own: never a store
  bool half_made = false;            ///< its database was just made by us, and nothing was done in it yet
  std::optional<SpareNames> spares;  ///< its database may be one of these until now
  bool unclaimed = false;            ///< its database or schema is there and nothing says that it ever was a store
};

/// The database that the layout names is the server's own, or a template that nobody marked: never a store. `seen` may
/// be null.
bool IsReserved(const Layout&, const Database* seen, const ServerAccess&);

/// Pure.
StoreSeen ViewOf(StoreRows rows, const Layout&, const ServerAccess&);

/// Who reaches the store though nobody planned it. Pure.
std::vector<ForeignAccess> ForeignIn(const StoreDetail&, const Layout&);

/// Null when the schema isn't there or its database was not visited.
const Schema* SchemaNamed(const StoreDetail&, const std::string& name);
/// What the role's comment says.
std::optional<Marker> MarkerOf(const std::optional<Role>&);

}  // namespace freehold::engines::postgres
