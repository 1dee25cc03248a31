#include "operator/kafka/admin.h"

#include <algorithm>

#include "operator/kafka/scram.h"

namespace freehold::kafka {
namespace {

constexpr Question kMetadata{.api = 3, .version = 4};
constexpr Question kCreateTopics{.api = 19, .version = 4, .changes = true};
constexpr Question kDescribeAcls{.api = 29, .version = 1};
constexpr Question kCreateAcls{.api = 30, .version = 1, .changes = true};
constexpr Question kDeleteAcls{.api = 31, .version = 1, .changes = true};
constexpr Question kDescribeUsers{.api = 50, .version = 0, .flexible = true};
constexpr Question kAlterUsers{.api = 51, .version = 0, .flexible = true, .changes = true};

constexpr std::int8_t kAny = 1, kLiteral = 3, kPrefixed = 4, kDeny = 2, kAllow = 3, kScramSha512 = 2;
constexpr std::int32_t kTimeoutMs = 10'000;

// https://kafka.apache.org/protocol#protocol_error_codes
constexpr std::int16_t kNoSuchTopic = 3, kLeaderNotAvailable = 5, kTopicDenied = 29, kTopicExists = 36,
                       kNoSuchUser = 91;

Result<void> Judge(std::int16_t error, const std::string& message, const std::string& what) {
  if (error == 0) return {};
  const bool denied = error == 29 || error == 30 || error == 31;
  auto text = what + ": " + (message.empty() ? "Kafka's error " + std::to_string(error) : message);
  if (error == 54) text = what + ": the brokers have no authorizer (authorizer.class.name)";
  if (denied) return base::Terminal("KafkaDenied", std::move(text));
  return base::Retryable("KafkaRefused", std::move(text));
}

Result<void> Whole(const Reply& reply) {
  if (reply.ok()) return {};
  return base::Retryable("KafkaUnreachable", "the reply is cut short");
}

void Keep(Result<void>& first, Result<void> next) {
  if (first && !next) first = std::move(next);
}

void Write(Request& request, const Acl& acl) {
  request.Int8(static_cast<std::int8_t>(acl.resource)).String(acl.name).Int8(acl.prefixed ? kPrefixed : kLiteral);
  request.String(acl.principal).String(acl.host);
  request.Int8(static_cast<std::int8_t>(acl.operation)).Int8(acl.allows ? kAllow : kDeny);
}

}  // namespace

std::string ToString(Resource resource) {
  switch (resource) {
    case Resource::kTopic:
      return "topic";
    case Resource::kGroup:
      return "group";
    case Resource::kCluster:
      return "cluster";
    case Resource::kTransactionalId:
      return "transactional id";
  }
  return {};
}

std::string ToString(Operation operation) {
  switch (operation) {
    case Operation::kAll:
      return "All";
    case Operation::kRead:
      return "Read";
    case Operation::kWrite:
      return "Write";
    case Operation::kCreate:
      return "Create";
    case Operation::kDelete:
      return "Delete";
    case Operation::kAlter:
      return "Alter";
    case Operation::kDescribe:
      return "Describe";
  }
  return {};
}

Result<std::vector<std::string>> ProtocolAdmin::Users() {
  auto reply = connection_->Ask(kDescribeUsers, Request().CompactNoList().NoTags());
  if (!reply) return std::unexpected(std::move(reply.error()));
  std::vector<std::string> users;
  reply->Int32();
  const auto error = reply->Int16();
  const auto message = reply->CompactString();
  reply->CompactEach([&] {
    const auto name = reply->CompactString();
    reply->Int16();
    reply->CompactString();
    reply->CompactEach([&] {
      if (reply->Int8() == kScramSha512) users.push_back(name);
      reply->Int32();
      reply->Tags();
    });
    reply->Tags();
  });
  auto judged = Judge(error, message, "its users can't be seen");
  if (judged) judged = Whole(*reply);
  if (!judged) return std::unexpected(std::move(judged.error()));
  std::ranges::sort(users);
  return users;
}

Result<void> ProtocolAdmin::ChangeUser(const std::string& name, const Request& request) {
  auto reply = connection_->Ask(kAlterUsers, request);
  if (!reply) return std::unexpected(std::move(reply.error()));
  reply->Int32();
  Result<void> done;
  reply->CompactEach([&] {
    reply->CompactString();
    const auto error = reply->Int16();
    const auto message = reply->CompactString();
    reply->Tags();
    if (error != kNoSuchUser) Keep(done, Judge(error, message, "user " + name));
  });
  Keep(done, Whole(*reply));
  return done;
}

Result<void> ProtocolAdmin::PutUser(const std::string& name, const base::Sensitive& password) {
  const auto salt = RandomBytes(16);
  Request request;
  request.CompactList(0).CompactList(1).CompactString(name).Int8(kScramSha512).Int32(kIterations);
  request.CompactString(salt).CompactString(SaltedPassword(password, salt, kIterations)).NoTags().NoTags();
  return ChangeUser(name, request);
}

Result<void> ProtocolAdmin::DeleteUser(const std::string& name) {
  Request request;
  request.CompactList(1).CompactString(name).Int8(kScramSha512).NoTags().CompactList(0).NoTags();
  return ChangeUser(name, request);
}

Result<std::vector<Acl>> ProtocolAdmin::Acls() {
  Request any;
  any.Int8(kAny).NoString().Int8(kAny).NoString().NoString().Int8(kAny).Int8(kAny);
  auto reply = connection_->Ask(kDescribeAcls, any);
  if (!reply) return std::unexpected(std::move(reply.error()));
  std::vector<Acl> acls;
  reply->Int32();
  const auto error = reply->Int16();
  const auto message = reply->String();
  reply->Each([&] {
    Acl acl;
    acl.resource = static_cast<Resource>(reply->Int8());
    acl.name = reply->String();
    acl.prefixed = reply->Int8() == kPrefixed;
    reply->Each([&] {
      acl.principal = reply->String();
      acl.host = reply->String();
      acl.operation = static_cast<Operation>(reply->Int8());
      acl.allows = reply->Int8() == kAllow;
      acls.push_back(acl);
    });
  });
  auto judged = Judge(error, message, "its ACLs can't be seen");
  if (judged) judged = Whole(*reply);
  if (!judged) return std::unexpected(std::move(judged.error()));
  std::ranges::sort(acls);
  return acls;
}

Result<void> ProtocolAdmin::AddAcls(std::span<const Acl> acls) {
  Request request;
  request.List(acls.size());
  for (const auto& acl : acls) Write(request, acl);
  auto reply = connection_->Ask(kCreateAcls, request);
  if (!reply) return std::unexpected(std::move(reply.error()));
  reply->Int32();
  Result<void> done;
  reply->Each([&] {
    const auto error = reply->Int16();
    Keep(done, Judge(error, reply->String(), "an ACL can't be made"));
  });
  Keep(done, Whole(*reply));
  return done;
}

Result<void> ProtocolAdmin::DeleteAcls(std::span<const Acl> acls) {
  Request request;
  request.List(acls.size());
  for (const auto& acl : acls) Write(request, acl);
  auto reply = connection_->Ask(kDeleteAcls, request);
  if (!reply) return std::unexpected(std::move(reply.error()));
  reply->Int32();
  Result<void> done;
  reply->Each([&] {
    const auto error = reply->Int16();
    Keep(done, Judge(error, reply->String(), "an ACL can't be deleted"));
    reply->Each([&] {
      const auto one = reply->Int16();
      Keep(done, Judge(one, reply->String(), "an ACL can't be deleted"));
      reply->Int8();
      reply->String();
      reply->Int8();
      reply->String();
      reply->String();
      reply->Int8();
      reply->Int8();
    });
  });
  Keep(done, Whole(*reply));
  return done;
}

Result<void> ProtocolAdmin::MakeTopic(const std::string& name, int partitions) {
  Request request;
  request.List(1).String(name).Int32(partitions).Int16(-1).List(0).List(0).Int32(kTimeoutMs).Bool(false);
  auto reply = connection_->Ask(kCreateTopics, request);
  if (!reply) return std::unexpected(std::move(reply.error()));
  reply->Int32();
  Result<void> done;
  reply->Each([&] {
    reply->String();
    const auto error = reply->Int16();
    const auto message = reply->String();
    if (error != kTopicExists) Keep(done, Judge(error, message, "topic " + name));
  });
  Keep(done, Whole(*reply));
  return done;
}

Result<std::set<std::string>> ProtocolAdmin::Visible(std::span<const std::string> names) {
  Request request;
  request.List(names.size());
  for (const auto& name : names) request.String(name);
  auto reply = connection_->Ask(kMetadata, request.Bool(false));
  if (!reply) return std::unexpected(std::move(reply.error()));
  std::set<std::string> visible;
  Result<void> judged;
  const auto skip_ids = [&] { reply->Each([&] { reply->Int32(); }); };
  reply->Int32();
  reply->Each([&] {
    reply->Int32();
    reply->String();
    reply->Int32();
    reply->String();
  });
  reply->String();
  reply->Int32();
  reply->Each([&] {
    const auto error = reply->Int16();
    const auto name = reply->String();
    reply->Int8();
    reply->Each([&] {
      reply->Int16();
      reply->Int32();
      reply->Int32();
      skip_ids();
      skip_ids();
    });
    if (error == 0) visible.insert(name);
    const bool hidden = error == kNoSuchTopic || error == kLeaderNotAvailable || error == kTopicDenied;
    if (!hidden) Keep(judged, Judge(error, {}, "topic " + name));
  });
  Keep(judged, Whole(*reply));
  if (!judged) return std::unexpected(std::move(judged.error()));
  return visible;
}

}  // namespace freehold::kafka
