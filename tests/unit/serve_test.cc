// The HTTP server against clients of all manners, over real sockets on the loopback.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "operator/serve/parts.h"
#include "operator/serve/probes.h"
#include "operator/serve/server.h"

namespace freehold::serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

std::chrono::steady_clock::time_point In(seconds time) { return std::chrono::steady_clock::now() + time; }

/// A plain TCP connection. Reads fail the test after 20 s.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ADD_FAILURE() << "can't connect";
    }
  }
  ~Connection() { close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends what the server takes.
  void Send(std::string_view text) {
    while (!text.empty()) {
      const auto sent = send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// Reads up to and including `end`; all that came if the server closes before.
  std::string ReadTo(std::string_view end) {
    std::string text;
    while (!text.ends_with(end)) {
      char byte = 0;
      const auto got = recv(socket_, &byte, 1, 0);
      EXPECT_TRUE(got >= 0 || errno == ECONNRESET) << "the server kept silent";
      if (got <= 0) break;
      text += byte;
    }
    return text;
  }

  /// Reads until the server closes.
  std::string ReadAll() {
    std::string text;
    while (true) {
      char bytes[4096];
      const auto got = recv(socket_, bytes, sizeof bytes, 0);
      EXPECT_TRUE(got >= 0 || errno == ECONNRESET) << "the server kept the connection open";
      if (got <= 0) return text;
      text.append(bytes, static_cast<std::size_t>(got));
    }
  }

 private:
  int socket_;
};

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    routes.Add("GET", "/hello",
               [](const Request& request) { return Response{.body = "hello " + request.query + "\n"}; });
    routes.Add("POST", "/echo", [](const Request& request) { return Response{.body = request.body}; });
    routes.Add("GET", "/throws",
               [](const Request&) -> Response { throw std::logic_error("a bug made for this test"); });
    routes.Add("GET", "/large", [](const Request&) { return Response{.body = std::string(1 << 24, 'x')}; });
    settings.address = "127.0.0.1";
    settings.port = 0;
  }

  void Start() {
    auto started = Server::Start(settings, routes);
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
  }

  std::string Ask(const std::string& request) {
    Connection connection(server->port());
    connection.Send(request);
    return connection.ReadAll();
  }
  std::string Get(const std::string& target) { return Ask("GET " + target + " HTTP/1.1\r\nConnection: close\r\n\r\n"); }

  ServerSettings settings;
  Routes routes;
  std::unique_ptr<Server> server;
};

TEST_F(ServerTest, AnswersByPathAndMethod) {
  Start();
  EXPECT_THAT(Get("/hello?world"), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("\r\n\r\nhello world\n")));
  EXPECT_THAT(Get("/nowhere"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Get("/echo"), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: POST\r\n")));
  EXPECT_THAT(Get("/throws"), AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("a bug"))));
  EXPECT_THAT(Ask("POST /echo HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"), HasSubstr("\r\n\r\nabc"));
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  Start();
  EXPECT_THAT(Ask("HEAD /hello HTTP/1.1\r\nConnection: close\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 7\r\n"), testing::EndsWith("\r\n\r\n")));
}

TEST_F(ServerTest, AnswersSeveralRequestsOnOneConnection) {
  Start();
  Connection connection(server->port());
  for (int i = 0; i < 3; ++i) {
    connection.Send("GET /hello?" + std::to_string(i) + " HTTP/1.1\r\n\r\n");
    EXPECT_THAT(connection.ReadTo("hello " + std::to_string(i) + "\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
}

TEST_F(ServerTest, RefusesWhatIsNotHttp) {
  Start();
  EXPECT_THAT(Ask("\x16\x03\x01 this is not HTTP\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ServerTest, RefusesAHugeHeader) {
  Start();
  EXPECT_THAT(Ask("GET /hello HTTP/1.1\r\nX-Huge: " + std::string(1 << 20, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(Get("/hello"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, RefusesAHugeBodyAndTakesALargeOne) {
  Start();
  const auto post = [&](std::size_t size) {
    return Ask("POST /echo HTTP/1.1\r\nConnection: close\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
               std::string(size, 'x'));
  };
  EXPECT_THAT(post(settings.body_limit), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(post(settings.body_limit + 1), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ServerTest, RefusesAChunkedBodyThatNeverEnds) {
  settings.body_limit = 1024;
  Start();
  Connection connection(server->port());
  connection.Send("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 3; ++i) connection.Send("200\r\n" + std::string(0x200, 'x') + "\r\n");
  EXPECT_THAT(connection.ReadAll(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ServerTest, ClosesAClientThatSendsTooSlowly) {
  settings.timeout = milliseconds(100);
  Start();
  Connection connection(server->port());
  connection.Send("GET /hello HTTP/1.1\r\nX-Slow: ");
  EXPECT_EQ(connection.ReadAll(), "");
}

TEST_F(ServerTest, ClosesAClientThatDoesNotReadItsAnswer) {
  settings.timeout = milliseconds(100);
  Start();
  Connection connection(server->port());
  connection.Send("GET /large HTTP/1.1\r\n\r\n");
  EXPECT_THAT(connection.ReadTo("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  // The sockets' buffers take a part of the answer; the server must not wait for long to be rid of the rest.
  EXPECT_TRUE(server->Stop(In(seconds(20))));
  EXPECT_LT(connection.ReadAll().size(), std::size_t{1 << 24});
}

TEST_F(ServerTest, AnswersAProbeHoweverManyIdleConnectionsThereAre) {
  settings.connections = 4;
  Start();
  std::vector<std::unique_ptr<Connection>> idle;
  for (int i = 0; i < 20; ++i) {
    idle.push_back(std::make_unique<Connection>(server->port()));
    idle.back()->Send("GET /hello HTTP/1.1\r\n");
  }
  EXPECT_THAT(Get("/hello"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(idle.front()->ReadAll(), "") << "the oldest gave way";
}

TEST_F(ServerTest, StopsAtOnceWhenAllConnectionsAreIdle) {
  Start();
  Connection connection(server->port());
  connection.Send("GET /hello HTTP/1.1\r\n\r\n");
  connection.ReadTo("hello \n");
  EXPECT_TRUE(server->Stop(In(seconds(20))));
  EXPECT_EQ(connection.ReadAll(), "");
}

TEST_F(ServerTest, AnswersABegunRequestBeforeItStops) {
  Start();
  Connection connection(server->port());
  connection.Send("POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\na");
  // Another request that is answered shows that the server has taken in what was sent before it.
  EXPECT_THAT(Get("/hello"), StartsWith("HTTP/1.1 200 "));
  bool in_time = false;
  std::jthread stopping([&] { in_time = server->Stop(In(seconds(20))); });
  connection.Send("bc");
  EXPECT_THAT(connection.ReadAll(), AllOf(StartsWith("HTTP/1.1 200 "), testing::EndsWith("\r\n\r\nabc")));
  stopping.join();
  EXPECT_TRUE(in_time);
}

TEST_F(ServerTest, CutsOffAtTheDeadlineWhatIsStillUnderWay) {
  Start();
  Connection connection(server->port());
  connection.Send("POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\na");
  EXPECT_THAT(Get("/hello"), StartsWith("HTTP/1.1 200 "));
  EXPECT_FALSE(server->Stop(In(seconds(0))));
  server.reset();
  EXPECT_EQ(connection.ReadAll(), "");
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  Start();
  ServerSettings taken = settings;
  taken.port = server->port();
  const auto second = Server::Start(taken, routes);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "AddressUnavailable");
  EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1 port " + std::to_string(taken.port)));
  taken.address = "localhost";
  EXPECT_EQ(Server::Start(taken, routes).error().reason, "InvalidAddress");
}

TEST_F(ServerTest, IsAPartThatListensAndStops) {
  Start();
  settings.port = server->port();
  const runtime::Part part = ServerPart("probes", settings, routes);
  EXPECT_EQ(part.start({}).error().reason, "AddressUnavailable");
  server.reset();
  EXPECT_TRUE(part.start({}));
  Connection connection(settings.port);
  connection.Send("GET /hello HTTP/1.1\r\n\r\n");
  EXPECT_THAT(connection.ReadTo("hello \n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(part.stop(In(seconds(20))));
}

TEST(Checks, NameWhatIsNotReady) {
  Checks checks;
  bool filled = false;
  checks.Add("leader", [] { return std::nullopt; });
  checks.Add("caches", [&]() -> std::optional<std::string> {
    if (filled) return std::nullopt;
    return "servicedatabases are being listed";
  });
  EXPECT_EQ(checks.Answer().status, 503);
  EXPECT_EQ(checks.Answer().body, "[+] leader\n[-] caches: servicedatabases are being listed\nnot ok\n");
  filled = true;
  EXPECT_EQ(checks.Answer().status, 200);
  EXPECT_EQ(checks.Answer().body, "[+] leader\n[+] caches\nok\n");
}

TEST(Probes, AnswerUnderTheNamesThatKubernetesAsksFor) {
  const Checks healthy;
  Checks ready;
  ready.Add("caches", [] { return "empty"; });
  runtime::Metrics metrics;
  metrics.AddCounter("some_total", "Some").Add(3);
  Routes routes;
  AddProbes(routes, healthy, ready);
  AddMetrics(routes, metrics);
  EXPECT_EQ(routes.Answer({.method = "GET", .path = "/healthz"}).status, 200);
  EXPECT_EQ(routes.Answer({.method = "GET", .path = "/readyz"}).status, 503);
  EXPECT_THAT(routes.Answer({.method = "GET", .path = "/metrics"}).body, HasSubstr("some_total 3\n"));
}

}  // namespace
}  // namespace freehold::serve
