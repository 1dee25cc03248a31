#include "commands/audit/topics.h"

#include <iterator>

#include "commands/resource_world.h"
#include "reconcilers/buses/topics.h"
#include "reconcilers/stores/feeds.h"
#include "reconcilers/topics/access.h"
#include "reconcilers/topics/kafka_realm.h"
#include "reconcilers/topics/strimzi_realm.h"

namespace freehold::commands::audit {
namespace {

using isolation::KafkaSeen;
using isolation::TopicAsked;

class Looker {
 public:
  explicit Looker(const TopicsLook& look) : look_(look), world_(look.resources) {}

  void Run(isolation::AccessModel& model) {
    for (const auto& store : look_.stores) {
      const auto bus = buses::ChoiceOf(*store.object, world_.buses.All()).bus;
      if (!bus || !api::IsOnConnect(bus->spec.type)) continue;
      const auto topics = TopicsOf(store, *bus);
      if (topics.empty()) continue;
      const auto& seen = LookAt(*bus);
      if (!seen) {
        model.unknown.push_back({store.name(), "topics", seen.error().message});
        continue;
      }
      auto edges = isolation::TopicEdges(store, topics, *seen, look_.now);
      std::ranges::move(edges, std::back_inserter(model.edges));
    }
  }

 private:
  /// All that leave the store by this bus, whoever reads them in the end.
  std::vector<TopicAsked> TopicsOf(const isolation::StoreAsked& store, const api::EventBus& bus) const {
    std::map<std::string, std::string> readers;
    for (const auto& grant : topics::GrantsOf(bus, world_.View())) {
      for (const auto& topic : grant.topics) readers[topic] = grant.reader;
    }
    std::vector<TopicAsked> topics;
    const engines::Place place{store.server, store.layout};
    for (const auto& outgoing : stores::OutgoingFrom(*store.object, place, world_.View())) {
      if (outgoing.channel.link.empty()) continue;
      const auto name = buses::TopicOf(bus.spec, outgoing.channel.name);
      topics.push_back({name, readers[name]});
    }
    return topics;
  }

  const base::Result<KafkaSeen>& LookAt(const api::EventBus& bus) {
    const auto known = seen_.find(bus.meta.name);
    if (known != seen_.end()) return known->second;
    KafkaSeen seen{.bus = bus.meta.name, .acls = {}, .readers = {}, .platform_users = {}};
    for (const auto& grant : topics::GrantsOf(bus, world_.View())) {
      const auto reader = world_.databases.Find(grant.consumer);
      seen.readers[grant.reader] = grant.consumer.ns + "/" + api::ServiceOf(*reader);
    }
    auto acls = bus.spec.strimzi ? AclsOfStrimzi(bus) : AclsOfKafka(bus, seen);
    auto looked = acls ? base::Result<KafkaSeen>(std::move(seen)) : std::unexpected(acls.error());
    if (looked) looked->acls = std::move(*acls);
    return seen_.emplace(bus.meta.name, std::move(looked)).first->second;
  }

  base::Result<std::vector<kafka::Acl>> AclsOfKafka(const api::EventBus& bus, KafkaSeen& seen) const {
    const auto& brokers = bus.spec.kafka_connect->brokers;
    if (!brokers || !brokers->admin_secret) {
      return base::Terminal("NoAdmin",
                            "EventBus " + bus.meta.name +
                                " names no kafkaConnect.brokers.adminSecret by which Kafka's ACLs could be seen");
    }
    seen.platform_users.insert(brokers->platform_users.begin(), brokers->platform_users.end());
    const auto access = topics::AccessOf(*brokers, look_.reader, look_.operator_namespace);
    if (!access) return std::unexpected(access.error());
    seen.platform_users.insert(access->username);
    const auto admin = topics::AdminOf(*access);
    if (!admin) return std::unexpected(admin.error());
    return (*admin)->Acls();
  }

  /// What Strimzi's resources grant; rights that are kept otherwise are not seen there.
  base::Result<std::vector<kafka::Acl>> AclsOfStrimzi(const api::EventBus& bus) const {
    std::vector<kafka::Acl> acls;
    const auto listed = look_.reader.List(topics::KafkaUserType(), {.ns = bus.spec.strimzi->ns}, [&](const auto& user) {
      auto granted = topics::AclsOfUser(user);
      std::ranges::move(granted, std::back_inserter(acls));
    });
    if (!listed) return std::unexpected(listed.error());
    return acls;
  }

  const TopicsLook look_;
  const ResourceWorld world_;
  std::map<std::string, base::Result<KafkaSeen>> seen_;
};

}  // namespace

void LookAtTopics(const TopicsLook& look, isolation::AccessModel& model) { Looker(look).Run(model); }

}  // namespace freehold::commands::audit
