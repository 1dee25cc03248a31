#include "reconcilers/engines/postgres/made.h"

#include "reconcilers/engines/postgres/grant_guard.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/plan_defaults.h"

namespace freehold::engines::postgres {

bool IsPlain(const Store& store) {
  return !store.adopt && store.layout.isolation != api::Isolation::kTables && store.extensions.empty() &&
         !store.outbox && !store.inbox && !store.reporting;
}

LocalRows RowsAsMade(const Store& store, const PostgresSnapshot& server) {
  const auto& layout = store.layout;
  const auto& owner = layout.owner;
  LocalRows rows;
  rows.schemas = {{.name = layout.schema,
                   .owner = owner,
                   .comment = HasOwnDatabase(layout) ? "" : PrintMarker(store.marker),
                   .grants = {{owner, owner, "USAGE"}, {owner, owner, "CREATE"}}}};
  rows.defaults = DefaultsAsMade(layout);
  if (!HasOwnDatabase(layout)) {
    rows.ways_out = server.shared_database->ways_out;
    rows.publications = server.shared_database->publications;
  } else if (const auto& admin = server.index.rows().admin; admin.superuser) {
    rows.schemas.push_back({.name = kExtensionSchema, .owner = admin.name, .comment = "", .grants = {}});
    rows.grant_guard = GrantGuardVersion();
  }
  return rows;
}

}  // namespace freehold::engines::postgres
