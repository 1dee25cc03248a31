// Who keeps the users and the rights of a Kafka.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "reconcilers/credentials/topic_binding.h"
#include "reconcilers/topics/grants.h"

namespace freehold::topics {

using base::Result;

/// Lets one effect happen: (verb, target, act).
using Do =
    std::function<Result<void>(const char* verb, const std::string& target, const std::function<Result<void>()>&)>;

class Realm {
 public:
  virtual ~Realm() = default;
  /// Where clients find it.
  virtual Result<credentials::BrokersEndpoint> Endpoint() = 0;
  /// Readers who are there and are granted nothing; their Secrets are to be emptied before Remove.
  virtual Result<std::vector<std::string>> Leaving(const std::vector<Grant>&) = 0;
  virtual Result<void> Remove(const std::string& reader, const Do&) = 0;
  /// Makes user, rights and topics as granted. The login, tried, by which it reads; none where users are others'
  /// business. Retryable "ReaderPending": it is being made.
  virtual Result<std::optional<credentials::TopicLogin>> Keep(const Grant&, const Do&) = 0;
};

}  // namespace freehold::topics
