#include "door.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace freehold::test {
namespace {

/// How soon the end of the door is noticed.
constexpr int kLookMilliseconds = 50;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// Moves what is there. False: that side has ended.
bool Move(int from, int to) {
  char bytes[16384];
  const auto got = recv(from, bytes, sizeof bytes, 0);
  for (ssize_t sent = 0; sent < got;) {
    const auto part = send(to, bytes + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    if (part <= 0) return false;
    sent += part;
  }
  return got > 0;
}

}  // namespace

Door::Door(std::vector<int> backends)
    : backends_(std::move(backends)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  auto address = Loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 128) != 0) {
    throw std::runtime_error("no port for the door");
  }
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  accepting_ = std::jthread([this](std::stop_token stop) { Accept(std::move(stop)); });
}

Door::~Door() {
  accepting_.request_stop();
  accepting_.join();
  for (auto& connection : connections_) connection.request_stop();
  connections_.clear();
  close(listener_);
}

void Door::Accept(std::stop_token stop) {
  pollfd ready{listener_, POLLIN, 0};
  while (!stop.stop_requested()) {
    if (poll(&ready, 1, kLookMilliseconds) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    connections_.emplace_back([this, client](std::stop_token end) { Pass(client, std::move(end)); });
  }
}

int Door::Reach() {
  for (std::size_t tried = 0; tried < backends_.size(); ++tried) {
    const auto address = Loopback(backends_[turn_++ % backends_.size()]);
    const int backend = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(backend, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return backend;
    close(backend);
  }
  return -1;
}

bool Door::Answer(int backend, int client) {
  const int one_in = lose_one_in_;
  if (one_in > 0 && ++answers_ % one_in == 0) {
    ++lost_;
    return false;
  }
  const auto delay = delay_.load();
  if (delay.count() > 0) poll(nullptr, 0, static_cast<int>(delay.count()));
  return Move(backend, client);
}

void Door::Pass(int client, std::stop_token stop) {
  const int backend = shut_ ? -1 : Reach();
  pollfd ends[] = {{client, POLLIN, 0}, {backend, POLLIN, 0}};
  bool open = backend >= 0;
  while (open && !shut_ && !stop.stop_requested()) {
    if (poll(ends, 2, kLookMilliseconds) <= 0) continue;
    if (ends[0].revents) open = Move(client, backend);
    if (open && ends[1].revents) open = Answer(backend, client);
  }
  if (backend >= 0) close(backend);
  close(client);
}

}  // namespace freehold::test
