#include "reconcilers/topics/kafka_realm.h"

#include <algorithm>

namespace freehold::topics {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::minutes kTriedFor{10};

std::vector<kafka::Acl> OfReader(const std::vector<kafka::Acl>& acls, const std::string& reader) {
  std::vector<kafka::Acl> own;
  std::ranges::copy_if(acls, std::back_inserter(own),
                       [&](const kafka::Acl& acl) { return acl.principal == "User:" + reader; });
  return own;
}

}  // namespace

Result<std::unique_ptr<kafka::Admin>> AdminOf(const kafka::Access& access) {
  auto connection = kafka::Connection::Open(access, kPatience);
  if (!connection) return std::unexpected(std::move(connection.error()));
  return std::make_unique<kafka::ProtocolAdmin>(std::move(*connection));
}

bool Tried::Lately(const Grant& grant, const base::Clock& clock) const {
  std::lock_guard lock(mutex_);
  const auto known = tried_.find(grant.reader);
  return known != tried_.end() && known->second.first == grant && clock.Steady() - known->second.second < kTriedFor;
}

void Tried::Put(const Grant& grant, const base::Clock& clock) {
  std::lock_guard lock(mutex_);
  tried_.insert_or_assign(grant.reader, std::pair(grant, clock.Steady()));
}

Result<credentials::BrokersEndpoint> KafkaRealm::Endpoint() {
  return credentials::BrokersEndpoint{
      .bootstrap_servers = parts_.access.bootstrap_servers,
      .security_protocol = ToString(parts_.bus.spec.kafka_connect->brokers->security_protocol),
      .ca_pem = parts_.access.authorities};
}

Result<std::vector<std::string>> KafkaRealm::Leaving(const std::vector<Grant>& grants) {
  if (!Administered()) return std::vector<std::string>{};
  auto admin = parts_.connect(parts_.access);
  if (!admin) return std::unexpected(std::move(admin.error()));
  admin_ = std::move(*admin);
  auto users = admin_->Users();
  if (!users) return std::unexpected(std::move(users.error()));
  auto acls = admin_->Acls();
  if (!acls) return std::unexpected(std::move(acls.error()));
  seen_ = {std::move(*users), std::move(*acls)};
  changes_ = ChangesFor(parts_.bus.spec, grants, seen_, parts_.access.username);
  return changes_.leave;
}

Result<void> KafkaRealm::Remove(const std::string& reader, const Do& once) {
  const auto acls = OfReader(changes_.remove, reader);
  if (!acls.empty()) {
    auto done = once("delete-acls", reader, [&] { return admin_->DeleteAcls(acls); });
    if (!done) return done;
  }
  return once("delete-user", reader, [&] { return admin_->DeleteUser(reader); });
}

Result<std::optional<credentials::TopicLogin>> KafkaRealm::Keep(const Grant& grant, const Do& once) {
  if (!Administered()) return std::nullopt;
  const auto turn = grant.rotation.empty() ? "" : " " + grant.rotation;
  const auto password = parts_.passwords.Of("EventBus " + parts_.bus.meta.name, grant.reader + turn);
  if (!password) return base::Retryable("ReaderPending", "there is no key for passwords yet");
  credentials::TopicLogin login{grant.reader, *password};
  if (auto done = Admit(grant, login, once); !done) return std::unexpected(std::move(done.error()));
  return login;
}

Result<void> KafkaRealm::Admit(const Grant& grant, const credentials::TopicLogin& login, const Do& once) {
  if (const auto acls = OfReader(changes_.remove, grant.reader); !acls.empty()) {
    auto done = once("delete-acls", grant.reader, [&] { return admin_->DeleteAcls(acls); });
    if (!done) return done;
  }
  if (const auto acls = OfReader(changes_.add, grant.reader); !acls.empty()) {
    auto done = once("add-acls", grant.reader, [&] { return admin_->AddAcls(acls); });
    if (!done) return done;
  }
  const auto set_password = [&] {
    return once("set-password", grant.reader, [&] { return admin_->PutUser(grant.reader, login.password); });
  };
  const bool arrives = changes_.arrive.contains(grant.reader);
  if (!arrives && parts_.tried.Lately(grant, parts_.clock)) return {};
  if (arrives) {
    if (auto done = set_password(); !done) return done;
  }
  auto access = parts_.access;
  access.username = login.username;
  access.password = login.password;
  const auto tried = parts_.connect(access);
  if (!tried && tried.error().reason == "KafkaDenied" && !arrives) {
    // Somebody gave it another password; brokers learn of a new one within moments.
    if (auto done = set_password(); !done) return done;
    return base::Retryable("ReaderPending", "its password was set again");
  }
  if (!tried && tried.error().reason == "KafkaDenied") {
    return base::Retryable("ReaderPending", "Kafka does not take its password yet");
  }
  if (!tried) return std::unexpected(tried.error());
  const auto visible = (*tried)->Visible(grant.topics);
  if (!visible) return std::unexpected(visible.error());
  for (const auto& topic : grant.topics) {
    if (visible->contains(topic)) continue;
    auto done = once("make-topic", topic, [&] { return admin_->MakeTopic(topic, parts_.partitions); });
    if (!done) return done;
  }
  if (visible->size() < grant.topics.size()) {
    return base::Retryable("ReaderPending", "its login does not see all of its topics yet");
  }
  parts_.tried.Put(grant, parts_.clock);
  return {};
}

}  // namespace freehold::topics
