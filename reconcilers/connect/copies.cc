// Sources that copy a store's tables into a warehouse. One slot is one connector, which begins with all that is there:
// it is never given other offsets, and goes when its slot does.
#include <algorithm>
#include <sstream>

#include "reconcilers/connect/reconciler.h"

namespace freehold::connect {
namespace {

std::vector<std::string> TablesOf(const stores::Copying& copying) {
  std::vector<std::string> tables;
  for (const auto& [name, table] : copying.tables) tables.push_back(name);
  return tables;
}

std::set<std::string> TablesIn(const Config& config) {
  const auto list = config.find("table.include.list");
  std::istringstream in(list == config.end() ? std::string() : list->second);
  std::set<std::string> tables;
  for (std::string table; std::getline(in, table, ',');) tables.insert(table);
  return tables;
}

/// Is there a table among those wanted that the connector did not begin with?
bool HasGrown(const Config& seen, const Config& wanted) {
  return !std::ranges::includes(TablesIn(seen), TablesIn(wanted));
}

constexpr const char* kNoSlot = "its replication slot is not there yet, or not any more";

}  // namespace

Result<void> Reconciler::KeepCopy(Pass& pass, const ConnectorWanted& wanted, const ConnectorSeen* seen) {
  const auto& [layout, copy, noted] = *wanted.copied;
  const auto name = NameOn(pass.workers, wanted.part);
  const auto source = parts_.engine.ObserveSource(wanted.access, layout, TablesOf(copy.what));
  if (!source) return std::unexpected(source.error());
  // Of two that read one slot, each would miss what the other confirms.
  const bool others = std::ranges::any_of(pass.seen, [&](const auto& entry) {
    return !entry.first.starts_with(name) && entry.first.starts_with(NameOn(pass.workers, CopiesOf(copy.feed)));
  });
  const bool fits = source->ready && source->slot == copy.what.slot;
  const bool spent = copy.what.spent || (!noted && seen && HasGrown(seen->config, wanted.config));
  if (!fits || spent) {
    pass.Await(wanted.part, spent ? "all is copied anew" : kNoSlot);
    if (seen && seen->state != "STOPPED") {
      return Do("stop-connector", name, [&] { return pass.client.Stop(name); });
    }
    parts_.look_at(wanted.store);
    return fits && !others ? EndSlot(wanted) : Result<void>{};
  }
  if (!seen && others) {
    pass.Await(wanted.part, "the connectors of the slot before are being removed");
    return {};
  }
  auto changed = KeepConfig(pass, wanted, seen);
  if (!changed) return std::unexpected(std::move(changed.error()));
  if (*changed || !seen) return {};
  if (seen->state == "STOPPED" || seen->state == "PAUSED") {
    pass.busy = true;
    return Do("resume-connector", name, [&] { return pass.client.Resume(name); });
  }
  // Until all is copied that was there nobody reads the slot.
  const bool stuck = IsStuck(name, source->confirmed, source->written, source->active);
  if (!noted && !HasPassed(name)) pass.Await(wanted.part, "what is there is being copied");
  if (stuck) {
    pass.troubles[wanted.part] = "Connect says " + seen->state + ", but its replication slot stands still";
    pass.reasons[wanted.part].clear();
  }
  return Mend(pass, wanted, *seen, stuck);
}

void Reconciler::TellOfCopies(const std::string& bus, const Workers& workers, const Wanted& wanted, const Seen& seen) {
  std::map<std::string, kube::Name> began, ended;
  {
    std::lock_guard lock(mutex_);
    auto& known = copied_[bus];
    for (const auto& connector : wanted.connectors) {
      if (!connector.copied) continue;
      const auto prefix = NameOn(workers, CopiesOf(connector.copied->copy.feed));
      if (known.emplace(prefix, connector.store).second) began.emplace(prefix, connector.store);
    }
    for (const auto& [prefix, store] : known) {
      const auto is_of = [&](const std::string& name) { return name.starts_with(prefix); };
      const bool stays =
          std::ranges::any_of(seen, is_of, &Seen::value_type::first) ||
          std::ranges::any_of(wanted.connectors, [&](const auto& one) { return is_of(NameOn(workers, one.part)); }) ||
          std::ranges::any_of(wanted.unknown, [&](const auto& part) { return is_of(NameOn(workers, part)); });
      if (!stays) ended.emplace(prefix, store);
    }
    for (const auto& [prefix, store] : ended) known.erase(prefix);
  }
  for (const auto& [prefix, store] : began) parts_.copies(store, true);
  for (const auto& [prefix, store] : ended) {
    parts_.copies(store, false);
    parts_.look_at(store);
  }
}

}  // namespace freehold::connect
