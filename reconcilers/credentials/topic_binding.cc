#include "reconcilers/credentials/topic_binding.h"

#include "operator/base/text.h"

namespace freehold::credentials {
namespace {

constexpr const char* kType = "servicebinding.io/kafka";
constexpr const char* kScramModule = "org.apache.kafka.common.security.scram.ScramLoginModule";

}  // namespace

SecretEntries TopicEntries(const BrokersEndpoint& to, const std::optional<TopicLogin>& login, const std::string& group,
                           const std::vector<std::string>& topics) {
  SecretEntries entries;
  const auto set = [&](const char* key, std::string value) { entries.emplace(key, base::Sensitive(std::move(value))); };
  set("type", "kafka");
  set("provider", "freehold");
  for (const char* key : {"bootstrap-servers", "bootstrap.servers"}) set(key, base::Join(to.bootstrap_servers, ","));
  set("security.protocol", to.security_protocol);
  set("topics", base::Join(topics, ","));
  set("group.id", group);
  set("auto.offset.reset", "earliest");
  set("isolation.level", "read_committed");
  if (!to.ca_pem.empty()) set("certificates", to.ca_pem);
  if (!login) return entries;
  set("username", login->username);
  set("password", login->password.Reveal());
  set("sasl.mechanism", "SCRAM-SHA-512");
  set("sasl.jaas.config", std::string(kScramModule) + " required username=\"" + login->username + "\" password=\"" +
                              login->password.Reveal() + "\";");
  return entries;
}

base::Json TopicSecretObject(const kube::Name& name, const kube::OwnerReference& owner, const SecretEntries& entries) {
  return SecretForm(name, owner, kType, entries, base::Json::object());
}

bool IsTopicSecret(const base::Json& secret, const std::string& owner_uid) {
  const auto meta = kube::ParseMeta(secret);
  return meta && IsOurs(secret, *meta, kType, owner_uid);
}

}  // namespace freehold::credentials
