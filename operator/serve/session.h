// One connection of a server. Internal: included by server.cc only.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "operator/serve/server.h"
#include "operator/serve/stream.h"

namespace freehold::serve {

/// Shakes hands if the server is to prove itself, then reads a request, answers it, and so on until the client leaves,
/// is too slow, or the server ends.
/// Used by the server's thread only; its pending operations keep it alive.
class Session : public std::enable_shared_from_this<Session> {
 public:
  /// `settings` and `routes` outlive it; `on_end` is called by its destructor.
  /// Null `tls`: in the clear.
  Session(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> tls,
          const ServerSettings& settings, const Routes& routes, std::function<void(Session*)> on_end);
  ~Session();

  void Begin();

  /// Since when it has been waiting for its client to send a request, or to read the answer.
  std::chrono::steady_clock::time_point waiting_since() const { return waiting_since_; }

  /// The next answer is the last.
  void FinishSoon() { last_ = true; }
  /// Ends it at once when no request is under way, otherwise with the answer.
  void CutIfIdle();
  /// Ends it at once.
  void Cut();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Error = boost::beast::error_code;

  /// The client has `timeout` from now on.
  void AwaitClient(std::chrono::milliseconds timeout);
  void AwaitRequest();
  void Read();
  void OnRead(Error error);
  void Write(const Response& response, const Parser::value_type* request);
  void OnWrite(Error error);
  void Leave();
  void Linger();

  Stream stream_;
  const ServerSettings& settings_;
  const Routes& routes_;
  const std::function<void(Session*)> on_end_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<boost::beast::http::response<boost::beast::http::string_body>> response_;
  std::chrono::steady_clock::time_point waiting_since_;
  bool answered_ = false;  ///< a request before this one
  bool refused_ = false;   ///< the request was not read to its end
  bool last_ = false;      ///< the next response to be begun is the last
  bool over_ = false;      ///< no other request is waited for
  std::array<char, 4096> discarded_;
};

}  // namespace freehold::serve
