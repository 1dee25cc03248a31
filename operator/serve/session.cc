#include "operator/serve/session.h"

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <string_view>

namespace freehold::serve {
namespace {

namespace http = boost::beast::http;

/// How long a client may take to notice that its request was refused before the connection is reset.
constexpr std::chrono::seconds kLinger(2);
constexpr std::size_t kFirstRead = 4096;

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

Request ToRequest(http::request<http::string_body>& message) {
  const std::string_view target = View(message.target());
  const auto mark = target.find('?');
  Request request;
  request.method = View(message.method_string());
  request.path = target.substr(0, mark);
  if (mark != target.npos) request.query = target.substr(mark + 1);
  request.content_type = View(message[http::field::content_type]);
  request.body = std::move(message.body());
  return request;
}

/// What to answer to a request that could not be read; none when nobody is there to read it.
std::optional<Response> Refusal(const boost::beast::error_code& error) {
  const auto refuse = [](int status, const char* why) { return Response{.status = status, .body = why}; };
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error == http::error::header_limit) return refuse(431, "request header too large\n");
  if (error == http::error::body_limit) return refuse(413, "request body too large\n");
  if (error.category() == http::make_error_code(http::error::bad_method).category())
    return refuse(400, "bad request\n");
  return std::nullopt;
}

}  // namespace

Session::Session(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> tls,
                 const ServerSettings& settings, const Routes& routes, std::function<void(Session*)> on_end)
    : stream_(std::move(socket), std::move(tls)), settings_(settings), routes_(routes), on_end_(std::move(on_end)) {}

Session::~Session() { on_end_(this); }

void Session::Begin() {
  if (!stream_.secured()) return AwaitRequest();
  AwaitClient(settings_.timeout);
  stream_.Handshake([self = shared_from_this()](Error error) {
    if (!error) self->AwaitRequest();
  });
}

void Session::CutIfIdle() {
  over_ = true;
  const bool idle = !response_ && buffer_.size() == 0 && !(parser_ && parser_->got_some());
  if (idle) Cut();
}

void Session::Cut() {
  waiting_since_ = std::chrono::steady_clock::time_point::max();
  stream_.connection().close();
}

void Session::AwaitClient(std::chrono::milliseconds timeout) {
  waiting_since_ = std::chrono::steady_clock::now();
  stream_.connection().expires_after(timeout);
}

void Session::AwaitRequest() {
  response_.reset();
  parser_.emplace();
  parser_->header_limit(settings_.header_limit);
  parser_->body_limit(settings_.body_limit);
  if (buffer_.size() > 0) return Read();
  if (over_) return;
  AwaitClient(answered_ ? settings_.idle : settings_.timeout);
  stream_.async_read_some(buffer_.prepare(kFirstRead), [self = shared_from_this()](Error error, std::size_t size) {
    if (error) return;
    self->buffer_.commit(size);
    self->Read();
  });
}

void Session::Read() {
  AwaitClient(settings_.timeout);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](Error error, std::size_t) { self->OnRead(error); });
}

void Session::OnRead(Error error) {
  if (error) {
    refused_ = true;
    if (const auto refusal = Refusal(error)) Write(*refusal, nullptr);
    return;
  }
  auto message = parser_->release();
  Write(routes_.Answer(ToRequest(message)), &message);
}

void Session::Write(const Response& response, const Parser::value_type* request) {
  last_ = last_ || refused_ || !request->keep_alive();
  response_.emplace(static_cast<http::status>(response.status), request ? request->version() : 11);
  response_->set(http::field::server, "freehold");
  response_->set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) response_->set(name, value);
  response_->set("X-Content-Type-Options", "nosniff");
  response_->keep_alive(!last_);
  response_->body() = response.body;
  response_->prepare_payload();
  if (request && request->method() == http::verb::head) response_->body().clear();
  AwaitClient(settings_.timeout);
  http::async_write(stream_, *response_,
                    [self = shared_from_this()](Error failed, std::size_t) { self->OnWrite(failed); });
}

void Session::OnWrite(Error error) {
  if (error) return;
  answered_ = true;
  if (response_->keep_alive()) return AwaitRequest();  // As it said, whatever has come to pass since.
  AwaitClient(kLinger);
  Leave();
}

// Closing a socket with unread input resets it, and the client would lose the response: read on until it has left.
void Session::Leave() {
  if (refused_) {
    Error ignored;
    stream_.connection().socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    return Linger();
  }
  if (stream_.secured()) stream_.Farewell([self = shared_from_this()](Error) {});
}

void Session::Linger() {
  stream_.connection().async_read_some(boost::asio::buffer(discarded_),
                                       [self = shared_from_this()](Error error, std::size_t) {
                                         if (!error) self->Linger();
                                       });
}

}  // namespace freehold::serve
