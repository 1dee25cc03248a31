// Sources that copy a store's tables into a warehouse. One slot is one connector, which begins with all that is there:
// it is never given other offsets, and goes when its slot does.
#include <algorithm>

#include "reconcilers/connect/reconciler.h"

namespace freehold::connect {
namespace {

std::vector<std::string> TablesOf(const stores::Copying& copying) {
  std::vector<std::string> tables;
  for (const auto& [name, table] : copying.tables) tables.push_back(name);
  return tables;
}

}  // namespace

Result<void> Reconciler::KeepCopy(Pass& pass, const ConnectorWanted& wanted, const ConnectorSeen* seen) {
  const auto& [layout, copy] = *wanted.copied;
  const auto name = NameOn(pass.workers, wanted.part);
  const auto source = parts_.engine.ObserveSource(wanted.access, layout, TablesOf(copy.what));
  if (!source) return std::unexpected(source.error());
  const auto wait = [&](const char* why) -> Result<void> {
    pass.busy = true;
    pass.troubles[wanted.part] = why;
    return {};
  };
  // Of two that read one slot, each would miss what the other confirms.
  const bool others = std::ranges::any_of(pass.seen, [&](const auto& entry) {
    return entry.first != name && entry.first != SinkOf(name) &&
           entry.first.starts_with(NameOn(pass.workers, CopiesOf(copy.feed)));
  });
  const bool fits = source->ready && source->slot == copy.what.slot;
  if (!fits || copy.what.spent) {
    if (seen && seen->state != "STOPPED") {
      (void)wait("its replication slot is not there yet, or not any more");
      return Do("stop-connector", name, [&] { return pass.client.Stop(name); });
    }
    parts_.look_at(wanted.store);
    (void)wait(copy.what.spent ? "all is copied anew" : "its replication slot is not there yet, or not any more");
    return fits && !others ? EndSlot(wanted) : Result<void>{};
  }
  if (!seen && others) return wait("the connectors of the slot before are being removed");
  auto changed = KeepConfig(pass, wanted, seen);
  if (!changed) return std::unexpected(std::move(changed.error()));
  if (*changed || !seen) return {};
  if (seen->state == "STOPPED" || seen->state == "PAUSED") {
    pass.busy = true;
    return Do("resume-connector", name, [&] { return pass.client.Resume(name); });
  }
  // Until all is copied that was there nobody reads the slot.
  const bool stuck = source->active && IsStuck(name, source->confirmed, source->written);
  if (stuck) pass.troubles[wanted.part] = "Connect says " + seen->state + ", but its replication slot stands still";
  return Mend(pass, wanted, *seen, stuck);
}

}  // namespace freehold::connect
