#include "operator/http/cpprest_transport.h"

#include <cpprest/http_client.h>
#include <cpprest/producerconsumerstream.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "operator/http/lines.h"
#include "operator/http/tls_context.h"

namespace freehold::http {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using CpprestClient = web::http::client::http_client;

constexpr std::size_t kPoolThreads = 4;  // they only move bytes: nothing of ours ever blocks on them
constexpr std::size_t kGulp = 1024 * 1024;
constexpr std::size_t kLargestReply = 256 * 1024 * 1024;
constexpr auto kBackstop = std::chrono::hours(1);  // the library's own idle timer; deadlines are ours

/// OpenSSL first: what begins later ends earlier, so the threads have gone when OpenSSL cleans up after them.
void StartThreadsOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    OPENSSL_init_ssl(0, nullptr);
    crossplat::threadpool::initialize_with_threads(kPoolThreads);
  });
}

/// The outcome of a task, for a thread that waits with a deadline and may leave before it comes.
template <class T>
struct Arrival {
  std::mutex mutex;
  std::condition_variable_any arrived;
  std::optional<pplx::task<T>> task;
};

/// A failed task that nobody looks at would end the process.
template <class T>
void LookAt(const pplx::task<T>& done) {
  try {
    done.wait();
  } catch (...) {
  }
}

/// The finished task, or nothing when the deadline passed or a stop was requested first. Whether anybody still looks or
/// not, the task's exception counts as seen.
template <class T>
std::optional<pplx::task<T>> Await(const pplx::task<T>& task, SteadyTime deadline, const std::stop_token& stop) {
  if (task.is_done()) {
    LookAt(task);
    return task;
  }
  auto arrival = std::make_shared<Arrival<T>>();
  task.then([arrival](pplx::task<T> done) {
    LookAt(done);
    const std::lock_guard lock(arrival->mutex);
    arrival->task = done;
    arrival->arrived.notify_all();
  });
  std::unique_lock lock(arrival->mutex);
  arrival->arrived.wait_until(lock, stop, deadline, [&] { return arrival->task.has_value(); });
  return arrival->task;
}

bool IsWrite(const std::string& method) { return method != "GET" && method != "HEAD"; }

/// One request in flight. Leaving it cancels what is left of it; one that was read to its end gives its connection
/// back, which a cancellation would close.
class Exchange {
 public:
  enum class Read { kBytes, kEnd, kStopped };

  Exchange(const Request& request, HandshakeNote& note)
      : write_(IsWrite(request.method)), stop_(request.stop), note_(note) {}
  ~Exchange() {
    if (!ended_) cancel_.cancel();
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  bool stopped() const { return stop_.stop_requested(); }

  /// Sends; returns once the headers of the reply are here.
  Result<web::http::http_response> Begin(CpprestClient& client, const Request& request, const Credentials& credentials,
                                         const std::string& host_header, SteadyTime deadline) try {
    web::http::http_request message(request.method);
    message.set_request_uri(web::uri(request.target));
    for (const auto& [name, value] : request.headers) message.headers().add(name, value);
    if (!credentials.authorization.empty()) message.headers().add("Authorization", credentials.authorization.Reveal());
    if (!host_header.empty()) message.headers().add("Host", host_header);
    if (!request.body.empty()) {
      const auto type = request.headers.find("Content-Type");
      message.set_body(request.body, type == request.headers.end() ? "application/octet-stream" : type->second);
    }
    message.set_progress_handler(
        [sent = sent_](web::http::message_direction::direction, utility::size64_t) { *sent = true; });

    const auto task = Await(client.request(message, cancel_.get_token()), deadline, stop_);
    if (!task) return Lost("no reply within the deadline");
    auto response = task->get();
    body_ = response.body().streambuf();
    return response;
  } catch (const web::uri_exception& bad) {
    return base::Terminal("BadRequest", std::string("not a usable request target: ") + bad.what());
  } catch (const std::exception& failed) {
    return Lost(failed.what());
  }

  /// Waits until there is something and appends it to `bytes`, a gulp at most: a server that sends without end must not
  /// keep its reader from looking at limits and the clock.
  Result<Read> Next(std::string& bytes, SteadyTime deadline) try {
    const auto first = Await(body_.bumpc(), deadline, stop_);
    if (stopped()) return Read::kStopped;
    if (!first || std::chrono::steady_clock::now() >= deadline) return Lost("no more of the reply came in time");
    const auto byte = first->get();
    ended_ = byte == Buffer::traits::eof();
    if (ended_) return Read::kEnd;
    bytes.push_back(static_cast<char>(byte));
    if (const std::size_t waiting = std::min(body_.in_avail(), kGulp); waiting > 0) {
      const std::size_t before = bytes.size();
      bytes.resize(before + waiting);
      bytes.resize(before + body_.getn(reinterpret_cast<std::uint8_t*>(bytes.data() + before), waiting).get());
    }
    return Read::kBytes;
  } catch (const std::exception& failed) {
    if (stopped()) return Read::kStopped;
    return Lost(failed.what());
  }

  std::unexpected<base::Failure> Lost(const std::string& why) {
    const std::string refused = note_.Take();
    const std::string message = refused.empty() ? why : refused;
    if (*sent_ && write_) return base::InDoubt("ReplyLost", message);
    if (stopped()) return base::Retryable("Stopped", "the program is stopping");
    return base::Retryable("Unreachable", message);
  }

 private:
  using Buffer = concurrency::streams::streambuf<std::uint8_t>;

  const bool write_;
  const std::stop_token stop_;
  HandshakeNote& note_;
  bool ended_ = false;
  std::shared_ptr<std::atomic<bool>> sent_ = std::make_shared<std::atomic<bool>>(false);
  pplx::cancellation_token_source cancel_;
  Buffer body_;
};

Response HeadOf(const web::http::http_response& response) {
  Response head{response.status_code(), {}, {}};
  for (const auto& [name, value] : response.headers()) head.headers[name] = value;
  return head;
}

class CpprestTransport final : public Transport {
 public:
  CpprestTransport(Endpoint endpoint, web::uri uri) : endpoint_(std::move(endpoint)), uri_(std::move(uri)) {}

  Result<Response> Send(const Request& request) override {
    const auto deadline = std::chrono::steady_clock::now() + request.deadline;
    Exchange exchange(request, *note_);
    auto response = Begin(exchange, request, deadline);
    if (!response) return std::unexpected(response.error());
    return Whole(exchange, HeadOf(*response), deadline);
  }

  Result<Response> Stream(const Request& request, const StreamLimits& limits, const LineSink& sink) override {
    const auto deadline = std::chrono::steady_clock::now() + request.deadline;
    Exchange exchange(request, *note_);
    auto response = Begin(exchange, request, deadline);
    if (!response && exchange.stopped()) return Response{};
    if (!response) return std::unexpected(response.error());
    Response head = HeadOf(*response);
    if (head.status < 200 || head.status > 299) return Whole(exchange, std::move(head), deadline);

    LineSplitter lines(limits.line_bytes, sink);
    std::string bytes;
    while (true) {
      bytes.clear();
      const auto read = exchange.Next(bytes, std::chrono::steady_clock::now() + limits.idle);
      if (!read) return std::unexpected(read.error());
      if (*read != Exchange::Read::kBytes) return head;
      switch (lines.Feed(bytes)) {
        case LineSplitter::Outcome::kMore:
          break;
        case LineSplitter::Outcome::kEnded:
          return head;
        case LineSplitter::Outcome::kTooLong:
          return base::Terminal("ReplyTooLarge",
                                "a line of the reply exceeds " + std::to_string(limits.line_bytes) + " bytes");
      }
    }
  }

 private:
  Result<web::http::http_response> Begin(Exchange& exchange, const Request& request, SteadyTime deadline) {
    const auto credentials = endpoint_.credentials->Current();
    if (!credentials) return base::Retryable("CredentialsUnavailable", credentials.error().message);
    const auto client = ClientFor((*credentials)->tls);
    if (!client) return base::Retryable("CredentialsUnavailable", client.error().message);
    auto response = exchange.Begin(**client, request, **credentials, endpoint_.tls_server_name, deadline);
    if (response && response->status_code() == 401) endpoint_.credentials->Refused();
    return response;
  }

  Result<Response> Whole(Exchange& exchange, Response response, SteadyTime deadline) {
    while (true) {
      const auto read = exchange.Next(response.body, deadline);
      if (!read) return std::unexpected(read.error());
      if (*read == Exchange::Read::kStopped) return exchange.Lost("the program is stopping");
      if (*read == Exchange::Read::kEnd) return response;
      if (response.body.size() > kLargestReply)
        return base::Terminal("ReplyTooLarge", "the reply exceeds " + std::to_string(kLargestReply) + " bytes");
    }
  }

  /// Kept connections live as long as the TLS material they were made with.
  Result<std::shared_ptr<CpprestClient>> ClientFor(const TlsMaterial& material) {
    const std::lock_guard lock(mutex_);
    if (client_ && material == material_) return client_;
    const std::string name = endpoint_.tls_server_name.empty() ? uri_.host() : endpoint_.tls_server_name;
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> trial(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    if (auto usable = PrepareTls(trial.get(), material, name, note_); !usable) return std::unexpected(usable.error());

    web::http::client::http_client_config config;
    config.set_timeout(kBackstop);
    config.set_max_redirects(0);
    config.set_validate_certificates(endpoint_.verify_server);
    config.set_tlsext_sni_enabled(!IsAddress(name));
    config.set_ssl_context_callback([material, name, note = note_](boost::asio::ssl::context& context) {
      if (auto ready = PrepareTls(context.native_handle(), material, name, note); !ready)
        throw std::runtime_error(ready.error().message);
    });
    material_ = material;
    client_ = std::make_shared<CpprestClient>(uri_, config);
    return client_;
  }

  const Endpoint endpoint_;
  const web::uri uri_;
  const std::shared_ptr<HandshakeNote> note_ = std::make_shared<HandshakeNote>();
  std::mutex mutex_;
  TlsMaterial material_;
  std::shared_ptr<CpprestClient> client_;
};

}  // namespace

base::Result<std::shared_ptr<Transport>> MakeTransport(Endpoint endpoint) try {
  StartThreadsOnce();
  web::uri uri(endpoint.url);
  if (uri.scheme() != "https" && uri.scheme() != "http")
    return base::Terminal("BadEndpoint",
                          "the server's URL \"" + endpoint.url + "\" begins neither with https:// nor http://");
  if (uri.host().empty() || uri.host().starts_with('['))
    return base::Terminal("BadEndpoint", "the server's URL \"" + endpoint.url +
                                             "\" needs a host name or an IPv4 address (give an IPv6 server a name)");
  return std::make_shared<CpprestTransport>(std::move(endpoint), std::move(uri));
} catch (const web::uri_exception&) {
  return base::Terminal("BadEndpoint", "the server's URL \"" + endpoint.url + "\" is not a URL");
}

}  // namespace freehold::http
