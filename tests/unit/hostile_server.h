// A server that does to its clients whatever a test tells it to.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/unit/certificates.h"

namespace freehold {

/// One connection, seen from the server.
class Peer {
 public:
  Peer(int fd, SSL* ssl) : fd_(fd), ssl_(ssl) {}

  /// Head and body of the next request; empty when the client has gone.
  std::string ReadRequest();
  /// False when the client has gone.
  bool Send(std::string_view bytes);
  bool Reply(int status, std::string_view body, std::string_view headers = {});
  bool BeginChunks() { return Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"); }
  bool Chunk(std::string_view bytes);
  bool EndChunks() { return Send("0\r\n\r\n"); }
  /// Returns once the client has gone.
  void WaitGone();
  /// The name that the client asked for by SNI.
  std::string ServerName() const;
  /// Common name of the client's certificate; empty when it showed none.
  std::string ClientName() const;

 private:
  std::size_t Read(char* bytes, std::size_t size);

  int fd_;
  SSL* ssl_;
};

/// Listens on a free port of 127.0.0.1. Each connection runs `script` on a thread of its own and is closed when that
/// returns. Destruction cuts all connections.
class HostileServer {
 public:
  using Script = std::function<void(Peer&)>;

  explicit HostileServer(Script script) : HostileServer(std::move(script), std::nullopt) {}
  /// Speaks TLS; clients are asked for a certificate of `tls->issuer`, which they may leave out.
  HostileServer(Script script, std::optional<TestCertificate> tls);
  ~HostileServer();
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;

  int port() const { return port_; }
  std::string Url(const std::string& host = "127.0.0.1") const;
  int connections() const;

 private:
  void Accept();
  void Serve(int fd);

  const Script script_;
  int listener_ = -1;
  int port_ = 0;
  SSL_CTX* tls_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<int> open_;
  int connections_ = 0;
  std::list<std::jthread> threads_;
  std::jthread accepting_;
};

}  // namespace freehold
