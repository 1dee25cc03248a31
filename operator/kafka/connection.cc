#include "operator/kafka/connection.h"

#include <netdb.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "operator/base/base64.h"
#include "operator/http/tls_context.h"
#include "operator/kafka/scram.h"

namespace freehold::kafka {
namespace {

constexpr std::int32_t kLongestReply = 64 << 20;
constexpr Question kHandshake{.api = 17, .version = 1};
constexpr Question kAuthenticate{.api = 36, .version = 1};

std::unexpected<base::Failure> Unreachable(const std::string& why) { return base::Retryable("KafkaUnreachable", why); }
std::unexpected<base::Failure> Denied(const std::string& why) { return base::Terminal("KafkaDenied", why); }

struct Place {
  std::string host, port;
};

/// "host:port", "[::1]:9093".
Place PlaceOf(const std::string& server) {
  const auto colon = server.rfind(':');
  auto host = server.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {std::move(host), colon == std::string::npos ? "9092" : server.substr(colon + 1)};
}

/// The socket, or -1.
int Reach(const Place& place, std::chrono::seconds patience) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(place.host.c_str(), place.port.c_str(), &hints, &found) != 0) return -1;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, &freeaddrinfo);
  for (const auto* address = found; address; address = address->ai_next) {
    const int socket = ::socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol);
    if (socket < 0) continue;
    const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(socket, address->ai_addr, address->ai_addrlen) == 0) return socket;
    close(socket);
  }
  return -1;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const Access& access, std::chrono::seconds patience) {
  Result<void> last = Unreachable("there are no bootstrap servers");
  for (const auto& server : access.bootstrap_servers) {
    const auto place = PlaceOf(server);
    const int socket = Reach(place, patience);
    if (socket < 0) {
      last = Unreachable("broker " + server + " can't be reached");
      continue;
    }
    std::unique_ptr<Connection> connection(new Connection(socket));
    last = access.tls ? connection->Encrypt(access, place.host) : Result<void>();
    if (last) last = connection->LogIn(access);
    if (last) return connection;
    last.error().message = "broker " + server + ": " + last.error().message;
    if (last.error().kind == base::FailureClass::kTerminal) break;
  }
  return std::unexpected(last.error());
}

Connection::~Connection() {
  tls_.reset();
  close(socket_);
}

Result<void> Connection::Encrypt(const Access& access, const std::string& host) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (access.authorities.empty()) SSL_CTX_set_default_verify_paths(context_.get());
  const auto note = std::make_shared<http::HandshakeNote>();
  if (auto prepared = http::PrepareTls(
          context_.get(),
          {.authorities = access.authorities, .client_certificate = {}, .client_key = base::Sensitive()}, host, note);
      !prepared) {
    return prepared;
  }
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  tls_.reset(SSL_new(context_.get()));
  SSL_set_fd(tls_.get(), socket_);
  if (!http::IsAddress(host)) SSL_set_tlsext_host_name(tls_.get(), host.c_str());
  const bool shaken = SSL_connect(tls_.get()) == 1;
  ERR_clear_error();
  if (shaken) return {};
  auto why = note->Take();
  return Unreachable(why.empty() ? "the TLS handshake failed" : why);
}

Result<void> Connection::LogIn(const Access& access) {
  auto offered = Ask(kHandshake, Request().String(kMechanism));
  if (!offered) return std::unexpected(std::move(offered.error()));
  if (offered->Int16() != 0) return Denied(std::string("it offers no login by ") + kMechanism);
  ScramLogin login(access.username, access.password, base::EncodeBase64(RandomBytes(18)));
  const auto first = Authenticate(login.First());
  if (!first) return std::unexpected(first.error());
  const auto answer = login.Final(*first);
  if (!answer) return Denied("its answer to the login is not one by SCRAM");
  const auto last = Authenticate(*answer);
  if (!last) return std::unexpected(last.error());
  if (!login.Trusts(*last)) return Denied("it does not know the password itself");
  return {};
}

Result<std::string> Connection::Authenticate(const std::string& message) {
  auto reply = Ask(kAuthenticate, Request().Bytes(message));
  if (!reply) return std::unexpected(std::move(reply.error()));
  const auto error = reply->Int16();
  const auto why = reply->String();
  if (error != 0) return Denied("the login is refused: " + why);
  return reply->Bytes();
}

bool Connection::Send(const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto* rest = bytes.data() + sent;
    const auto size = bytes.size() - sent;
    const auto done = tls_ ? SSL_write(tls_.get(), rest, static_cast<int>(size))
                           : static_cast<int>(send(socket_, rest, size, MSG_NOSIGNAL));
    if (done <= 0) return false;
    sent += static_cast<std::size_t>(done);
  }
  return true;
}

bool Connection::Receive(std::string& bytes) {
  for (std::size_t had = 0; had < bytes.size();) {
    auto* rest = bytes.data() + had;
    const auto size = bytes.size() - had;
    const auto done =
        tls_ ? SSL_read(tls_.get(), rest, static_cast<int>(size)) : static_cast<int>(recv(socket_, rest, size, 0));
    if (done <= 0) return false;
    had += static_cast<std::size_t>(done);
  }
  return true;
}

Result<Reply> Connection::Ask(const Question& question, const Request& body) {
  Request header;
  header.Int16(question.api).Int16(question.version).Int32(++asked_).String("freehold");
  if (question.flexible) header.NoTags();
  Request length;
  length.Int32(static_cast<std::int32_t>(header.text().size() + body.text().size()));
  const auto lost = [&](const std::string& what) -> std::unexpected<base::Failure> {
    ERR_clear_error();
    if (question.changes) return base::InDoubt("KafkaReplyLost", what);
    return Unreachable(what);
  };
  if (!Send(length.text() + header.text() + body.text())) return lost("the connection was closed");
  std::string four(4, '\0');
  if (!Receive(four)) return lost("no reply came");
  const auto size = Reply(four).Int32();
  if (size < 4 || size > kLongestReply) return lost("the reply is none of Kafka's");
  std::string text(static_cast<std::size_t>(size), '\0');
  if (!Receive(text)) return lost("the reply was cut short");
  Reply reply(std::move(text));
  if (reply.Int32() != asked_) return lost("the reply is to something else");
  if (question.flexible) reply.Tags();
  return reply;
}

}  // namespace freehold::kafka
