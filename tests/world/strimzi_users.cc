#include "strimzi_users.h"

#include <stdexcept>

#include "operator_world.h"
#include "reconcilers/credentials/binding.h"
#include "reconcilers/topics/strimzi_realm.h"
#include "strimzi_kinds.h"

namespace freehold::test {
namespace {

using base::Json;

const kube::ResourceType& Kind() { return topics::KafkaUserType(); }

Json Object(std::initializer_list<std::pair<const char*, Json>> properties) {
  Json known = Json::object();
  for (const auto& [name, schema] : properties) known[name] = schema;
  return {{"type", "object"}, {"properties", known}};
}

Json List(const Json& items) { return {{"type", "array"}, {"items", items}}; }

/// What a user of ours needs of Strimzi's schema.
Json UserSpec() {
  const Json text = {{"type", "string"}};
  const Json rule = Object({{"type", {{"type", "string"}, {"enum", {"allow", "deny"}}, {"default", "allow"}}},
                            {"resource", Object({{"type", text}, {"name", text}, {"patternType", text}})},
                            {"host", text},
                            {"operations", List(text)}});
  return Object({{"authentication", Object({{"type", text}})},
                 {"authorization", Object({{"type", text}, {"acls", List(rule)}})}});
}

void Put(const kube::ResourceType& type, const kube::Name& name, Json object, const char* subresource = "") {
  object["apiVersion"] = type.api_version();
  object["kind"] = type.kind;
  object["metadata"]["name"] = name.name;
  object["metadata"]["namespace"] = name.ns;
  const auto put = Cluster::Instance().admin().Apply(type, name, object, "strimzi", subresource);
  if (!put && put.error().http_status != 404) throw std::runtime_error(put.error().message);
}

}  // namespace

StrimziUsers::StrimziUsers(std::string ns, std::string cluster) : ns_(std::move(ns)), cluster_(std::move(cluster)) {
  InstallKind(Kind(), UserSpec());
  InstallKind(topics::KafkaType(), AnyObject());
  const kube::Name kafka{ns_, cluster_};
  Put(topics::KafkaType(), kafka,
      {{"spec", {{"kafka", {{"listeners", Json::array({{{"name", "apps"}, {"tls", true}}})}}}}}});
  Put(topics::KafkaType(), kafka,
      {{"status",
        {{"listeners",
          Json::array({{{"name", "apps"}, {"bootstrapServers", "kafka:9093"}, {"certificates", {"PEM"}}}})}}}},
      "status");
}

StrimziUsers::~StrimziUsers() { (void)Cluster::Instance().admin().Delete(topics::KafkaType(), {ns_, cluster_}, ""); }

void StrimziUsers::Keep() {
  auto& admin = Cluster::Instance().admin();
  std::set<std::string> there;
  const auto listed =
      admin.List(Kind(), {.ns = ns_, .label_selector = "strimzi.io/cluster=" + cluster_, .field_selector = {}},
                 [&](const Json& user) {
                   there.insert(user.at("metadata").at("name"));
                   KeepOne(user);
                 });
  if (!listed) throw std::runtime_error(listed.error().message);
  for (const auto& name : users_) {
    if (!there.contains(name)) (void)admin.Delete(credentials::SecretType(), {ns_, name}, "");
  }
  users_ = there;
}

void StrimziUsers::KeepOne(const Json& user) {
  const std::string name = user.at("metadata").at("name");
  const auto& generation = user.at("metadata").at("generation");
  if (user.contains("status") && user["status"].value("observedGeneration", Json()) == generation) return;
  Put(credentials::SecretType(), {ns_, name}, {{"stringData", {{"password", "of " + name}}}});
  Put(Kind(), {ns_, name},
      {{"status",
        {{"observedGeneration", generation},
         {"username", name},
         {"secret", name},
         {"conditions", Json::array({{{"type", "Ready"}, {"status", "True"}}})}}}},
      "status");
}

}  // namespace freehold::test
