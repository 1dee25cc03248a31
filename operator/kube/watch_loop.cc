#include "operator/kube/watch_loop.h"

#include <spdlog/spdlog.h>

#include "operator/kube/api_reply.h"
#include "operator/kube/resource_version.h"

namespace freehold::kube {
namespace {

using std::chrono::seconds;

constexpr auto kShortest = seconds(270);
constexpr int kSpread = 40;
constexpr auto kAtOnce = seconds(1);

bool EndsInitialList(const Json& bookmark) {
  static const Json::json_pointer kPath("/metadata/annotations/k8s.io~1initial-events-end");
  return bookmark.contains(kPath) && bookmark.at(kPath) == "true";
}

std::optional<watch::Change> ChangeOf(const std::string& type) {
  if (type == "ADDED") return watch::Change::kAdded;
  if (type == "MODIFIED") return watch::Change::kModified;
  if (type == "DELETED") return watch::Change::kDeleted;
  return std::nullopt;
}

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

}  // namespace

WatchLoop::WatchLoop(WatchSource& source, Feed& feed, WatchSettings settings, const base::Clock& clock)
    : source_(source), feed_(feed), settings_(std::move(settings)), clock_(clock) {
  machine_.pauses = settings_.pauses;
  machine_.pauses.next = machine_.pauses.anew = settings_.pauses.first;
  machine_.streaming_lists = settings_.streaming_lists;
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
}

WatchLoop::~WatchLoop() { Stop(); }

void WatchLoop::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

bool WatchLoop::Synced() const {
  const std::lock_guard lock(mutex_);
  return synced_;
}

bool WatchLoop::WaitSynced(std::chrono::milliseconds limit, std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::move(stop), limit, [this] { return synced_; });
}

void WatchLoop::MarkSynced() {
  const std::lock_guard lock(mutex_);
  synced_ = true;
  changed_.notify_all();
}

void WatchLoop::Run(std::stop_token stop) {
  const auto pause = [&](const watch::Wait& wait) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, wait.pause, [] { return false; });
    lock.unlock();
    if (!stop.stop_requested()) Take(watch::WaitedOut{});
  };
  Take(watch::Started{});
  while (next_ && !stop.stop_requested()) {
    const watch::Action action = *std::exchange(next_, std::nullopt);
    std::visit(Match{[&](const watch::ReadPage& page) { Read(page, stop); },
                     [&](const watch::OpenStream& stream) { Follow(stream, stop); },
                     [&](const watch::Wait& wait) { pause(wait); }, [](const auto&) {}},
               action);
  }
}

void WatchLoop::Read(const watch::ReadPage& wanted, const std::stop_token& stop) {
  const auto page = source_.ListPage(settings_.type, settings_.options, wanted.continue_token, stop);
  if (stop.stop_requested()) return;
  if (!page) return Take(watch::Failed{page.error()});
  Take(watch::PageRead{page->resource_version, page->next}, page->items);
}

void WatchLoop::Follow(const watch::OpenStream& wanted, const std::stop_token& stop) {
  const WatchOptions options{.resource_version = wanted.resource_version,
                             .initial_list = wanted.initial_list,
                             .timeout = kShortest + seconds(std::uniform_int_distribution<>(0, kSpread)(random_))};
  const auto began = clock_.Steady();
  bool any = false;
  const auto ended = source_.Watch(settings_.type, settings_.options, options, stop, [&](const Json& event) {
    any = true;
    return !stop.stop_requested() && OnLine(event);
  });
  if (stop.stop_requested() || next_) return;
  if (!ended) return Take(watch::Failed{ended.error()});
  Take(watch::StreamEnded{!any && clock_.Steady() - began < kAtOnce});
}

bool WatchLoop::OnLine(const Json& event) {
  const std::string what = "watch " + settings_.type.plural;
  const auto said = event.is_object() ? event.find("type") : event.end();
  const auto object = event.is_object() ? event.find("object") : event.end();
  const bool whole =
      event.is_object() && said != event.end() && said->is_string() && object != event.end() && object->is_object();
  const std::string type = whole ? said->get<std::string>() : "";
  if (const auto change = ChangeOf(type); whole && change) {
    Take(watch::ObjectSeen{*change, ResourceVersionOf(*object)}, std::span(&*object, 1));
  } else if (whole && type == "BOOKMARK") {
    Take(watch::BookmarkSeen{ResourceVersionOf(*object), EndsInitialList(*object)});
  } else if (whole && type == "ERROR") {
    Take(watch::Failed{FailureOf(*object, what)});
  } else {
    Take(watch::Failed{{base::FailureClass::kRetryable, "ApiUnavailable", what + ": not a watch event", {}, 0}});
  }
  return !next_;
}

void WatchLoop::Take(const watch::Event& event, std::span<const Json> objects) {
  const double chance = std::uniform_real_distribution<>(0, 1)(random_);
  watch::Step step = watch::Advance(std::move(machine_), event, {clock_.Steady(), chance});
  machine_ = std::move(step.machine);
  for (const watch::Action& action : step.actions) Carry(action, objects);
}

void WatchLoop::Carry(const watch::Action& action, std::span<const Json> objects) {
  const auto each = [&](void (Feed::*deliver)(const Json&)) {
    for (const Json& object : objects) (feed_.*deliver)(object);
  };
  std::visit(Match{[&](const watch::ClearBuffer&) {
                     feed_.Clear();
                     if (settings_.on_relist) settings_.on_relist();
                   },
                   [&](const watch::BufferItems&) { each(&Feed::Buffer); },
                   [&](const watch::UnbufferObject&) { each(&Feed::Unbuffer); },
                   [&](const watch::CommitBuffer&) {
                     feed_.Commit();
                     MarkSynced();
                   },
                   [&](const watch::PutObject&) { each(&Feed::Put); },
                   [&](const watch::RemoveObject&) { each(&Feed::Remove); },
                   [&](const watch::Report& report) {
                     spdlog::warn("{}; trying again", report.failure.message);
                     if (settings_.on_failure) settings_.on_failure(report.failure);
                   },
                   [&](const auto& start) { next_ = start; }},
             action);
}

}  // namespace freehold::kube
