// The server where it has to prove itself: certificates of its own making, changed while it runs.
#include <gmock/gmock.h>

#include "operator/serve/certificate.h"
#include "operator/serve/server.h"
#include "tests/world/tls_client.h"

namespace freehold::serve {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const base::Timestamp kNow = base::SystemClock().Now();
constexpr const char* kName = "freehold-webhook.freehold-system.svc";
constexpr const char* kGet = "GET /hello HTTP/1.1\r\n\r\n";

Issued IssueFor(const std::string& name) { return Issue({name}, kNow - hours(1), kNow + hours(1)); }

class TlsServerTest : public testing::Test {
 protected:
  TlsServerTest() {
    routes.Add("GET", "/hello", [](const Request&) { return Response{.body = "hello\n"}; });
    routes.Add("POST", "/echo", [](const Request& request) { return Response{.body = request.body}; });
    settings.address = "127.0.0.1";
    settings.port = 0;
    settings.tls = tls;
    EXPECT_TRUE(tls->Use(issued.identity));
  }

  void Start() {
    auto started = Server::Start(settings, routes);
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
  }

  Issued issued = IssueFor(kName);
  const std::shared_ptr<Tls> tls = std::make_shared<Tls>();
  ServerSettings settings;
  Routes routes;
  std::unique_ptr<Server> server;
};

TEST_F(TlsServerTest, AnswersThoseWhoTrustItsAuthority) {
  Start();
  TlsClient client(server->port(), issued.authority, kName);
  ASSERT_TRUE(client.connected());
  for (int round = 0; round < 3; ++round) {
    client.Send(kGet);
    EXPECT_THAT(client.ReadTo("hello\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
}

TEST_F(TlsServerTest, IsNotTakenForAnother) {
  Start();
  EXPECT_FALSE(TlsClient(server->port(), issued.authority, "other.svc").connected());
  EXPECT_FALSE(TlsClient(server->port(), IssueFor(kName).authority, kName).connected());
}

TEST_F(TlsServerTest, SpeaksTls12AndNothingOlder) {
  Start();
  EXPECT_TRUE(TlsClient(server->port(), issued.authority, kName, TLS1_2_VERSION).connected());
  EXPECT_FALSE(TlsClient(server->port(), issued.authority, kName, TLS1_1_VERSION).connected());
}

TEST_F(TlsServerTest, ShowsAnotherCertificateToNewConnectionsOnly) {
  Start();
  TlsClient old(server->port(), issued.authority, kName);
  ASSERT_TRUE(old.connected());
  const Issued next = IssueFor(kName);
  ASSERT_TRUE(tls->Use(next.identity));
  EXPECT_TRUE(TlsClient(server->port(), next.authority, kName).connected());
  EXPECT_FALSE(TlsClient(server->port(), issued.authority, kName).connected());
  old.Send(kGet);
  EXPECT_THAT(old.ReadTo("hello\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(TlsClient(server->port(), next.authority + issued.authority, kName).connected());
}

TEST_F(TlsServerTest, KeepsItsCertificateWhenTheNextIsOfNoUse) {
  Start();
  const Identity broken{"no certificate", base::Sensitive("no key")};
  EXPECT_EQ(tls->Use(broken).error().reason, "InvalidTls");
  EXPECT_EQ(tls->Use({issued.identity.certificate, IssueFor(kName).identity.key}).error().message,
            "the key does not belong to the certificate");
  EXPECT_TRUE(TlsClient(server->port(), issued.authority, kName).connected());
}

TEST_F(TlsServerTest, ClosesConnectionsWhileItHasNoCertificate) {
  settings.tls = std::make_shared<Tls>();
  Start();
  EXPECT_FALSE(TlsClient(server->port(), issued.authority, kName).connected());
}

TEST_F(TlsServerTest, CutsOffAHandshakeThatDoesNotEnd) {
  settings.timeout = milliseconds(100);
  Start();
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server->port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{20, 0};
  setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ASSERT_EQ(connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(send(client, "\x16\x03\x01", 3, MSG_NOSIGNAL), 3);
  char byte = 0;
  const auto got = recv(client, &byte, 1, 0);
  EXPECT_TRUE(got == 0 || (got < 0 && errno == ECONNRESET)) << "the server kept the connection open";
  close(client);
}

TEST_F(TlsServerTest, RefusesAHugeBodyAndAHugeHeader) {
  settings.body_limit = 1024;
  Start();
  TlsClient body(server->port(), issued.authority, kName);
  body.Send("POST /echo HTTP/1.1\r\nContent-Length: 2048\r\n\r\n" + std::string(2048, 'x'));
  EXPECT_THAT(body.ReadTo("too large\n"), StartsWith("HTTP/1.1 413 "));
  TlsClient header(server->port(), issued.authority, kName);
  header.Send("GET /hello HTTP/1.1\r\nX-Huge: " + std::string(1 << 17, 'x') + "\r\n\r\n");
  EXPECT_THAT(header.ReadTo("too large\n"), StartsWith("HTTP/1.1 431 "));
}

TEST_F(TlsServerTest, SaysGoodbyeAfterTheLastAnswer) {
  Start();
  TlsClient client(server->port(), issued.authority, kName);
  client.Send("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), HasSubstr("hello\n"));
}

TEST_F(TlsServerTest, KeepsAnIdleConnectionLongerThanASlowRequest) {
  settings.timeout = milliseconds(500);
  settings.idle = seconds(20);
  Start();
  TlsClient client(server->port(), issued.authority, kName);
  client.Send(kGet);
  client.ReadTo("hello\n");
  TlsClient slow(server->port(), issued.authority, kName);
  slow.Send("GET /hello HTTP/1.1\r\nX-Slow: ");
  EXPECT_EQ(slow.ReadAll(), "") << "more than the time for a request has passed";
  client.Send(kGet);
  EXPECT_THAT(client.ReadTo("hello\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(TlsServerTest, AnswersWhatIsOnItsWayWhileItStops) {
  settings.farewell = seconds(20);
  Start();
  TlsClient client(server->port(), issued.authority, kName);
  client.Send(kGet);
  EXPECT_THAT(client.ReadTo("hello\n"), testing::Not(HasSubstr("Connection: close")));
  bool in_time = false;
  std::jthread stopping([&] { in_time = server->Stop(std::chrono::steady_clock::now() + seconds(20)); });
  // New connections are refused as soon as it stops; the one that is there has its answer.
  while (TlsClient(server->port(), issued.authority, kName).connected()) {
  }
  client.Send(kGet);
  EXPECT_THAT(client.ReadAll(), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Connection: close\r\n")));
  stopping.join();
  EXPECT_TRUE(in_time) << "nobody was left to wait for";
}

TEST_F(TlsServerTest, KeepsTheWordOfAnAnswerThatWasBegunBeforeItStops) {
  constexpr std::size_t kSize = 1 << 24;
  routes.Add("GET", "/large", [](const Request&) { return Response{.body = std::string(kSize, 'x')}; });
  settings.farewell = seconds(20);
  Start();
  TlsClient client(server->port(), issued.authority, kName);
  client.Send("GET /large HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.ReadTo("\r\n\r\n"), testing::Not(HasSubstr("Connection: close")));
  bool in_time = false;
  std::jthread stopping([&] { in_time = server->Stop(std::chrono::steady_clock::now() + seconds(20)); });
  while (TlsClient(server->port(), issued.authority, kName).connected()) {
  }
  EXPECT_EQ(client.Read(kSize).size(), kSize);
  client.Send(kGet);
  EXPECT_THAT(client.ReadAll(), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Connection: close\r\n")));
  stopping.join();
  EXPECT_TRUE(in_time);
}

TEST(Certificates, SayWhomTheyAreForAndHowLong) {
  const Issued issued = Issue({kName, "127.0.0.1", "::1"}, kNow, kNow + hours(5));
  const auto facts = ReadIdentity(issued.identity);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_THAT(facts->names, ElementsAre("127.0.0.1", "::1", kName));
  EXPECT_EQ(facts->not_before, kNow);
  EXPECT_EQ(facts->not_after, kNow + hours(5));
  EXPECT_EQ(ReadCertificate(issued.authority)->names, std::vector<std::string>{});
  EXPECT_EQ(ReadCertificate("").error().reason, "InvalidTls");
}

TEST(Certificates, AreNeverTheSameTwice) {
  const Issued one = IssueFor(kName), other = IssueFor(kName);
  EXPECT_NE(one.authority, other.authority);
  EXPECT_NE(one.identity.certificate, other.identity.certificate);
  EXPECT_NE(one.identity.key.Reveal(), other.identity.key.Reveal());
}

TEST(Certificates, AreTakenOutOfABundle) {
  const Issued one = IssueFor(kName), other = IssueFor(kName);
  EXPECT_THAT(CertificatesOf("words\n" + one.authority + "\n" + other.authority),
              ElementsAre(one.authority, other.authority));
  EXPECT_THAT(CertificatesOf("-----BEGIN CERTIFICATE-----\ncut off"), ElementsAre());
}

}  // namespace
}  // namespace freehold::serve
