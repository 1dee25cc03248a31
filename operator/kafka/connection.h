// One connection to a broker, logged in.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "operator/base/failure.h"
#include "operator/base/sensitive.h"
#include "operator/kafka/wire.h"

namespace freehold::kafka {

using base::Result;

/// How a cluster is reached.
struct Access {
  std::vector<std::string> bootstrap_servers;  ///< "host:port"; the first that answers is used
  bool tls = true;
  std::string authorities;  ///< PEM; empty: the system's
  std::string username;
  base::Sensitive password;
  bool operator==(const Access&) const = default;
};

/// What is asked of a broker. https://kafka.apache.org/protocol#protocol_api_keys
struct Question {
  std::int16_t api = 0;
  std::int16_t version = 0;
  bool flexible = false;  ///< this version ends headers with tagged fields
  bool changes = false;   ///< a reply that is lost leaves in doubt whether it happened
};

/// Failures of every call:
///   Retryable "KafkaUnreachable"  no broker answers, or it does not speak Kafka's protocol
///   InDoubt   "KafkaReplyLost"    what was to change something was sent, and no reply came
///   Terminal  "KafkaDenied"       the login is refused
/// Not thread-safe.
class Connection {
 public:
  /// Logs in by SCRAM-SHA-512. Each step waits no longer than `patience`.
  static Result<std::unique_ptr<Connection>> Open(const Access&, std::chrono::seconds patience);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<Reply> Ask(const Question&, const Request&);

 private:
  explicit Connection(int socket) : socket_(socket) {}
  Result<void> Encrypt(const Access&, const std::string& host);
  Result<void> LogIn(const Access&);
  Result<std::string> Authenticate(const std::string& message);
  bool Send(const std::string& bytes);
  bool Receive(std::string& bytes);

  int socket_;
  std::int32_t asked_ = 0;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, &SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, &SSL_free};
};

}  // namespace freehold::kafka
