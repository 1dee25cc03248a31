// An HTTP/1.1 server that nobody can stall: bounded in time, size and number of connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "operator/base/failure.h"
#include "operator/serve/http.h"
#include "operator/serve/tls.h"

namespace freehold::serve {

struct ServerSettings {
  /// What to listen on: an IP address, "0.0.0.0" or "::" for all.
  std::string address = "0.0.0.0";
  /// 0: a free one, see Server::port.
  std::uint16_t port = 8080;
  /// Larger request headers are answered with 431.
  std::uint32_t header_limit = 16 * 1024;
  /// Larger bodies are answered with 413. The API server's largest admission review fits in.
  std::uint64_t body_limit = 7 * 1024 * 1024;
  /// A connection whose handshake is not done, whose request has not arrived as a whole, or whose response has not been
  /// read as a whole within that time is closed.
  std::chrono::milliseconds timeout{std::chrono::seconds(15)};
  /// So is one that stays silent that long after a response. Longer than clients keep idle connections, or they meet a
  /// closed one.
  std::chrono::milliseconds idle{std::chrono::seconds(15)};
  /// When the server stops, idle connections are kept that long: a request that is on its way already is answered, with
  /// the word that it was the last.
  std::chrono::milliseconds farewell{0};
  /// One connection more closes the one that has waited longest for its client, so that idle or slow ones can't keep a
  /// probe out.
  std::size_t connections = 128;
  /// What it proves itself by; null: plain HTTP.
  std::shared_ptr<const Tls> tls = nullptr;
};

/// Answers from its routes on one thread of its own. Thread-safe.
class Server {
 public:
  /// Listens from then on. Retryable "AddressUnavailable" when it can't; Terminal "InvalidAddress".
  static base::Result<std::unique_ptr<Server>> Start(const ServerSettings& settings, Routes routes);

  /// Stops at once what still goes on.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;

  /// Accepts nothing more, closes idle connections (see `farewell`), and waits until begun requests are answered.
  /// False: `deadline` came first, and the rest has been cut off. Either way the server's thread has ended. May be
  /// repeated.
  bool Stop(std::chrono::steady_clock::time_point deadline);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace freehold::serve
