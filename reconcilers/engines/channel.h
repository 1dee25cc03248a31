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

/// What all channels that lead from a publisher to one EventBus share: "orders_db_to_kafka_1f2e3d4c". Begins with
/// ChannelsOf(publisher).
std::string LinkOf(const Place& publisher, const std::string& bus);

/// The table, publication and slot that a channel has at its publisher's are named after this.
std::string SourceOf(const Channel&);

/// An event of a channel, as ChannelSeen::types has it: the type, on a link after the channel's name and a space.
std::string TypeOn(const Channel&, const std::string& type);

/// What the names of all channels that lead away from a store begin with; those of others may, too, where names are
/// long.
std::string ChannelsOf(const Layout& publisher);

/// The role that replicates what leaves a store, and may do nothing else: "<name>_cdc".
std::string CdcRoleOf(const Layout& publisher);

/// The two logins of a tool outside that reads what a store reports; they take turns: "<name>_cdc_1", "<name>_cdc_2".
std::array<std::string, 2> ToolLoginsOf(const Layout& source);

/// All roles of a store's that replicate.
std::vector<std::string> ReplicatorsOf(const Layout&);
/// Is it called like one of them?
bool IsReplicator(const std::string& role);

/// How a channel's end says that a request to post everything once more was answered: a line of the trigger's comment.
std::string ResyncMark(const std::string& channel, const std::string& request);
bool HasMark(const std::string& comment, const std::string& mark);

}  // namespace freehold::engines
