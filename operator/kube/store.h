// A read-only cache of one resource type, parsed. One watcher feeds it; everybody else reads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "operator/kube/object.h"

namespace freehold::kube {

/// What everybody but the watcher may do. Objects are immutable and shared: hold one as long as you like.
/// Thread-safe.
template <class T>
class Cache {
 public:
  virtual ~Cache() = default;
  /// Null when there is none.
  virtual std::shared_ptr<const T> Find(const Name&) const = 0;
  /// In the order of names.
  virtual std::vector<std::shared_ptr<const T>> All() const = 0;
};

/// The feeder's side. T has a member `meta` of type ObjectMeta.
template <class T>
class Store final : public Cache<T> {
 public:
  std::shared_ptr<const T> Find(const Name& name) const override {
    std::shared_lock lock(mutex_);
    const auto found = objects_.find(name);
    return found == objects_.end() ? nullptr : found->second;
  }

  std::vector<std::shared_ptr<const T>> All() const override {
    std::shared_lock lock(mutex_);
    std::vector<std::shared_ptr<const T>> all;
    all.reserve(objects_.size());
    for (const auto& [name, object] : objects_) all.push_back(object);
    return all;
  }

  void Put(std::shared_ptr<const T> object) {
    std::unique_lock lock(mutex_);
    objects_[object->meta.full_name()] = std::move(object);
  }

  void Remove(const Name& name) {
    std::unique_lock lock(mutex_);
    objects_.erase(name);
  }

 private:
  mutable std::shared_mutex mutex_;
  std::map<Name, std::shared_ptr<const T>> objects_;
};

}  // namespace freehold::kube
