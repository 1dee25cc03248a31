#include "reconcilers/views/reconciler.h"

#include <algorithm>
#include <regex>

#include "operator/runtime/log.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/stores/step.h"
#include "reconcilers/views/status.h"

namespace freehold::views {
namespace {

using base::FailureClass;
using engines::Step;
using engines::ViewWanted;
using runtime::Again;
using runtime::Done;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("views");
/// Nothing is known of what became of it, or nothing can be done now at all.
bool EndsPass(const base::Failure& failure) {
  return failure.kind == FailureClass::kNotLeader || failure.kind == FailureClass::kInDoubt ||
         failure.reason == "ServerUnreachable";
}

/// Places in a statement that people don't see say nothing.
std::string Placeless(const std::string& message) {
  static const std::regex kPlace(" at character [0-9]+");
  return std::regex_replace(message, kPlace, "");
}

api::Duration EveryOf(const std::vector<Folder>& folders, const std::string& full_name) {
  for (const auto& folder : folders) {
    if (full_name.starts_with(folder.spec.schema + ".")) return folder.spec.refresh_every;
  }
  return std::chrono::hours(1);
}

std::string FileOf(const std::string& full_name) { return full_name.substr(full_name.find('.') + 1) + ".sql"; }

}  // namespace

const kube::ResourceType& ConfigMapType() {
  static const kube::ResourceType type{"", "v1", "configmaps", "ConfigMap", true};
  return type;
}

base::Result<std::vector<Folder>> ReadFolders(const api::ReportingWarehouse& object, kube::Reader& reader,
                                              const std::string& operator_namespace) {
  std::vector<Folder> folders;
  for (const auto& spec : object.spec.views) {
    const kube::Name name{spec.config_map.ns.value_or(operator_namespace), spec.config_map.name};
    auto& folder = folders.emplace_back(Folder{spec, {}});
    const auto map = reader.Get(ConfigMapType(), name);
    const int status = map ? 200 : map.error().http_status;
    if (!map && status != 404 && status != 403) return std::unexpected(map.error());
    if (status == 404) folder.files = std::unexpected("there is no ConfigMap " + ToString(name) + "; create it");
    if (status == 403) {
      folder.files = std::unexpected("ConfigMap " + ToString(name) +
                                     " may not be read; list its namespace in rbac.configMapNamespaces of the chart");
    }
    if (map) folder.files = FilesOf(*map);
  }
  return folders;
}

Outcome Reconciler::Reconcile(const kube::Name& name) {
  const auto object = parts_.world.warehouses->Find(name);
  if (!object || object->meta.deleted) {
    Forget(name);
    return Done{};
  }
  const bool had_some = std::ranges::count(object->status.conditions, kReadyCondition, &kube::Condition::type) > 0;
  if (object->spec.views.empty() && !had_some) {
    Forget(name);
    return Done{};
  }
  const bool elsewhere = object->spec.loader || object->spec.engine != api::WarehouseEngine::kPostgreSQL;
  if (elsewhere || stores::IsPaused(object->meta)) return Done{};
  const auto servers = parts_.world.servers.All();
  const auto server = ownership::PlaceOf(*object, servers);
  const auto standing = server ? parts_.servers.Find((*server)->meta.name) : std::nullopt;
  if (!standing || !standing->ready()) return Again{.after = settings_.resync};
  auto memories = Recall(*object);
  auto outcome = Converge(*object, standing->access, memories);
  std::lock_guard lock(mutex_);
  memories_[name] = std::move(memories);
  return outcome;
}

Outcome Reconciler::Converge(const api::ReportingWarehouse& object, const engines::ServerAccess& access,
                             Memories& memories) {
  const auto folders = ReadFolders(object, parts_.reader, settings_.operator_namespace);
  if (!folders) return Unable(object, folders.error());
  Pass pass{.object = object, .access = access, .folders = *folders, .memories = memories, .seen = {}, .wanted = {}};
  const auto there = Look(pass);
  if (!there) return Unable(object, there.error());
  if (!*there) return Again{.after = settings_.resync};
  auto done = Make(pass);
  if (done) done = Refresh(pass);
  Tell(pass);
  return done ? Next(pass) : Unable(object, done.error());
}

Outcome Reconciler::Unable(const api::ReportingWarehouse& object, const base::Failure& failure) const {
  if (failure.kind != FailureClass::kTerminal) return Failed{failure};
  kLog.Warn("pass failed", {{"warehouse", object.meta.name}, {"reason", failure.reason}, {"error", failure.message}});
  return Again{.after = settings_.resync};
}

base::Result<bool> Reconciler::Look(Pass& pass) {
  const auto& object = pass.object;
  auto seen = parts_.engine.ObserveViews(pass.access, object.spec.database);
  if (!seen) return std::unexpected(seen.error());
  pass.seen = std::move(*seen);
  if (pass.seen.comment != engines::WarehouseComment(object.meta.name, object.meta.uid) || !pass.seen.readers) {
    return false;
  }
  pass.wanted = WantedOf(object.spec.database, pass.folders, pass.seen);
  for (auto& [name, memory] : pass.memories) {
    if (pass.seen.views.contains(name)) continue;
    memory.last_success.reset();
    memory.refreshing = {};
  }
  return true;
}

base::Result<void> Reconciler::Make(Pass& pass) {
  std::set<std::string> given_up;
  // One that reads what was replaced comes in the round after, and what nobody reads any more goes in the last one.
  const auto rounds = pass.wanted.views.views.size() + 2;
  for (std::size_t round = 0; round < rounds; ++round) {
    auto steps = parts_.engine.PlanViews(pass.wanted.views, pass.seen);
    std::erase_if(steps, [&](const Step& step) { return given_up.contains(step.verb + step.target); });
    for (const auto& view : pass.wanted.views.views) {
      const bool differs = std::ranges::count(steps, view.full_name(), &Step::target) > 0;
      if (!differs) pass.memories[view.full_name()].making = {};
    }
    bool changed = false;
    for (const auto& step : steps) {
      const auto view = std::ranges::find(pass.wanted.views.views, step.target, &ViewWanted::full_name);
      if (!step.as || view == pass.wanted.views.views.end()) {
        const auto done = Carry(pass, step);
        if (!done && EndsPass(done.error())) return done;
        if (!done) {
          given_up.insert(step.verb + step.target);
          pass.wanted.troubles.push_back(step.target + ": " + done.error().message);
        }
        changed = changed || done;
        continue;
      }
      auto& memory = pass.memories[step.target];
      if (!MayMake(memory, view->digest, EveryOf(pass.folders, step.target), parts_.clock.Now())) continue;
      if (memory.digest != view->digest) memory.making = {};
      memory.digest = view->digest;
      if (auto done = Try(pass, step, memory, memory.making, FileOf(step.target)); !done) return done;
      changed = changed || memory.making.failures == 0;
      Tell(pass);
    }
    if (!changed) return {};
    auto troubles = std::move(pass.wanted.troubles);
    const auto there = Look(pass);
    if (!there) return std::unexpected(there.error());
    if (!*there) return {};
    for (auto& trouble : troubles) {
      if (std::ranges::find(pass.wanted.troubles, trouble) == pass.wanted.troubles.end()) {
        pass.wanted.troubles.push_back(std::move(trouble));
      }
    }
  }
  return {};
}

base::Result<void> Reconciler::Refresh(Pass& pass) {
  bool refreshed = false;
  for (const auto& name : InOrder(pass.seen, pass.wanted.views.schemas)) {
    auto& memory = pass.memories[name];
    if (NextRefresh(memory, EveryOf(pass.folders, name)) > parts_.clock.Now()) continue;
    ViewWanted view{.schema = name.substr(0, name.find('.')), .name = name.substr(name.find('.') + 1)};
    for (const auto& folder : pass.folders) {
      if (folder.spec.schema == view.schema) view.statement_timeout = folder.spec.statement_timeout;
    }
    const auto step = parts_.engine.RefreshView(pass.object.spec.database, view, pass.seen.views.at(name));
    if (auto done = Try(pass, step, memory, memory.refreshing, "refresh"); !done) return done;
    refreshed = refreshed || memory.refreshing.failures == 0;
    Tell(pass);
  }
  if (!refreshed) return {};
  const auto troubles = pass.wanted.troubles;
  const auto there = Look(pass);
  if (!there) return std::unexpected(there.error());
  pass.wanted.troubles = troubles;
  return {};
}

base::Result<void> Reconciler::Try(Pass& pass, const Step& step, Memory& memory, Attempts& attempts,
                                   const std::string& file) {
  const auto began = parts_.clock.Steady();
  const auto done = Carry(pass, step);
  const auto now = parts_.clock.Now();
  if (done) {
    attempts = {};
    memory.refreshing = {};
    memory.last_success = now;
    memory.last_duration = std::chrono::duration_cast<api::Duration>(parts_.clock.Steady() - began);
    return {};
  }
  if (EndsPass(done.error())) return done;
  attempts = {.failures = attempts.failures + 1, .tried = now, .error = file + ": " + Placeless(done.error().message)};
  kLog.Warn("a view failed", {{"warehouse", pass.object.meta.name}, {"view", step.target}, {"error", attempts.error}});
  return {};
}

base::Result<void> Reconciler::Carry(Pass& pass, const Step& step) {
  return parts_.gate.Pass({"sql", step.verb, pass.access.name + "/" + step.target},
                          [&] { return parts_.engine.Run(pass.access, step); });
}

void Reconciler::Tell(const Pass& pass) {
  std::map<std::string, api::WarehouseViewStatus> views;
  for (const auto& view : pass.wanted.views.views) views[view.full_name()] = {};
  for (const auto& [name, fault] : pass.wanted.faults) views[name].error = fault;
  for (const auto& name : InOrder(pass.seen, pass.wanted.views.schemas))
    views[name].rows = pass.seen.views.at(name).rows;
  State state{.views = {}, .troubles = pass.wanted.troubles};
  for (auto& [name, view] : views) {
    view.name = name;
    const auto every = EveryOf(pass.folders, name);
    const auto memory = pass.memories.contains(name) ? pass.memories.at(name) : Memory{};
    const bool there = memory.last_success.has_value();
    view.last_success = memory.last_success;
    view.last_duration = memory.last_duration;
    if (there) view.next_refresh = NextRefresh(memory, every);
    if (!there && memory.making.failures > 0) view.next_refresh = NextTry(memory.making, every);
    for (const auto* error : {&memory.making.error, &memory.refreshing.error}) {
      if (view.error.empty()) view.error = *error;
    }
    state.views.push_back(view);
  }
  const auto& name = pass.object.meta;
  if (parts_.board.Put(name.name, state)) parts_.turned(name.full_name());
}

Outcome Reconciler::Next(const Pass& pass) const {
  auto after = settings_.resync;
  const auto now = parts_.clock.Now();
  const auto state = parts_.board.Find(pass.object.meta.name);
  for (const auto& view : state->views) {
    if (!view.next_refresh) continue;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*view.next_refresh - now);
    after = std::clamp<std::chrono::milliseconds>(left, std::chrono::seconds(1), after);
  }
  return Again{.after = after};
}

Reconciler::Memories Reconciler::Recall(const api::ReportingWarehouse& object) {
  std::lock_guard lock(mutex_);
  const auto found = memories_.find(object.meta.full_name());
  if (found != memories_.end()) return found->second;
  // Another process knew more.
  Memories memories;
  for (const auto& view : object.status.views) {
    memories[view.name] = {.last_success = view.last_success, .last_duration = view.last_duration};
  }
  return memories;
}

void Reconciler::Forget(const kube::Name& warehouse) {
  parts_.board.Erase(warehouse.name);
  std::lock_guard lock(mutex_);
  memories_.erase(warehouse);
}

}  // namespace freehold::views
