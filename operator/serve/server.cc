#include "operator/serve/server.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "operator/runtime/log.h"
#include "operator/serve/session.h"

namespace freehold::serve {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

constexpr runtime::log::Logger kLog("serve");

/// How long nothing is accepted after accepting failed: the process is out of file descriptors, most likely.
constexpr std::chrono::milliseconds kAcceptPause(100);

}  // namespace

class Server::Impl {
 public:
  Impl(const ServerSettings& settings, Routes routes)
      : settings_(settings), routes_(std::move(routes)), acceptor_(io_), pause_(io_), farewell_(io_) {}
  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  base::Result<void> Listen();
  void Begin();
  bool Stop(std::chrono::steady_clock::time_point deadline);
  std::uint16_t port() const { return port_; }

 private:
  void Accept();
  void OnAccept(Error error, tcp::socket socket);
  void Serve(tcp::socket socket);
  void OnEnd(Session* ended);
  void MakeRoom();
  void Farewell();

  const ServerSettings settings_;
  const Routes routes_;
  std::uint16_t port_ = 0;
  std::unordered_set<Session*> sessions_;  ///< used by the thread only; outlives io_, whose end ends the sessions
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::steady_timer farewell_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

base::Result<void> Server::Impl::Listen() {
  Error error;
  const auto address = asio::ip::make_address(settings_.address, error);
  if (error) return base::Terminal("InvalidAddress", "\"" + settings_.address + "\" is not an IP address");
  const tcp::endpoint endpoint(address, settings_.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return base::Retryable("AddressUnavailable", "can't listen on " + settings_.address + " port " +
                                                     std::to_string(settings_.port) + ": " + error.message());
  }
  port_ = acceptor_.local_endpoint().port();
  return {};
}

void Server::Impl::Begin() {
  Accept();
  // Runs out of work, and so ends, once nothing is accepted and no session is left.
  thread_ = std::thread([this] {
    io_.run();
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  });
}

bool Server::Impl::Stop(std::chrono::steady_clock::time_point deadline) {
  asio::post(io_, [this] {
    Error ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (Session* session : sessions_) session->FinishSoon();
    Farewell();
  });
  std::unique_lock lock(mutex_);
  const bool in_time = changed_.wait_until(lock, deadline, [this] { return ended_; });
  lock.unlock();
  io_.stop();
  if (thread_.joinable()) thread_.join();
  return in_time;
}

void Server::Impl::Farewell() {
  if (sessions_.empty()) return;
  const auto cut = [this](Error) {
    for (Session* session : std::vector(sessions_.begin(), sessions_.end())) session->CutIfIdle();
  };
  if (settings_.farewell.count() == 0) return cut({});
  farewell_.expires_after(settings_.farewell);
  farewell_.async_wait(cut);
}

void Server::Impl::Accept() {
  acceptor_.async_accept([this](Error error, tcp::socket socket) { OnAccept(error, std::move(socket)); });
}

void Server::Impl::OnAccept(Error error, tcp::socket socket) {
  if (!acceptor_.is_open()) return;
  if (error) {
    kLog.Warn("can't accept connections", {{"error", error.message()}});
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](Error) {
      if (acceptor_.is_open()) Accept();
    });
    return;
  }
  Serve(std::move(socket));
  Accept();
}

void Server::Impl::Serve(tcp::socket socket) {
  const auto tls = settings_.tls ? settings_.tls->Current() : nullptr;
  if (settings_.tls && !tls) return;
  MakeRoom();
  const auto session =
      std::make_shared<Session>(std::move(socket), tls, settings_, routes_, [this](Session* ended) { OnEnd(ended); });
  sessions_.insert(session.get());
  session->Begin();
}

void Server::Impl::OnEnd(Session* ended) {
  sessions_.erase(ended);
  if (sessions_.empty()) farewell_.cancel();
}

void Server::Impl::MakeRoom() {
  if (sessions_.empty() || sessions_.size() < settings_.connections) return;
  (*std::ranges::min_element(sessions_, {}, &Session::waiting_since))->Cut();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

base::Result<std::unique_ptr<Server>> Server::Start(const ServerSettings& settings, Routes routes) {
  auto impl = std::make_unique<Impl>(settings, std::move(routes));
  if (auto listening = impl->Listen(); !listening) return std::unexpected(listening.error());
  kLog.Info("listening", {{"address", settings.address}, {"port", impl->port()}});
  impl->Begin();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const { return impl_->port(); }

bool Server::Stop(std::chrono::steady_clock::time_point deadline) { return impl_->Stop(deadline); }

}  // namespace freehold::serve
