#include "commands/controller/tell.h"

#include "operator/runtime/log.h"

namespace freehold::commands {
namespace {

using base::Json;
using base::Result;

constexpr runtime::log::Logger kLog("stores");

/// Passes every write through the gate as one kind of effect.
class GatedWriter final : public kube::Writer {
 public:
  GatedWriter(kube::Writer& writer, runtime::Gate& gate, std::string verb)
      : writer_(writer), gate_(gate), verb_(std::move(verb)) {}

  Result<Json> Create(const kube::ResourceType& type, const std::string& ns, const Json& object) override {
    return gate_.Pass(Effect(ns), [&] { return writer_.Create(type, ns, object); });
  }
  Result<Json> Apply(const kube::ResourceType& type, const kube::Name& name, const Json& object,
                     std::string_view manager, std::string_view subresource) override {
    return gate_.Pass(Effect(ToString(name)), [&] { return writer_.Apply(type, name, object, manager, subresource); });
  }
  Result<Json> JsonPatch(const kube::ResourceType& type, const kube::Name& name, const Json& patch,
                         std::string_view subresource) override {
    return gate_.Pass(Effect(ToString(name)), [&] { return writer_.JsonPatch(type, name, patch, subresource); });
  }
  Result<Json> Replace(const kube::ResourceType& type, const kube::Name& name, const Json& object) override {
    return gate_.Pass(Effect(ToString(name)), [&] { return writer_.Replace(type, name, object); });
  }
  Result<void> Delete(const kube::ResourceType& type, const kube::Name& name, const std::string& uid) override {
    return gate_.Pass(Effect(ToString(name)), [&] { return writer_.Delete(type, name, uid); });
  }

 private:
  runtime::Effect Effect(std::string target) const { return {"api", verb_, std::move(target)}; }

  kube::Writer& writer_;
  runtime::Gate& gate_;
  const std::string verb_;
};

}  // namespace

EventTeller::EventTeller(kube::Writer& writer, runtime::Gate& gate)
    : gated_(std::make_unique<GatedWriter>(writer, gate, "write-event")), recorder_(*gated_, {}) {}

EventTeller::~EventTeller() = default;

void EventTeller::Tell(const api::ServiceDatabase& object, bool warning, api::Reason reason, const std::string& note) {
  kLog.Write(warning ? runtime::log::Level::kWarn : runtime::log::Level::kInfo, "told",
             {{"object", object.meta.full_name()}, {"reason", ToString(reason)}, {"note", note}});
  const auto& type = api::ServiceDatabaseType();
  recorder_.Record({.about = {type.api_version(), type.kind, object.meta.full_name(), object.meta.uid},
                    .type = warning ? kube::EventType::kWarning : kube::EventType::kNormal,
                    .reason = ToString(reason),
                    .action = "Reconcile",
                    .note = note});
}

bool EventTeller::Drain(runtime::Deadline deadline) {
  const auto left = deadline - std::chrono::steady_clock::now();
  return recorder_.Drain(
      std::max(std::chrono::milliseconds(0), std::chrono::duration_cast<std::chrono::milliseconds>(left)));
}

}  // namespace freehold::commands
