// The transport against servers that misbehave.
#include <gmock/gmock.h>

#include <atomic>
#include <latch>
#include <thread>

#include "operator/http/cpprest_transport.h"
#include "operator/http/lines.h"
#include "tests/unit/hostile_server.h"

namespace freehold::http {
namespace {

using base::FailureClass;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

class Fixed final : public CredentialSource {
 public:
  explicit Fixed(Credentials credentials = {}) { Set(std::move(credentials)); }
  Result<std::shared_ptr<const Credentials>> Current() override {
    const std::lock_guard lock(mutex_);
    return credentials_;
  }
  void Refused() override { ++refused; }
  void Set(Credentials credentials) {
    const std::lock_guard lock(mutex_);
    credentials_ = std::make_shared<const Credentials>(std::move(credentials));
  }
  std::atomic<int> refused = 0;

 private:
  std::mutex mutex_;
  std::shared_ptr<const Credentials> credentials_;
};

std::shared_ptr<Transport> Connect(const HostileServer& server, std::shared_ptr<Fixed> credentials = {}) {
  if (!credentials) credentials = std::make_shared<Fixed>();
  return *MakeTransport({.url = server.Url(), .credentials = std::move(credentials)});
}

Request Get(std::chrono::milliseconds deadline = 10s) { return {.target = "/x?a=b%2Fc", .deadline = deadline}; }
Request Post(std::chrono::milliseconds deadline = 10s) {
  return {.method = "POST",
          .target = "/x",
          .headers = {{"Content-Type", "application/json"}},
          .body = "{}",
          .deadline = deadline};
}

TEST(Transport, SendsARequestAndReturnsTheWholeReply) {
  std::string request;
  HostileServer server([&](Peer& peer) {
    request = peer.ReadRequest();
    peer.Reply(201, "made", "X-Thing: a\r\nx-thing: b\r\n");
  });
  const auto credentials = std::make_shared<Fixed>(Credentials{.authorization = base::Sensitive("Bearer t")});
  const auto reply = Connect(server, credentials)->Send(Post());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 201);
  EXPECT_EQ(reply->body, "made");
  EXPECT_EQ(reply->headers.at("X-THING"), "a, b");
  EXPECT_THAT(request, HasSubstr("POST /x HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Authorization:Bearer t\r\n"));
  EXPECT_THAT(request, HasSubstr("Content-Type:application/json\r\n"));
  EXPECT_TRUE(request.ends_with("\r\n\r\n{}"));
}

TEST(Transport, KeepsTheQueryAsItIsEncoded) {
  std::string request;
  HostileServer server([&](Peer& peer) {
    request = peer.ReadRequest();
    peer.Reply(200, "");
  });
  ASSERT_TRUE(Connect(server)->Send(Get()));
  EXPECT_THAT(request, HasSubstr("GET /x?a=b%2Fc HTTP/1.1\r\n"));
}

TEST(Transport, SaysThatNothingWasSentWhenNobodyListens) {
  auto server = std::make_optional<HostileServer>([](Peer&) {});
  const auto transport = Connect(*server);
  server.reset();
  const auto reply = transport->Send(Post());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, FailureClass::kRetryable);
  EXPECT_EQ(reply.error().reason, "Unreachable");
}

TEST(Transport, IsInDoubtWhenAWriteGetsNoReply) {
  HostileServer server([](Peer& peer) { peer.ReadRequest(); });
  const auto transport = Connect(server);
  const auto written = transport->Send(Post());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, FailureClass::kInDoubt);
  EXPECT_EQ(written.error().reason, "ReplyLost");
  EXPECT_EQ(transport->Send(Get()).error().kind, FailureClass::kRetryable) << "a read can simply be repeated";
}

TEST(Transport, IsInDoubtWhenTheReplyToAWriteIsCut) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
  });
  EXPECT_EQ(Connect(server)->Send(Post()).error().kind, FailureClass::kInDoubt);
}

TEST(Transport, GivesUpAtTheDeadlineWhenTheServerIsSilent) {
  HostileServer server([](Peer& peer) { peer.WaitGone(); });
  const auto began = std::chrono::steady_clock::now();
  const auto reply = Connect(server)->Send(Post(200ms));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, FailureClass::kInDoubt);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST(Transport, GivesUpAtTheDeadlineWhenTheReplyDripsForEver) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.BeginChunks();
    while (peer.Chunk("x")) std::this_thread::sleep_for(5ms);
  });
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(Connect(server)->Send(Get(200ms)));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST(Transport, GivesUpAtTheDeadlineWhenTheReplyFloodsForEver) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.BeginChunks();
    const std::string block(16 * 1024, 'x');
    while (peer.Chunk(block)) std::this_thread::yield();
  });
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(Connect(server)->Send(Get(200ms)));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST(Transport, ObeysAStopInTheMiddleOfACall) {
  std::latch asked(1);
  HostileServer server([&](Peer& peer) {
    peer.ReadRequest();
    asked.count_down();
    peer.WaitGone();
  });
  std::stop_source stop;
  const std::jthread stopping([&] {
    asked.wait();
    stop.request_stop();
  });
  Request request = Get();
  request.stop = stop.get_token();
  const auto reply = Connect(server)->Send(request);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, "Stopped");
}

TEST(Transport, RefusesWhatIsNoHttp) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.Send("SSH-2.0-OpenSSH\r\n\r\n");
  });
  EXPECT_FALSE(Connect(server)->Send(Get()));
}

TEST(Transport, FollowsNoRedirects) {
  HostileServer server([](Peer& peer) {
    while (!peer.ReadRequest().empty()) peer.Reply(302, "", "Location: /elsewhere\r\n");
  });
  EXPECT_EQ(Connect(server)->Send(Get())->status, 302);
}

TEST(Transport, ReopensAKeptConnectionThatDied) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.Reply(200, "once");
  });
  const auto transport = Connect(server);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(transport->Send(Get()));
}

TEST(Transport, KeepsItsConnectionFromOneRequestToTheNext) {
  HostileServer server([](Peer& peer) {
    while (!peer.ReadRequest().empty()) peer.Reply(200, "ok");
  });
  const auto transport = Connect(server);
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(transport->Send(Get()));
  EXPECT_LT(server.connections(), 10) << "the library may still be putting one back when the next request begins";
}

TEST(Transport, TellsTheCredentialSourceOfARefusal) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.Reply(401, "");
  });
  const auto credentials = std::make_shared<Fixed>();
  EXPECT_EQ(Connect(server, credentials)->Send(Get())->status, 401);
  EXPECT_EQ(credentials->refused, 1);
}

TEST(Transport, ServesManyThreads) {
  HostileServer server([](Peer& peer) {
    while (!peer.ReadRequest().empty()) peer.Reply(200, "ok");
  });
  const auto transport = Connect(server);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 20; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 20; ++k) good += transport->Send(Post()).has_value();
      });
    }
  }
  EXPECT_EQ(good, 400);
}

TEST(Transport, RefusesUrlsItCanNotUse) {
  const auto credentials = std::make_shared<Fixed>();
  for (const char* url : {"ftp://x", "", "https://[::1]:6443", "host:6443"}) {
    const auto made = MakeTransport({.url = url, .credentials = credentials});
    ASSERT_FALSE(made) << url;
    EXPECT_EQ(made.error().reason, "BadEndpoint");
  }
}

class Lines : public testing::Test {
 protected:
  std::vector<std::string> lines;
  LineSink Collect() {
    return [this](std::string_view line) {
      lines.emplace_back(line);
      return true;
    };
  }
};

TEST_F(Lines, ArriveWholeHoweverTheyAreCut) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.BeginChunks();
    for (const char* part : {"{\"a\"", ":1}\n{\"b\":2}\r", "\n\n", "{\"c\":3}\n"}) peer.Chunk(part);
    peer.EndChunks();
  });
  const auto reply = Connect(server)->Stream(Get(), {}, Collect());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_THAT(lines, ElementsAre("{\"a\":1}", "{\"b\":2}", "{\"c\":3}"));
}

TEST_F(Lines, ThatAreHugeEndTheStream) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.BeginChunks();
    const std::string block(64 * 1024, 'x');
    while (peer.Chunk(block)) {
    }
  });
  const auto reply = Connect(server)->Stream(Get(), {.line_bytes = 1024 * 1024}, Collect());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, "ReplyTooLarge");
}

TEST_F(Lines, ThatAreManyAllArrive) {
  constexpr int kCount = 100'000;
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.BeginChunks();
    std::string block;
    for (int i = 0; i < kCount; ++i) {
      block += "{\"number\":" + std::to_string(i) + "}\n";
      if (block.size() < 30'000) continue;
      peer.Chunk(std::exchange(block, {}));
    }
    peer.Chunk(block);
    peer.EndChunks();
  });
  ASSERT_TRUE(Connect(server)->Stream(Get(), {}, Collect()));
  ASSERT_EQ(lines.size(), kCount);
  EXPECT_EQ(lines.back(), "{\"number\":99999}");
}

TEST_F(Lines, EndAsAFailureWhenTheStreamIsCut) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.BeginChunks();
    peer.Chunk("whole\ncut in the mid");
  });
  const auto reply = Connect(server)->Stream(Get(), {}, Collect());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, FailureClass::kRetryable);
  EXPECT_THAT(lines, ElementsAre("whole"));
}

TEST_F(Lines, EndWhenTheServerFallsSilent) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.BeginChunks();
    peer.Chunk("one\n");
    peer.WaitGone();
  });
  const auto reply = Connect(server)->Stream(Get(), {.idle = 200ms}, Collect());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, "Unreachable");
  EXPECT_THAT(lines, ElementsAre("one"));
}

TEST_F(Lines, EndAtOnceWhenAStopIsRequested) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.BeginChunks();
    peer.Chunk("one\n");
    peer.WaitGone();
  });
  std::stop_source stop;
  std::latch arrived(1);
  const std::jthread stopping([&] {
    arrived.wait();
    stop.request_stop();
  });
  Request request = Get();
  request.stop = stop.get_token();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(Connect(server)->Stream(request, {}, [&](std::string_view) {
    arrived.count_down();
    return true;
  }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST_F(Lines, EndWhenTheirReaderHasEnough) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.BeginChunks();
    while (peer.Chunk("line\n")) std::this_thread::yield();
  });
  int seen = 0;
  EXPECT_TRUE(Connect(server)->Stream(Get(), {}, [&](std::string_view) { return ++seen < 3; }));
  EXPECT_EQ(seen, 3);
}

TEST_F(Lines, AreNotSoughtInARefusal) {
  HostileServer server([](Peer& peer) {
    peer.ReadRequest();
    peer.Reply(410, "{\"reason\":\"Expired\"}\n");
  });
  const auto reply = Connect(server)->Stream(Get(), {}, Collect());
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 410);
  EXPECT_EQ(reply->body, "{\"reason\":\"Expired\"}\n");
  EXPECT_THAT(lines, ElementsAre());
}

class Tls : public testing::Test {
 protected:
  static void Serve(Peer& peer) {
    while (!peer.ReadRequest().empty()) peer.Reply(200, peer.ServerName() + "/" + peer.ClientName());
  }

  static Credentials Trust(const std::string& pem) { return {.tls = {.authorities = pem}}; }

  TestAuthority authority;
  HostileServer server{&Serve, authority.Issue("server", "DNS:localhost,DNS:api.example")};

  Result<Response> Ask(Credentials credentials, std::string name = {}, bool verify = true,
                       const std::string& host = "localhost") const {
    const auto transport = MakeTransport({.url = server.Url(host),
                                          .tls_server_name = std::move(name),
                                          .verify_server = verify,
                                          .credentials = std::make_shared<Fixed>(std::move(credentials))});
    return (*transport)->Send(Get());
  }
};

TEST_F(Tls, AcceptsTheServerOfItsAuthority) {
  const auto reply = Ask(Trust(authority.pem()));
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, "localhost/");
}

TEST_F(Tls, RefusesTheServerOfAnotherAuthority) {
  const TestAuthority other;
  const auto reply = Ask(Trust(other.pem()));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, FailureClass::kRetryable);
  EXPECT_THAT(reply.error().message, HasSubstr("the server's certificate is not accepted"));
}

TEST_F(Tls, RefusesAServerOfAnotherName) {
  const auto reply = Ask(Trust(authority.pem()), {}, true, "127.0.0.1");
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message, HasSubstr("IP address mismatch"));
}

TEST_F(Tls, RefusesAServerWhoseCertificateHasExpired) {
  HostileServer late(&Serve, authority.Issue("server", "DNS:localhost", TestAuthority::Life::kOver));
  const auto transport =
      *MakeTransport({.url = late.Url("localhost"), .credentials = std::make_shared<Fixed>(Trust(authority.pem()))});
  const auto reply = transport->Send(Get());
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message, HasSubstr("expired"));
}

TEST_F(Tls, VerifiesAndAsksForTheConfiguredName) {
  const auto reply = Ask(Trust(authority.pem()), "api.example", true, "127.0.0.1");
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, "api.example/");
  EXPECT_FALSE(Ask(Trust(authority.pem()), "other.example"));
}

TEST_F(Tls, AcceptsAnyServerOnlyWhenToldTo) { EXPECT_TRUE(Ask(Trust(TestAuthority().pem()), {}, false)); }

TEST_F(Tls, ShowsItsClientCertificate) {
  Credentials credentials = Trust(authority.pem());
  const auto client = authority.Issue("alice", "DNS:alice");
  credentials.tls.client_certificate = client.certificate_pem;
  credentials.tls.client_key = base::Sensitive(client.key_pem);
  const auto reply = Ask(credentials);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, "localhost/alice");
}

TEST_F(Tls, SaysWhatIsWrongWithItsMaterial) {
  Credentials credentials = Trust("no certificate");
  auto reply = Ask(credentials);
  EXPECT_EQ(reply.error().reason, "CredentialsUnavailable");
  EXPECT_THAT(reply.error().message, HasSubstr("certificate authority"));

  credentials = Trust(authority.pem());
  credentials.tls.client_certificate = authority.Issue("alice", "DNS:alice").certificate_pem;
  credentials.tls.client_key = base::Sensitive(authority.Issue("bob", "DNS:bob").key_pem);
  reply = Ask(credentials);
  EXPECT_THAT(reply.error().message, HasSubstr("does not belong"));
}

TEST_F(Tls, TakesUpRotatedMaterial) {
  const auto source = std::make_shared<Fixed>(Trust(TestAuthority().pem()));
  const auto transport = *MakeTransport({.url = server.Url("localhost"), .credentials = source});
  EXPECT_FALSE(transport->Send(Get()));
  source->Set(Trust(authority.pem()));
  EXPECT_TRUE(transport->Send(Get()));
}

TEST(LineSplitter, CountsWhatNeverEnded) {
  LineSplitter lines(10, [](std::string_view) { return true; });
  EXPECT_EQ(lines.Feed("abc\nde"), LineSplitter::Outcome::kMore);
  EXPECT_EQ(lines.pending(), 2u);
  EXPECT_EQ(lines.Feed("fghijklm"), LineSplitter::Outcome::kMore);
  EXPECT_EQ(lines.Feed("n"), LineSplitter::Outcome::kTooLong);
}

}  // namespace
}  // namespace freehold::http
