// On which server a store lives, and where there.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "reconcilers/api/database_server.h"
#include "reconcilers/api/reasons.h"
#include "reconcilers/api/reporting_warehouse.h"
#include "reconcilers/api/service_database.h"
#include "reconcilers/engines/store.h"

namespace freehold::ownership {

struct Misplaced {
  api::Reason reason = api::Reason::kServerNotFound;
  std::string message;
};

using Servers = std::span<const std::shared_ptr<const api::DatabaseServer>>;

/// The server named by the spec; else the one where the store already is, so that a change of defaults moves nothing;
/// else the engine's default server. ServerNotFound, ServerAmbiguous or EngineNotSupported when there is none. Pure.
std::expected<std::shared_ptr<const api::DatabaseServer>, Misplaced> PlaceOf(const api::ServiceDatabase&, Servers);

/// The server that a warehouse is on: named by its spec; else where it is already; else the default one for PostgreSQL.
std::expected<std::shared_ptr<const api::DatabaseServer>, Misplaced> PlaceOf(const api::ReportingWarehouse&, Servers);

/// Where the store of `object` is, or would be, on `server`. Pure.
engines::Layout LayoutFor(const api::ServiceDatabase& object, const api::DatabaseServer& server);

/// `layout` where the store of `object` was made, if it was. Pure.
engines::Layout AsMade(engines::Layout layout, const api::ServiceDatabase& object);

/// A store that was made elsewhere than where its spec asks for it on `server`: it is neither moved nor left behind
/// unseen. StoreNotEmpty, or nothing. Pure.
std::optional<Misplaced> Displacement(const api::ServiceDatabase& object, const api::DatabaseServer& server);

}  // namespace freehold::ownership
