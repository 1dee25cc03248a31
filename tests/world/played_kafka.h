// Users, rights and topics of a Kafka, played in memory. It takes the logins it knows; `admin` may do everything.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "operator/kafka/admin.h"

namespace freehold::test {

/// Outlives its sessions. Not thread-safe.
struct PlayedKafka {
  std::map<std::string, std::string> users{{"admin", "admin"}};
  std::set<kafka::Acl> acls;
  std::set<std::string> topics;
  std::vector<std::string> logins;
  bool down = false;

  class Session final : public kafka::Admin {
   public:
    Session(PlayedKafka& kafka, std::string user) : kafka_(kafka), user_(std::move(user)) {}
    base::Result<std::vector<std::string>> Users() override {
      std::vector<std::string> names;
      for (const auto& [name, password] : kafka_.users) names.push_back(name);
      return names;
    }
    base::Result<void> PutUser(const std::string& name, const base::Sensitive& password) override {
      kafka_.users[name] = password.Reveal();
      return {};
    }
    base::Result<void> DeleteUser(const std::string& name) override {
      kafka_.users.erase(name);
      return {};
    }
    base::Result<std::vector<kafka::Acl>> Acls() override {
      return std::vector<kafka::Acl>(kafka_.acls.begin(), kafka_.acls.end());
    }
    base::Result<void> AddAcls(std::span<const kafka::Acl> acls) override {
      kafka_.acls.insert(acls.begin(), acls.end());
      return {};
    }
    base::Result<void> DeleteAcls(std::span<const kafka::Acl> acls) override {
      for (const auto& acl : acls) kafka_.acls.erase(acl);
      return {};
    }
    base::Result<void> MakeTopic(const std::string& name, int) override {
      kafka_.topics.insert(name);
      return {};
    }
    base::Result<std::set<std::string>> Visible(std::span<const std::string> names) override {
      std::set<std::string> visible;
      for (const auto& name : names) {
        const kafka::Acl right{.name = name, .principal = "User:" + user_, .operation = kafka::Operation::kDescribe};
        const bool may = user_ == "admin" || kafka_.acls.contains(right);
        if (may && kafka_.topics.contains(name)) visible.insert(name);
      }
      return visible;
    }

   private:
    PlayedKafka& kafka_;
    const std::string user_;
  };

  base::Result<std::unique_ptr<kafka::Admin>> Connect(const kafka::Access& access) {
    if (down) return base::Retryable("KafkaUnreachable", "nobody is there");
    const auto user = users.find(access.username);
    if (user == users.end() || user->second != access.password.Reveal()) return base::Terminal("KafkaDenied", "no");
    logins.push_back(access.username);
    return std::make_unique<Session>(*this, access.username);
  }
};

}  // namespace freehold::test
