// How a cache follows a collection of the API, as a pure state machine: what happened goes in, what to do comes out.
//
//   Empty ──► InitialStream ──(annotated bookmark)──► Watching ◄─────────┐
//     │            │ refused                             │ stream ended  │
//     ├────────────┴──► Listing ──(last page)──► Watching┘ (go on from the last resourceVersion)
//     │
//     └── BackingOff ◄── any failure, from any state; goes on where it was, or from Empty when that is lost
//
// Guarantees: nothing is committed before a list was seen whole; after a commit the cache holds exactly what the list
// held; between commits changes arrive in the server's order. An expired resourceVersion starts over from Empty.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "operator/base/failure.h"

namespace freehold::kube::watch {

// States. Each holds only its own data.

/// Nothing is known, or what was known is of no use any more.
struct Empty {
  bool operator==(const Empty&) const = default;
};
/// Reads page by page into the side buffer.
struct Listing {
  std::string continue_token;
  bool operator==(const Listing&) const = default;
};
/// Reads the list as a stream into the side buffer.
struct InitialStream {
  bool operator==(const InitialStream&) const = default;
};
/// Follows changes after `resource_version`.
struct Watching {
  std::string resource_version;
  bool fruitful = false;  ///< this stream has brought something
  bool operator==(const Watching&) const = default;
};
/// Waits before it goes on as `next` says.
struct BackingOff {
  std::variant<Empty, Watching> next;
  bool operator==(const BackingOff&) const = default;
};
using State = std::variant<Empty, Listing, InitialStream, Watching, BackingOff>;

// Events.

struct Started {};    ///< the watcher begins
struct WaitedOut {};  ///< the pause is over
struct PageRead {
  std::string resource_version;
  std::string next;  ///< empty: it was the last page
};
enum class Change { kAdded, kModified, kDeleted };
struct ObjectSeen {
  Change change = Change::kAdded;
  std::string resource_version;
};
struct BookmarkSeen {
  std::string resource_version;
  bool initial_end = false;
};
struct StreamEnded {
  bool fruitless = false;  ///< it ended at once and without a single event
};
struct Failed {
  base::Failure failure;  ///< of a call, or what an ERROR event said
};
using Event = std::variant<Started, WaitedOut, PageRead, ObjectSeen, BookmarkSeen, StreamEnded, Failed>;

// Actions, to be carried out in order. Those that start something end the list.

struct ClearBuffer {
  bool operator==(const ClearBuffer&) const = default;
};
struct BufferItems {  ///< of the page, or the object, that the event was about
  bool operator==(const BufferItems&) const = default;
};
struct UnbufferObject {
  bool operator==(const UnbufferObject&) const = default;
};
/// The cache becomes what the buffer holds: what is missing there is deleted.
struct CommitBuffer {
  bool operator==(const CommitBuffer&) const = default;
};
struct PutObject {
  bool operator==(const PutObject&) const = default;
};
struct RemoveObject {
  bool operator==(const RemoveObject&) const = default;
};
struct Report {
  base::Failure failure;
  bool operator==(const Report& other) const { return failure.reason == other.failure.reason; }
};
struct ReadPage {
  std::string continue_token;
  bool operator==(const ReadPage&) const = default;
};
struct OpenStream {
  std::string resource_version;
  bool initial_list = false;
  bool operator==(const OpenStream&) const = default;
};
struct Wait {
  std::chrono::milliseconds pause;
  bool operator==(const Wait&) const = default;
};
using Action = std::variant<ClearBuffer, BufferItems, UnbufferObject, CommitBuffer, PutObject, RemoveObject, Report,
                            ReadPage, OpenStream, Wait>;

/// Growing pauses, until a list was read as a whole. A stream that brought something, or lasted as long as the pause
/// that is due, is opened again after `first`: however often it breaks off, it gets on. A list that expires as soon as
/// it is read is read again after pauses of its own, since lists are dear.
struct Pauses {
  std::chrono::milliseconds first{800};
  std::chrono::milliseconds longest{30'000};
  std::chrono::milliseconds forgiven_after{120'000};  ///< a watch that lasted this long starts anew with `first`

  std::chrono::milliseconds next{800};
  std::chrono::milliseconds anew{800};  ///< the next one after a list that expired
};

/// Everything the machine remembers.
struct Machine {
  State state = Empty{};
  bool streaming_lists = true;  ///< until the server refuses them
  Pauses pauses;
  std::optional<std::chrono::steady_clock::time_point> healthy_since;
};

/// What a step may need but must not invent. `chance` is in [0, 1).
struct Circumstances {
  std::chrono::steady_clock::time_point now;
  double chance = 0;
};

struct Step {
  Machine machine;
  std::vector<Action> actions;
};

/// Pure. An event that makes no sense in the state changes nothing and asks for nothing.
Step Advance(Machine machine, const Event& event, const Circumstances& circumstances);

}  // namespace freehold::kube::watch
