// Holds the payloads of an outbox to their schema, as a path of SQL/JSON that a CHECK can ask for (PostgreSQL, 9.16.2).
#pragma once

#include <string>

#include "reconcilers/api/payload_schema.h"

namespace freehold::engines::postgres {

inline constexpr const char* kPayloadCheckPrefix = "payload_";

/// A predicate on `$`. Whatever the payload, it is true or false, never unknown: an item that is not understood would
/// pass unseen.
std::string PayloadPredicate(const api::PayloadSchema&);

/// "payload_OrderConfirmed_1a2b3c4d": another schema has another name.
std::string PayloadCheckName(const std::string& event, const api::PayloadSchema&);
/// A condition on the columns type and payload.
std::string PayloadCheck(const std::string& event, const api::PayloadSchema&);

}  // namespace freehold::engines::postgres
