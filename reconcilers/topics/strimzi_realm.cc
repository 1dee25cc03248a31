#include "reconcilers/topics/strimzi_realm.h"

#include <algorithm>

namespace freehold::topics {
namespace {

using base::Json;

constexpr const char* kBusLabel = "freehold.dev/bus";
constexpr const char* kManager = "freehold";

std::unexpected<base::Failure> Pending(std::string what) { return base::Retryable("ReaderPending", std::move(what)); }

/// What stands at a path of members; null where nothing does.
const Json& At(const Json& object, std::initializer_list<const char*> path) {
  static const Json nothing;
  const Json* at = &object;
  for (const char* member : path) {
    const auto found = at->is_object() ? at->find(member) : at->end();
    if (!at->is_object() || found == at->end()) return nothing;
    at = &*found;
  }
  return *at;
}

const Json& Named(const Json& list, const std::string& name) {
  static const Json nothing;
  if (!list.is_array()) return nothing;
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const Json& item) { return At(item, {"name"}) == Json(name); });
  return found == list.end() ? nothing : *found;
}

/// Is all that is wanted as it should be, whatever else others have put there?
bool Includes(const Json& there, const Json& wanted) {
  if (wanted.is_array()) {
    return there.is_array() && std::equal(there.begin(), there.end(), wanted.begin(), wanted.end(), Includes);
  }
  if (!wanted.is_object()) return there == wanted;
  for (const auto& [key, value] : wanted.items()) {
    if (!there.is_object() || !there.contains(key) || !Includes(there.at(key), value)) return false;
  }
  return true;
}

std::string TextOf(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

bool IsReady(const Json& user) {
  const auto& seen = At(user, {"status", "observedGeneration"});
  if (!seen.is_number() || seen != At(user, {"metadata", "generation"})) return false;
  const auto& conditions = At(user, {"status", "conditions"});
  return conditions.is_array() && std::any_of(conditions.begin(), conditions.end(), [](const Json& condition) {
           return At(condition, {"type"}) == Json("Ready") && At(condition, {"status"}) == Json("True");
         });
}

}  // namespace

const kube::ResourceType& KafkaUserType() {
  static const kube::ResourceType type{"kafka.strimzi.io", "v1", "kafkausers", "KafkaUser", true};
  return type;
}

const kube::ResourceType& KafkaType() {
  static const kube::ResourceType type{"kafka.strimzi.io", "v1", "kafkas", "Kafka", true};
  return type;
}

Json KafkaUserOf(const api::EventBus& bus, const Grant& grant) {
  std::map<std::pair<std::string, std::string>, Json> rules;
  for (const auto& acl : AclsOf(grant)) {
    auto& rule = rules[{ToString(acl.resource), acl.name}];
    if (rule.is_null()) {
      rule = {{"resource", {{"type", ToString(acl.resource)}, {"name", acl.name}, {"patternType", "literal"}}},
              {"host", acl.host},
              {"operations", Json::array()}};
    }
    rule["operations"].push_back(ToString(acl.operation));
  }
  Json acls = Json::array();
  for (auto& [resource, rule] : rules) acls.push_back(std::move(rule));
  return {{"apiVersion", KafkaUserType().api_version()},
          {"kind", KafkaUserType().kind},
          {"metadata",
           {{"name", grant.reader},
            {"namespace", bus.spec.strimzi->ns},
            {"labels", {{"strimzi.io/cluster", bus.spec.strimzi->kafka->cluster}, {kBusLabel, bus.meta.name}}}}},
          {"spec",
           {{"authentication", {{"type", "scram-sha-512"}}},
            {"authorization", {{"type", "simple"}, {"acls", std::move(acls)}}}}}};
}

std::vector<kafka::Acl> AclsOfUser(const Json& user) {
  std::vector<kafka::Acl> acls;
  const auto& rules = At(user, {"spec", "authorization", "acls"});
  for (const auto& rule : rules.is_array() ? rules : Json::array()) {
    if (At(rule, {"resource", "type"}) != Json("topic")) continue;
    const auto& operations = At(rule, {"operations"});
    for (const auto& operation : operations.is_array() ? operations : Json::array()) {
      for (const auto known : {kafka::Operation::kAll, kafka::Operation::kRead, kafka::Operation::kWrite}) {
        if (TextOf(operation) != ToString(known)) continue;
        acls.push_back({.resource = kafka::Resource::kTopic,
                        .name = TextOf(At(rule, {"resource", "name"})),
                        .prefixed = At(rule, {"resource", "patternType"}) == Json("prefix"),
                        .principal = "User:" + TextOf(At(user, {"metadata", "name"})),
                        .operation = known,
                        .allows = At(rule, {"type"}) != Json("deny")});
      }
    }
  }
  return acls;
}

Result<credentials::BrokersEndpoint> StrimziRealm::Endpoint() {
  const auto& named = *bus_.spec.strimzi->kafka;
  const auto kafka = reader_.Get(KafkaType(), {ns(), named.cluster});
  if (!kafka) return std::unexpected(kafka.error());
  const auto& listener = Named(At(*kafka, {"status", "listeners"}), named.listener);
  const auto servers = TextOf(At(listener, {"bootstrapServers"}));
  if (servers.empty()) {
    return Pending("Kafka " + ns() + "/" + named.cluster + " shows no address of a listener " + named.listener);
  }
  const bool tls = At(Named(At(*kafka, {"spec", "kafka", "listeners"}), named.listener), {"tls"}) == Json(true);
  credentials::BrokersEndpoint endpoint{
      .bootstrap_servers = {servers}, .security_protocol = tls ? "SASL_SSL" : "SASL_PLAINTEXT", .ca_pem = {}};
  const auto& certificates = At(listener, {"certificates"});
  if (tls && certificates.is_array()) {
    for (const auto& certificate : certificates) endpoint.ca_pem += TextOf(certificate);
  }
  return endpoint;
}

Result<std::vector<std::string>> StrimziRealm::Leaving(const std::vector<Grant>& grants) {
  users_.clear();
  const auto listed =
      reader_.List(KafkaUserType(),
                   {.ns = ns(), .label_selector = std::string(kBusLabel) + "=" + bus_.meta.name, .field_selector = {}},
                   [&](const Json& user) {
                     users_[TextOf(At(user, {"metadata", "name"}))] = user;
                   });
  if (!listed) return std::unexpected(listed.error());
  std::vector<std::string> leaving;
  for (const auto& [name, user] : users_) {
    if (std::ranges::find(grants, name, &Grant::reader) == grants.end()) leaving.push_back(name);
  }
  return leaving;
}

Result<void> StrimziRealm::Remove(const std::string& reader, const Do& once) {
  return once("delete-user", reader, [&] { return writer_.Delete(KafkaUserType(), {ns(), reader}); });
}

Result<std::optional<credentials::TopicLogin>> StrimziRealm::Keep(const Grant& grant, const Do& once) {
  const auto wanted = KafkaUserOf(bus_, grant);
  const auto found = users_.find(grant.reader);
  const bool fits = found != users_.end() && Includes(found->second.value("spec", Json()), wanted.at("spec"));
  if (!fits) {
    const auto applied = once("apply-user", grant.reader, [&] {
      return kube::Dropping(writer_.Apply(KafkaUserType(), {ns(), grant.reader}, wanted, kManager));
    });
    if (!applied) return std::unexpected(applied.error());
    return Pending("its KafkaUser is being made");
  }
  const auto name = TextOf(At(found->second, {"status", "secret"}));
  if (!IsReady(found->second) || name.empty()) return Pending("its KafkaUser is not ready");
  const auto secret = reader_.Get(credentials::SecretType(), {ns(), name});
  if (!secret) return std::unexpected(secret.error());
  const auto entries = credentials::EntriesOf(*secret);
  const auto password = entries.find("password");
  if (password == entries.end()) return Pending("Secret " + ns() + "/" + name + " has no password");
  return credentials::TopicLogin{grant.reader, password->second};
}

}  // namespace freehold::topics
