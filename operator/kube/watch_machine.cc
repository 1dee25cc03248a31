#include "operator/kube/watch_machine.h"

#include <algorithm>

namespace freehold::kube::watch {
namespace {

bool Expired(const base::Failure& failure) { return failure.reason == "Gone"; }

class Stepper {
 public:
  Stepper(Machine machine, const Circumstances& circumstances)
      : machine_(std::move(machine)), circumstances_(circumstances) {}

  Step Take(const Event& event) {
    std::visit([this](const auto& state, const auto& what) { On(state, what); }, State(machine_.state), event);
    return {std::move(machine_), std::move(actions_)};
  }

 private:
  template <class SomeState, class SomeEvent>
  void On(const SomeState&, const SomeEvent&) {}

  // Empty
  void On(const Empty&, const Started&) { Begin(); }

  // Listing
  void On(const Listing&, const PageRead& page) {
    Do(BufferItems{});
    if (!page.next.empty()) {
      machine_.state = Listing{page.next};
      Do(ReadPage{page.next});
      return;
    }
    Commit();
    Follow(page.resource_version);
  }
  void On(const Listing&, const Failed& failed) { BackOff(Empty{}, failed.failure); }

  // InitialStream
  void On(const InitialStream&, const ObjectSeen& object) {
    if (object.change == Change::kDeleted) return Do(UnbufferObject{});
    Do(BufferItems{});
  }
  void On(const InitialStream&, const BookmarkSeen& bookmark) {
    if (!bookmark.initial_end) return;
    Commit();
    Watch(bookmark.resource_version);
  }
  void On(const InitialStream&, const StreamEnded&) { ListInstead(); }
  void On(const InitialStream&, const Failed& failed) {
    const bool refused = failed.failure.reason == "Invalid";
    if (refused) return ListInstead();
    BackOff(Empty{}, failed.failure);
  }

  // Watching
  void On(const Watching&, const ObjectSeen& object) {
    machine_.state = Watching{object.resource_version, true};
    if (object.change == Change::kDeleted) return Do(RemoveObject{});
    Do(PutObject{});
  }
  void On(const Watching&, const BookmarkSeen& bookmark) { machine_.state = Watching{bookmark.resource_version, true}; }
  void On(const Watching& watching, const StreamEnded& ended) {
    if (!ended.fruitless) return Follow(watching.resource_version);
    BackOff(watching, {base::FailureClass::kRetryable, "ApiUnavailable", "the watch ends as soon as it begins", {}, 0});
  }
  void On(const Watching& watching, const Failed& failed) {
    if (!Expired(failed.failure)) return BrokeOff(watching, failed.failure);
    const bool young = Young();
    Forgive();
    if (young) return WaitAbout(Grow(machine_.pauses.anew), Empty{}, failed.failure);
    Begin();
  }

  // BackingOff
  void On(const BackingOff& backing_off, const WaitedOut&) {
    if (const auto* watching = std::get_if<Watching>(&backing_off.next)) return Follow(watching->resource_version);
    Begin();
  }

  void Do(Action action) { actions_.push_back(std::move(action)); }

  void Begin() {
    Do(ClearBuffer{});
    if (!machine_.streaming_lists) {
      machine_.state = Listing{};
      return Do(ReadPage{});
    }
    machine_.state = InitialStream{};
    Do(OpenStream{"", true});
  }

  void ListInstead() {
    machine_.streaming_lists = false;
    Begin();
  }

  void Commit() {
    Do(CommitBuffer{});
    machine_.pauses.next = machine_.pauses.first;
  }

  void Watch(const std::string& resource_version) {
    if (!machine_.healthy_since) machine_.healthy_since = circumstances_.now;
    machine_.state = Watching{resource_version};
  }

  void Follow(const std::string& resource_version) {
    Watch(resource_version);
    Do(OpenStream{resource_version, false});
  }

  bool HealthyFor(std::chrono::milliseconds time) const {
    return machine_.healthy_since && circumstances_.now - *machine_.healthy_since >= time;
  }

  /// Too young to have expired by age: starting over at once could go round in circles.
  bool Young() const { return !HealthyFor(machine_.pauses.first); }

  void Forgive() {
    Pauses& pauses = machine_.pauses;
    if (HealthyFor(pauses.forgiven_after)) pauses.next = pauses.anew = pauses.first;
    machine_.healthy_since.reset();
  }

  void BrokeOff(const Watching& watching, const base::Failure& failure) {
    const Watching place{watching.resource_version};
    if (!watching.fruitful && !HealthyFor(machine_.pauses.next)) return BackOff(place, failure);
    Forgive();
    WaitAbout(machine_.pauses.first, place, failure);
  }

  void BackOff(std::variant<Empty, Watching> next, const base::Failure& failure) {
    Forgive();
    WaitAbout(Grow(machine_.pauses.next), std::move(next), failure);
  }

  std::chrono::milliseconds Grow(std::chrono::milliseconds& pause) const {
    return std::exchange(pause, std::min(pause * 2, machine_.pauses.longest));
  }

  /// Between one and two times as long, never less than the server asked for.
  void WaitAbout(std::chrono::milliseconds time, std::variant<Empty, Watching> next, const base::Failure& failure) {
    const auto jitter = std::chrono::duration_cast<std::chrono::milliseconds>(time * circumstances_.chance);
    const auto pause = std::min(time + jitter, machine_.pauses.longest);
    machine_.state = BackingOff{std::move(next)};
    Do(Report{failure});
    Do(Wait{std::max(pause, failure.after.value_or(pause))});
  }

  Machine machine_;
  const Circumstances& circumstances_;
  std::vector<Action> actions_;
};

}  // namespace

Step Advance(Machine machine, const Event& event, const Circumstances& circumstances) {
  return Stepper(std::move(machine), circumstances).Take(event);
}

}  // namespace freehold::kube::watch
