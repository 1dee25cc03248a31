// Drives the watch machine on a thread of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <stop_token>
#include <thread>

#include "operator/base/clock.h"
#include "operator/kube/watch_machine.h"
#include "operator/kube/watch_source.h"

namespace freehold::kube {

/// Where a watch delivers. Called from the loop's thread only, as the machine's actions say.
class Feed {
 public:
  virtual ~Feed() = default;
  virtual void Clear() = 0;
  virtual void Buffer(const Json& object) = 0;
  virtual void Unbuffer(const Json& object) = 0;
  virtual void Commit() = 0;
  virtual void Put(const Json& object) = 0;
  virtual void Remove(const Json& object) = 0;
};

struct WatchSettings {
  ResourceType type;
  ListOptions options;
  watch::Pauses pauses;
  bool streaming_lists = true;
  /// Told of each failure, from the loop's thread; the loop has logged it and goes on.
  std::function<void(const base::Failure&)> on_failure = nullptr;
  /// Told each time the collection is read anew, from the loop's thread.
  std::function<void()> on_relist = nullptr;
};

/// Runs from construction until Stop() or destruction, which end it at once, in the middle of a call too.
class WatchLoop {
 public:
  /// `source`, `feed` and `clock` outlive the loop.
  WatchLoop(WatchSource& source, Feed& feed, WatchSettings settings, const base::Clock& clock = base::SystemClock());
  ~WatchLoop();
  WatchLoop(const WatchLoop&) = delete;
  WatchLoop& operator=(const WatchLoop&) = delete;

  /// True once the first list was committed. Thread-safe.
  bool Synced() const;
  /// Waits for that; false when it didn't come in time or `stop` was requested. Thread-safe.
  bool WaitSynced(std::chrono::milliseconds limit, std::stop_token stop = {}) const;

  void Stop();

 private:
  void Run(std::stop_token stop);
  void Read(const watch::ReadPage&, const std::stop_token&);
  void Follow(const watch::OpenStream&, const std::stop_token&);
  bool OnLine(const Json& event);
  /// Advances the machine; `objects` are those that the event is about.
  void Take(const watch::Event& event, std::span<const Json> objects = {});
  void Carry(const watch::Action& action, std::span<const Json> objects);
  void MarkSynced();

  WatchSource& source_;
  Feed& feed_;
  const WatchSettings settings_;
  const base::Clock& clock_;

  // Of the loop's thread.
  watch::Machine machine_;
  std::optional<watch::Action> next_;
  std::mt19937 random_{std::random_device{}()};

  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  bool synced_ = false;

  std::jthread thread_;
};

}  // namespace freehold::kube
