// Keeps a Store<T> equal to a collection of the API, and tells what changed.
//
// Guarantees: an object is in the store before its change is told; what vanished while nobody watched is told as
// deleted; an object that was deleted and made again is told as both. Changes are told from the watcher's one thread,
// in order. An older form of an object that follows a newer one changes nothing; what a new list says holds. Caveat:
// an object that can't be parsed keeps its last readable form in the store (it is not gone) and is told to
// `on_unreadable` instead.
#pragma once

#include <spdlog/spdlog.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "operator/kube/resource_version.h"
#include "operator/kube/store.h"
#include "operator/kube/watch_loop.h"

namespace freehold::kube {

enum class ObjectChange { kAdded, kUpdated, kDeleted };

/// Address of a JSON object; empty strings where it has none.
Name NameOf(const Json& object);

/// The side of a watcher that knows T.
template <class T>
class StoreFeed final : public Feed {
 public:
  using Parse = std::function<base::Result<T>(const Json&)>;
  /// `initial`: it is part of the first list.
  using OnChange = std::function<void(const Name&, ObjectChange, bool initial)>;
  using OnUnreadable = std::function<void(const Name&, const base::Failure&)>;

  StoreFeed(Store<T>& store, Parse parse, OnChange on_change, OnUnreadable on_unreadable)
      : store_(store),
        parse_(std::move(parse)),
        on_change_(std::move(on_change)),
        on_unreadable_(std::move(on_unreadable)) {}

  void Clear() override {
    buffer_.clear();
    present_.clear();
  }

  void Buffer(const Json& object) override {
    const Name name = NameOf(object);
    present_.insert(name);
    const auto known = buffer_.find(name);
    if (known != buffer_.end() && IsOutdated(object, *known->second)) return;
    if (auto parsed = Read(name, object)) buffer_[name] = std::move(parsed);
  }

  void Unbuffer(const Json& object) override {
    buffer_.erase(NameOf(object));
    present_.erase(NameOf(object));
  }

  void Commit() override {
    for (const auto& old : store_.All()) {
      const Name name = old->meta.full_name();
      if (!present_.contains(name)) Forget(name);
    }
    for (auto& [name, object] : buffer_) Keep(name, std::move(object));
    Clear();
    initial_ = false;
  }

  void Put(const Json& object) override {
    const Name name = NameOf(object);
    const auto kept = store_.Find(name);
    if (kept && IsOutdated(object, *kept)) return;
    if (auto parsed = Read(name, object)) Keep(name, std::move(parsed));
  }

  void Remove(const Json& object) override {
    const Name name = NameOf(object);
    const auto kept = store_.Find(name);
    if (!kept || !IsOutdated(object, *kept)) Forget(name);
  }

 private:
  std::shared_ptr<const T> Read(const Name& name, const Json& object) {
    auto parsed = parse_(object);
    if (parsed) return std::make_shared<const T>(std::move(*parsed));
    spdlog::warn("{} can't be read: {}", ToString(name), parsed.error().message);
    if (on_unreadable_) on_unreadable_(name, parsed.error());
    return nullptr;
  }

  static bool IsOutdated(const Json& object, const T& known) {
    return IsOlder(ResourceVersionOf(object), known.meta.resource_version);
  }

  void Keep(const Name& name, std::shared_ptr<const T> object) {
    const auto old = store_.Find(name);
    if (old && old->meta.resource_version == object->meta.resource_version) return;
    const bool remade = old && old->meta.uid != object->meta.uid;
    if (remade) Forget(name);
    store_.Put(std::move(object));
    Tell(name, old && !remade ? ObjectChange::kUpdated : ObjectChange::kAdded);
  }

  void Forget(const Name& name) {
    store_.Remove(name);
    Tell(name, ObjectChange::kDeleted);
  }

  void Tell(const Name& name, ObjectChange change) {
    if (on_change_) on_change_(name, change, initial_);
  }

  Store<T>& store_;
  const Parse parse_;
  const OnChange on_change_;
  const OnUnreadable on_unreadable_;
  std::map<Name, std::shared_ptr<const T>> buffer_;
  std::set<Name> present_;  ///< those in the buffer and those that can't be read
  bool initial_ = true;
};

/// Watches from construction to destruction.
template <class T>
class Watcher {
 public:
  /// `source` and `store` outlive the watcher.
  Watcher(WatchSource& source, WatchSettings settings, Store<T>& store, StoreFeed<T>::Parse parse,
          StoreFeed<T>::OnChange on_change, StoreFeed<T>::OnUnreadable on_unreadable = {})
      : feed_(store, std::move(parse), std::move(on_change), std::move(on_unreadable)),
        loop_(source, feed_, std::move(settings)) {}

  bool Synced() const { return loop_.Synced(); }
  bool WaitSynced(std::chrono::milliseconds limit, std::stop_token stop = {}) const {
    return loop_.WaitSynced(limit, std::move(stop));
  }
  void Stop() { loop_.Stop(); }

 private:
  StoreFeed<T> feed_;
  WatchLoop loop_;
};

}  // namespace freehold::kube
