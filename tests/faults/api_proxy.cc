#include "api_proxy.h"

#include <unistd.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "operator/base/json.h"
#include "operator/http/cpprest_transport.h"
#include "operator/kube/config.h"
#include "operator_world.h"

namespace freehold::test {
namespace {

using base::Json;
using std::chrono::milliseconds;

constexpr int kOneIn = 6;
constexpr milliseconds kSlow{200};
constexpr const char* kBookmark = R"({"type":"BOOKMARK")";

std::string Status(int code, const std::string& reason) {
  return Json{{"kind", "Status"}, {"apiVersion", "v1"}, {"code", code}, {"reason", reason}, {"message", reason}}.dump();
}

const std::string kExpired = R"({"type":"ERROR","object":)" + Status(410, "Expired") + "}";

}  // namespace

struct ApiProxy::Received {
  http::Request request;

  bool IsWatch() const { return request.target.find("watch=true") != std::string::npos; }
  bool IsOfLease() const { return request.target.find("/leases") != std::string::npos; }

  static Received Of(const std::string& text) {
    Received received;
    auto& request = received.request;
    std::istringstream head(text.substr(0, text.find("\r\n\r\n")));
    head >> request.method >> request.target;
    std::string line;
    std::getline(head, line);
    while (std::getline(head, line)) {
      const auto name = line.substr(0, line.find(':'));
      if (name != "Content-Type" && name != "Accept") continue;
      const auto value = line.find_first_not_of(' ', name.size() + 1);
      request.headers[name] = line.substr(value, line.find('\r') - value);
    }
    request.body = text.substr(text.find("\r\n\r\n") + 4);
    return received;
  }
};

ApiProxy::ApiProxy(unsigned seed) : random_(seed), kubeconfig_("/tmp/freehold-proxy-XXXXXX") {
  const auto access =
      kube::LoadClusterAccess({.kubeconfig = Cluster::Instance().controller_kubeconfig(), .context = {}},
                              kube::Surroundings::OfThisProcess(), base::SystemClock());
  if (!access) throw std::runtime_error(access.error().message);
  api_ = http::MakeTransport(access->endpoint).value();
  server_ = std::make_unique<HostileServer>([this](Peer& peer) { Serve(peer); });
  close(mkstemp(kubeconfig_.data()));
  std::ofstream(kubeconfig_) << Json{
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"clusters", {{{"name", "proxy"}, {"cluster", {{"server", server_->Url()}}}}}},
      {"contexts", {{{"name", "proxy"}, {"context", {{"cluster", "proxy"}, {"user", ""}}}}}},
      {"current-context", "proxy"}};
}

ApiProxy::~ApiProxy() {
  stop_.request_stop();
  EndStreams();
  server_.reset();
  unlink(kubeconfig_.c_str());
}

void ApiProxy::EndStreams() {
  const std::lock_guard lock(mutex_);
  streams_.request_stop();
  streams_ = {};
}

void ApiProxy::Down(bool down) {
  down_ = down;
  EndStreams();
}

void ApiProxy::CalmDown() {
  calm_ = true;
  EndStreams();
}

int ApiProxy::Below(int bound) {
  const std::lock_guard lock(mutex_);
  return std::uniform_int_distribution(0, bound - 1)(random_);
}

void ApiProxy::SlowDown(milliseconds by, milliseconds as_long_as) {
  slow_by_ = by;
  slow_until_ = std::chrono::steady_clock::now() + as_long_as;
}

void ApiProxy::Lose(const std::string& in_address, int requests) {
  const std::lock_guard lock(mutex_);
  lost_ = in_address;
  to_lose_ = requests;
}

bool ApiProxy::IsLost(const std::string& address) {
  const std::lock_guard lock(mutex_);
  return to_lose_ > 0 && address.find(lost_) != std::string::npos && to_lose_-- > 0;
}

milliseconds ApiProxy::SlowBy() const {
  return std::chrono::steady_clock::now() < slow_until_.load() ? slow_by_.load() : milliseconds(0);
}

void ApiProxy::Linger(milliseconds time) {
  std::mutex own;
  std::unique_lock lock(own);
  ended_.wait_for(lock, stop_.get_token(), time, [] { return false; });
}

bool ApiProxy::Strikes(int one_in) {
  if (calm_ || Below(one_in) != 0) return false;
  ++harmed_;
  return true;
}

void ApiProxy::Serve(Peer& peer) {
  while (true) {
    const auto text = peer.ReadRequest();
    if (down_) ++turned_away_;
    if (text.empty() || down_) return;
    auto received = Received::Of(text);
    received.request.stop = stop_.get_token();
    if (!(received.IsWatch() ? Follow(peer, received) : Answer(peer, received))) return;
  }
}

bool ApiProxy::Answer(Peer& peer, const Received& received) {
  if (const auto by = SlowBy(); by.count() > 0 && !received.IsOfLease()) {
    ++slowed_;
    Linger(by);
  }
  if (IsLost(received.request.target)) return false;
  const bool harmed = !received.IsOfLease() && Strikes(kOneIn);
  const int how = harmed ? Below(7) : -1;
  if (how == 0) return peer.Reply(429, Status(429, "TooManyRequests"), "Retry-After: 1\r\n");
  if (how == 1) return peer.Reply(500, Status(500, "InternalError"));
  if (how == 2) return peer.Reply(503, Status(503, "ServiceUnavailable"));
  if (how == 3) return false;
  if (how == 4) Linger(kSlow);
  const auto reply = api_->Send(received.request);
  if (!reply || down_) return false;
  if (how == 5) return false;
  const auto type = "Content-Type: application/json\r\n";
  if (how == 6) {
    peer.Send("HTTP/1.1 " + std::to_string(reply->status) + " X\r\n" + type + "Content-Length: " +
              std::to_string(reply->body.size()) + "\r\n\r\n" + reply->body.substr(0, reply->body.size() / 2));
    return false;
  }
  return peer.Reply(reply->status, reply->body, type);
}

bool ApiProxy::Follow(Peer& peer, const Received& received) {
  if (Strikes(kOneIn)) return peer.Reply(410, Status(410, "Expired"));
  auto request = received.request;
  {
    const std::lock_guard lock(mutex_);
    request.stop = streams_.get_token();
  }
  const bool was_calm = calm_;
  std::string held;  ///< an event that the next one overtakes
  const auto pass = [&](const std::string& line) { return peer.Chunk(line + "\n"); };
  const auto take = [&](std::string_view event) {
    const std::string line(event);
    // A bookmark tells that all before it have come.
    if (line.starts_with(kBookmark)) return (held.empty() || pass(std::exchange(held, {}))) && pass(line);
    if (!held.empty()) return pass(line) && pass(std::exchange(held, {}));
    if (!Strikes(kOneIn)) return pass(line);
    switch (Below(6)) {
      case 0:
        Linger(kSlow);
        return pass(line);
      case 1:
        return pass(line) && pass(line);
      case 2:
        held = line;
        return true;
      case 3:
        peer.Chunk(line.substr(0, line.size() / 2));
        return false;
      case 4:
        return false;
      default:
        pass(kExpired);
        return false;
    }
  };
  if (!peer.BeginChunks()) return false;
  // Where nothing comes any more, what is held doesn't come either: the stream ends.
  const milliseconds idle = was_calm ? std::chrono::minutes(10) : std::chrono::seconds(3);
  const auto reply = api_->Stream(request, {.idle = idle}, take);
  if (reply && reply->status >= 300) pass(R"({"type":"ERROR","object":)" + reply->body + "}");
  // What was held, or lost, isn't missed by who reads all anew.
  if (calm_ && !was_calm) pass(kExpired);
  return false;
}

}  // namespace freehold::test
