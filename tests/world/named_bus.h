// An EventBus of the test's own, which no other test's stores take for the default.
#pragma once

#include <gtest/gtest.h>

#include "operator_world.h"
#include "reconcilers/api/kinds.h"

namespace freehold::test {

/// Gone with this object.
class NamedBus {
 public:
  explicit NamedBus(std::string name) : name_(std::move(name)) {}
  ~NamedBus() {
    Delete();
    const auto no_finalizers = base::Json::array({{{"op", "remove"}, {"path", "/metadata/finalizers"}}});
    (void)Cluster::Instance().admin().JsonPatch(api::EventBusType(), {"", name_}, no_finalizers, "");
  }

  /// `spec` as YAML's flow style, which is JSON.
  void Put(const std::string& spec) {
    const auto put = Cluster::Instance().admin().Apply(api::EventBusType(), {"", name_},
                                                       {{"apiVersion", "freehold.dev/v1alpha1"},
                                                        {"kind", "EventBus"},
                                                        {"metadata", {{"name", name_}}},
                                                        {"spec", base::Json::parse(spec)}},
                                                       "test", "");
    ASSERT_TRUE(put) << put.error().message;
  }
  void Delete() { (void)Cluster::Instance().admin().Delete(api::EventBusType(), {"", name_}, ""); }
  api::EventBusStatus Status() const {
    const auto object = Cluster::Instance().admin().Get(api::EventBusType(), {"", name_});
    const auto bus = object ? api::ReadEventBus(*object) : base::Result<api::EventBus>{};
    return bus ? bus->status : api::EventBusStatus{};
  }

 private:
  const std::string name_;
};

}  // namespace freehold::test
