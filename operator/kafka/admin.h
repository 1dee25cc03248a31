// Users, rights and topics of a Kafka cluster: the few requests of its protocol that keep them. Brokers hand what
// changes something on to the controller (KRaft, Kafka 3.5 or later).
// https://kafka.apache.org/protocol#protocol_messages
#pragma once

#include <compare>
#include <set>
#include <span>

#include "operator/kafka/connection.h"

namespace freehold::kafka {

/// As the protocol numbers them.
enum class Resource : std::int8_t { kTopic = 2, kGroup = 3, kCluster = 4, kTransactionalId = 5 };
enum class Operation : std::int8_t {
  kAll = 2,
  kRead = 3,
  kWrite = 4,
  kCreate = 5,
  kDelete = 6,
  kAlter = 7,
  kDescribe = 8
};
std::string ToString(Resource);   ///< "topic" …; "" for others
std::string ToString(Operation);  ///< "Read" …; "" for others

/// One right.
struct Acl {
  Resource resource = Resource::kTopic;
  std::string name;
  bool prefixed = false;  ///< for all whose names begin so; otherwise for the one called so, and "*" is any
  std::string principal;  ///< "User:freehold.shop.orders"
  std::string host = "*";
  Operation operation = Operation::kRead;
  bool allows = true;
  auto operator<=>(const Acl&) const = default;
};

/// See Connection for failures; beside them Terminal "KafkaDenied": the login lacks a right, and Retryable
/// "KafkaRefused": anything else that a broker has against it. Not thread-safe.
class Admin {
 public:
  virtual ~Admin() = default;
  /// Those who have a password for SCRAM-SHA-512.
  virtual Result<std::vector<std::string>> Users() = 0;
  /// Sets the password, of one who isn't there, too.
  virtual Result<void> PutUser(const std::string& name, const base::Sensitive& password) = 0;
  /// One that is already gone is success.
  virtual Result<void> DeleteUser(const std::string& name) = 0;
  /// All of them, sorted.
  virtual Result<std::vector<Acl>> Acls() = 0;
  virtual Result<void> AddAcls(std::span<const Acl>) = 0;
  virtual Result<void> DeleteAcls(std::span<const Acl>) = 0;
  /// One that is there already is success, whatever it is like.
  virtual Result<void> MakeTopic(const std::string& name, int partitions) = 0;
  /// Those of `names` that are there and that this login may describe.
  virtual Result<std::set<std::string>> Visible(std::span<const std::string> names) = 0;
};

class ProtocolAdmin final : public Admin {
 public:
  explicit ProtocolAdmin(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  Result<std::vector<std::string>> Users() override;
  Result<void> PutUser(const std::string& name, const base::Sensitive& password) override;
  Result<void> DeleteUser(const std::string& name) override;
  Result<std::vector<Acl>> Acls() override;
  Result<void> AddAcls(std::span<const Acl>) override;
  Result<void> DeleteAcls(std::span<const Acl>) override;
  Result<void> MakeTopic(const std::string& name, int partitions) override;
  Result<std::set<std::string>> Visible(std::span<const std::string> names) override;

 private:
  Result<void> ChangeUser(const std::string& name, const Request&);

  const std::unique_ptr<Connection> connection_;
};

}  // namespace freehold::kafka
