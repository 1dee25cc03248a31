// The operator as carrier: from a channel's table at the publisher's to the one at the consumer's.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "reconcilers/engines/engine.h"
#include "reconcilers/engines/postgres/connection.h"

namespace freehold::engines::postgres {

/// What stands in the channel at its publisher. `connection` is to the publisher's database.
Result<ChannelSeen> LookAtChannel(Connection& connection, const std::string& channel);

/// See Engine::WithEvents. `connection` is to the publisher's database.
Result<std::set<std::string>> Waiting(Connection& connection, const std::vector<std::string>& channels);

/// Asks one of the two databases, see Connection::Ask.
using Ask = std::function<Result<std::string>(const Query&)>;

/// See Engine::Deliver. Three round trips for a batch in which all is well. The events pass as text: nothing of them is
/// read on the way.
Result<Delivered> DeliverBatch(const std::string& channel, const Ask& publisher, const Ask& consumer);

}  // namespace freehold::engines::postgres
