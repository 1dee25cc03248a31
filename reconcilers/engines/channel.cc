#include "reconcilers/engines/channel.h"

#include <algorithm>

#include "operator/base/text.h"

namespace freehold::engines {
namespace {

constexpr std::size_t kLongestPart = 20;

/// "orders_db" of "orders_db_owner", in the letters that a replication slot may have.
std::string PartOf(const Layout& layout) {
  std::string part = layout.owner.substr(0, std::min(layout.owner.rfind('_'), kLongestPart));
  for (char& c : part) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (upper) c = static_cast<char>(c - 'A' + 'a');
    if (!upper && !plain) c = '_';
  }
  return part;
}

std::string Identity(const Place& place) {
  return place.server + "\n" + place.layout.database + "\n" + place.layout.schema + "\n" + place.layout.owner + "\n";
}

}  // namespace

bool ShareDatabase(const Place& one, const Place& other) {
  return one.server == other.server && one.layout.database == other.layout.database;
}

std::string ChannelBetween(const Place& publisher, const Place& consumer) {
  const auto digest = base::Sha256Hex(Identity(publisher) + Identity(consumer)).substr(0, 8);
  return ChannelsOf(publisher.layout) + PartOf(consumer.layout) + "_" + digest;
}

std::string LinkOf(const Place& publisher, const std::string& bus) {
  const auto digest = base::Sha256Hex(Identity(publisher) + "EventBus\n" + bus).substr(0, 8);
  Layout named;
  named.owner = bus + "_owner";
  return ChannelsOf(publisher.layout) + PartOf(named) + "_" + digest;
}

std::string SourceOf(const Channel& channel) { return channel.link.empty() ? channel.name : channel.link; }

std::string TypeOn(const Channel& channel, const std::string& type) {
  return channel.link.empty() ? type : channel.name + " " + type;
}

std::string ChannelsOf(const Layout& publisher) { return PartOf(publisher) + "_to_"; }

std::string CdcRoleOf(const Layout& publisher) {
  return publisher.owner.substr(0, publisher.owner.rfind('_')) + "_cdc";
}

std::array<std::string, 2> ToolLoginsOf(const Layout& source) {
  return {CdcRoleOf(source) + "_1", CdcRoleOf(source) + "_2"};
}

std::vector<std::string> ReplicatorsOf(const Layout& layout) {
  const auto tool = ToolLoginsOf(layout);
  return {CdcRoleOf(layout), tool[0], tool[1]};
}

bool IsReplicator(const std::string& role) {
  return role.ends_with("_cdc") || role.ends_with("_cdc_1") || role.ends_with("_cdc_2");
}

std::string ResyncMark(const std::string& channel, const std::string& request) { return channel + " " + request; }

bool HasMark(const std::string& comment, const std::string& mark) {
  return ("\n" + comment + "\n").contains("\n" + mark + "\n");
}

}  // namespace freehold::engines
