#include "reconcilers/topics/grants.h"

#include <algorithm>

#include "reconcilers/buses/topics.h"
#include "reconcilers/stores/feeds.h"

namespace freehold::topics {
namespace {

std::string RotationOf(const api::ServiceDatabase& object) {
  const auto request = object.meta.annotations.find(api::kRotateAnnotation);
  return request == object.meta.annotations.end() ? "" : request->second;
}

}  // namespace

std::vector<Grant> GrantsOf(const api::EventBus& bus, const stores::World& world) {
  std::vector<Grant> grants;
  if (bus.meta.deleted) return grants;
  for (const auto& object : world.databases.All()) {
    if (object->meta.deleted || !object->status.store || !api::ReadsTopics(*object)) continue;
    const auto place = stores::PlaceOfStore(*object, world);
    if (!place) continue;
    const auto name = object->meta.full_name();
    Grant grant{.consumer = name,
                .uid = object->meta.uid,
                .secret = {name.ns, api::TopicSecretOf(*object)},
                .reader = buses::ReaderOf(bus.spec, name),
                .topics = {},
                .channels = {},
                .rotation = RotationOf(*object)};
    for (const auto& topic : stores::FeedsInto(*place, stores::SubscriptionsOf(*object, world), world).topics) {
      if (!topic.hindrance.empty() || topic.bus->meta.name != bus.meta.name) continue;
      grant.topics.push_back(buses::TopicOf(bus.spec, topic.feed.channel->name));
      grant.channels.push_back(topic.feed.channel->name);
    }
    std::ranges::sort(grant.topics);
    if (!grant.topics.empty()) grants.push_back(std::move(grant));
  }
  std::ranges::sort(grants, {}, &Grant::reader);
  return grants;
}

std::vector<kafka::Acl> AclsOf(const Grant& grant) {
  using kafka::Operation, kafka::Resource;
  const auto principal = "User:" + grant.reader;
  std::vector<kafka::Acl> acls;
  for (const auto& topic : grant.topics) {
    for (const auto operation : {Operation::kRead, Operation::kDescribe}) {
      acls.push_back({.resource = Resource::kTopic, .name = topic, .principal = principal, .operation = operation});
    }
  }
  acls.push_back(
      {.resource = Resource::kGroup, .name = grant.reader, .principal = principal, .operation = Operation::kRead});
  std::ranges::sort(acls);
  return acls;
}

std::optional<kube::Name> ConsumerOf(const api::EventBusSpec& bus, const std::string& reader) {
  const auto begin = buses::ReaderOf(bus, {"", ""}).size() - 1;
  const auto dot = reader.find('.', begin);
  if (!reader.starts_with(buses::ReaderOf(bus, {"", ""}).substr(0, begin)) || dot == std::string::npos) {
    return std::nullopt;
  }
  return kube::Name{reader.substr(begin, dot - begin), reader.substr(dot + 1)};
}

}  // namespace freehold::topics
