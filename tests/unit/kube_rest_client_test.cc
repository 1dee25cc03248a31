// What the client asks for and what it makes of replies, against a scripted transport.
#include <gmock/gmock.h>

#include <deque>

#include "operator/kube/api_reply.h"
#include "operator/kube/rest_client.h"

namespace freehold::kube {
namespace {

using base::FailureClass;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

const ResourceType kThings{"example.dev", "v1", "things", "Thing", true};
const Name kName{"shop", "orders"};

class Script final : public http::Transport {
 public:
  std::deque<Result<http::Response>> replies;
  std::vector<std::string> lines;
  std::vector<http::Request> asked;

  Result<http::Response> Send(const http::Request& request) override {
    asked.push_back(request);
    auto reply = replies.front();
    replies.pop_front();
    return reply;
  }
  Result<http::Response> Stream(const http::Request& request, const http::StreamLimits&,
                                const http::LineSink& sink) override {
    asked.push_back(request);
    for (const std::string& line : lines) {
      if (!sink(line)) return http::Response{200, {}, {}};
    }
    auto reply = replies.front();
    replies.pop_front();
    return reply;
  }
};

http::Response Status(int code, const std::string& reason, const std::string& message, http::Headers headers = {}) {
  const Json status{{"kind", "Status"}, {"code", code}, {"reason", reason}, {"message", message}};
  return {code, std::move(headers), status.dump()};
}

http::Response Ok(const Json& json, http::Headers headers = {}) { return {200, std::move(headers), json.dump()}; }

class Calls : public testing::Test {
 protected:
  std::shared_ptr<Script> script = std::make_shared<Script>();
  RestClient client{script, script, {.user_agent = "freehold/test"}};

  base::Failure FailedGet(Result<http::Response> reply) {
    script->replies.push_back(std::move(reply));
    return client.Get(kThings, kName).error();
  }
  base::Failure FailedApply(Result<http::Response> reply) {
    script->replies.push_back(std::move(reply));
    return client.Apply(kThings, kName, Json::object(), "freehold", {}).error();
  }
  const http::Request& Last() const { return script->asked.back(); }
};

TEST_F(Calls, ApplyByForceWithStrictValidation) {
  script->replies.push_back(Ok({{"kind", "Thing"}}));
  ASSERT_TRUE(client.Apply(kThings, kName, {{"a", 1}}, "freehold", "status"));
  EXPECT_EQ(Last().method, "PATCH");
  EXPECT_EQ(Last().target,
            "/apis/example.dev/v1/namespaces/shop/things/orders/status"
            "?fieldManager=freehold&force=true&fieldValidation=Strict");
  EXPECT_EQ(Last().headers.at("Content-Type"), "application/apply-patch+yaml");
  EXPECT_EQ(Last().headers.at("User-Agent"), "freehold/test");
  EXPECT_EQ(Last().body, R"({"a":1})");
}

TEST_F(Calls, DeleteByPrecondition) {
  script->replies.push_back(Ok({{"kind", "Status"}}));
  ASSERT_TRUE(client.Delete(kThings, kName, "u1"));
  EXPECT_EQ(Last().method, "DELETE");
  EXPECT_THAT(Last().body, HasSubstr(R"("preconditions":{"uid":"u1"})"));
}

TEST_F(Calls, TellEveryRefusalApart) {
  const struct {
    int code;
    std::string said;
    FailureClass kind;
    std::string reason;
  } rows[] = {
      {400, "BadRequest", FailureClass::kTerminal, "Invalid"},
      {401, "Unauthorized", FailureClass::kRetryable, "Unauthorized"},
      {403, "Forbidden", FailureClass::kTerminal, "Forbidden"},
      {404, "NotFound", FailureClass::kTerminal, "NotFound"},
      {409, "AlreadyExists", FailureClass::kTerminal, "AlreadyExists"},
      {409, "Conflict", FailureClass::kTerminal, "Conflict"},
      {410, "Expired", FailureClass::kTerminal, "Gone"},
      {413, "RequestEntityTooLarge", FailureClass::kTerminal, "RequestEntityTooLarge"},
      {422, "Invalid", FailureClass::kTerminal, "Invalid"},
      {429, "TooManyRequests", FailureClass::kRetryable, "TooManyRequests"},
      {500, "InternalError", FailureClass::kRetryable, "ApiUnavailable"},
      {503, "ServiceUnavailable", FailureClass::kRetryable, "ApiUnavailable"},
      {504, "Timeout", FailureClass::kRetryable, "ApiUnavailable"},
  };
  for (const auto& row : rows) {
    const auto failure = FailedGet(Status(row.code, row.said, "words of the server"));
    EXPECT_EQ(failure.kind, row.kind) << row.code;
    EXPECT_EQ(failure.reason, row.reason) << row.code;
    EXPECT_EQ(failure.http_status, row.code);
    EXPECT_EQ(failure.message, "get things shop/orders: words of the server");
  }
}

TEST_F(Calls, AreInDoubtWhenTheServerGaveUpOnAWrite) {
  EXPECT_EQ(FailedApply(Status(500, "InternalError", "etcd timed out")).kind, FailureClass::kInDoubt);
  EXPECT_EQ(FailedApply(Status(504, "Timeout", "timed out")).reason, "ApiReplyLost");
  EXPECT_EQ(FailedApply(base::InDoubt("ReplyLost", "cut")).reason, "ApiReplyLost");
  EXPECT_EQ(FailedApply(http::Response{200, {}, "<html>"}).kind, FailureClass::kInDoubt);
  EXPECT_EQ(FailedApply(Status(503, "ServiceUnavailable", "starting")).kind, FailureClass::kRetryable);
  EXPECT_EQ(FailedApply(base::Retryable("Unreachable", "refused")).reason, "ApiUnreachable");
}

TEST(Unanswered, IsWhatTheApiServerSaysNothingOf) {
  for (const int status : {429, 500, 502, 503, 504}) {
    for (const bool write : {false, true}) EXPECT_TRUE(IsUnanswered(FailureOf({status, {}, ""}, write, "x"))) << status;
  }
  for (const int status : {400, 401, 403, 404, 409, 410, 422}) {
    EXPECT_FALSE(IsUnanswered(FailureOf({status, {}, ""}, false, "x"))) << status;
  }
}

TEST_F(Calls, CarryTheDelayTheServerNamed) {
  for (const int code : {429, 503, 504}) {
    EXPECT_EQ(FailedGet(Status(code, "", "busy", {{"Retry-After", "7"}})).after, 7s) << code;
  }
  EXPECT_EQ(FailedGet(Status(429, "", "busy", {{"Retry-After", "soon"}})).after, std::nullopt);
  EXPECT_EQ(FailedGet(http::Response{429, {}, R"({"details": {"retryAfterSeconds": 2}})"}).after, 2s);
}

TEST_F(Calls, QuoteARefusalThatIsNoStatus) {
  EXPECT_EQ(FailedGet(http::Response{502, {}, "bad gateway"}).message, "get things shop/orders: bad gateway");
  EXPECT_EQ(FailedGet(http::Response{502, {}, ""}).message, "get things shop/orders: the API server replied 502");
  EXPECT_LT(FailedGet(http::Response{502, {}, std::string(5000, 'x')}).message.size(), 400u);
}

TEST_F(Calls, ListPageByPageAndCompleteTheItems) {
  script->replies.push_back(Ok({{"metadata", {{"resourceVersion", "5"}, {"continue", "t/1"}}},
                                {"items", Json::array({{{"metadata", {{"name", "a"}, {"managedFields", 1}}}}})}}));
  script->replies.push_back(
      Ok({{"metadata", {{"resourceVersion", "6"}}}, {"items", Json::array({{{"metadata", {{"name", "b"}}}}})}}));
  std::vector<std::string> seen;
  const auto version = client.List(kThings, {.field_selector = "x=y", .limit = 1},
                                   [&](const Json& item) { seen.push_back(item.dump()); });
  EXPECT_EQ(version, "6");
  EXPECT_THAT(seen, ElementsAre(R"({"apiVersion":"example.dev/v1","kind":"Thing","metadata":{"name":"a"}})",
                                R"({"apiVersion":"example.dev/v1","kind":"Thing","metadata":{"name":"b"}})"));
  EXPECT_EQ(Last().target, "/apis/example.dev/v1/things?limit=1&fieldSelector=x%3Dy&continue=t%2F1");
}

TEST_F(Calls, StartAListOverWhenItsTokenExpires) {
  const Json page{{"metadata", {{"resourceVersion", "5"}, {"continue", "t"}}}, {"items", Json::array()}};
  const Json last{{"metadata", {{"resourceVersion", "9"}}}, {"items", Json::array()}};
  script->replies = {Ok(page), Status(410, "Expired", "too old"), Ok(last)};
  EXPECT_EQ(client.List(kThings, {}, [](const Json&) {}), "9");
  EXPECT_EQ(Last().target, "/apis/example.dev/v1/things?limit=500");
}

TEST_F(Calls, GiveAListUpWhenItKeepsExpiring) {
  for (int i = 0; i < 5; ++i) script->replies.push_back(Status(410, "Expired", "too old"));
  EXPECT_EQ(client.List(kThings, {}, [](const Json&) {}).error().reason, "Gone");
}

TEST_F(Calls, WatchWithBookmarksFromAVersion) {
  script->lines = {R"({"type":"ADDED","object":{"metadata":{"name":"a","managedFields":[]}}})"};
  script->replies.push_back(http::Response{200, {}, {}});
  std::vector<std::string> events;
  ASSERT_TRUE(client.Watch(kThings, {.ns = "shop"}, {.resource_version = "7"}, {}, [&](const Json& event) {
    events.push_back(event.dump());
    return true;
  }));
  EXPECT_THAT(events, ElementsAre(R"({"type":"ADDED","object":{"metadata":{"name":"a"}}})"));
  EXPECT_EQ(Last().target,
            "/apis/example.dev/v1/namespaces/shop/things"
            "?watch=true&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=290");
}

TEST_F(Calls, WatchWithAnInitialList) {
  script->replies.push_back(Status(422, "Invalid", "sendInitialEvents is forbidden"));
  const auto refused = client.Watch(kThings, {}, {.initial_list = true}, {}, [](const Json&) { return true; });
  EXPECT_EQ(refused.error().reason, "Invalid");
  EXPECT_THAT(Last().target, HasSubstr("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds"));
}

TEST_F(Calls, EndAWatchAtALineThatIsNoJson) {
  script->lines = {"{\"type\":\"ADDED\"}", "garbage", "{}"};
  int seen = 0;
  const auto ended = client.Watch(kThings, {}, {}, {}, [&](const Json&) { return ++seen > 0; });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, FailureClass::kRetryable);
  EXPECT_EQ(seen, 1);
}

TEST(Warnings, AreReadFromTheirHeader) {
  EXPECT_THAT(WarningsOf({{"Warning", R"(299 - "one is \"old\"", 299 - "two, too")"}}),
              ElementsAre(R"(one is "old")", "two, too"));
  EXPECT_THAT(WarningsOf({{"Warning", "110 anderson \"stale\""}}), ElementsAre());
  EXPECT_THAT(WarningsOf({{"Warning", "299 - no quotes"}}), ElementsAre());
  EXPECT_THAT(WarningsOf({}), ElementsAre());
}

}  // namespace
}  // namespace freehold::kube
