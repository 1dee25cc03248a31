// What the way between two stores is called, at both of its ends.
#pragma once

#include "reconcilers/engines/store.h"

namespace freehold::engines {

/// One store, and the server that it is on.
struct Place {
  std::string server;
  Layout layout;
};

/// Is no channel needed, since one transaction reaches both?
bool ShareDatabase(const Place&, const Place&);

/// "orders_db_to_payments_db_1f2e3d4c": equal for equal places, whoever asks. Begins with ChannelsOf(publisher).
std::string ChannelBetween(const Place& publisher, const Place& consumer);

/// What the names of all channels that lead away from a store begin with; those of others may, too, where names are
/// long.
std::string ChannelsOf(const Layout& publisher);

/// The role that replicates what leaves a store, and may do nothing else: "<name>_cdc".
std::string CdcRoleOf(const Layout& publisher);

}  // namespace freehold::engines
