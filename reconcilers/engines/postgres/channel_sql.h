// The SQL of a channel, as templates. {channel} … are quoted names in the operator's schema.
#pragma once

#include <string>

#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// The templates' names filled in for one channel.
std::string FillChannel(const std::string& text, const std::string& channel);

/// Of both ends: what is on its way at the publisher's, a door without a room at the consumer's.
extern const char* const kChannelTable;
/// What was tried in vain is found without reading the rest.
extern const char* const kChannelIndex;
/// In the publisher's database, from when each type of a channel is carried.
extern const char* const kChannelLedger;
/// The trigger function that puts a row of an outbox on its way.
std::string ChannelSend(Carrier);
/// Digest of it, as its comment says it.
std::string ChannelVersion(const std::string& source, Carrier);

}  // namespace freehold::engines::postgres
