// Which Events to write for what happened: repetitions become one Event with a count, chatter about one object is cut.
// Pure but for what it remembers. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "operator/kube/object.h"

namespace freehold::kube {

struct ObjectReference {
  std::string api_version;
  std::string kind;
  Name name;
  std::string uid;
};

enum class EventType { kNormal, kWarning };

/// Something worth telling the people who look at an object.
struct Happening {
  ObjectReference about;
  EventType type = EventType::kNormal;
  std::string reason;  ///< CamelCase, few values: "CredentialsRotated"
  std::string action;  ///< what was done or tried: "Rotate"
  std::string note;    ///< for people; cut to 1024 bytes
};

struct EventSettings {
  std::string controller = "freehold.dev/controller";
  std::string instance;  ///< of this process: the pod's name
  /// A repetition later than this starts a new Event.
  std::chrono::seconds series_ends_after{360};
  /// A growing count is written at most this often.
  std::chrono::seconds series_interval{30};
  /// Events about one object: so many at once, then one more per `refill`.
  int burst = 25;
  std::chrono::seconds refill{300};
};

/// A write to the API: a whole Event, or a JSON Patch of one that exists.
struct EventWrite {
  enum class Kind { kCreate, kPatch } kind;
  Name name;
  Json body;
};

/// Not thread-safe. Times never run backwards.
class EventSeries {
 public:
  using Time = std::chrono::system_clock::time_point;

  explicit EventSeries(EventSettings settings) : settings_(std::move(settings)) {}

  /// What to write now: one Event or nothing (counted for later, or cut).
  std::vector<EventWrite> Add(const Happening&, Time now);
  /// Counts that grew and are due to be written; with `all`, those that aren't due yet too.
  std::vector<EventWrite> Due(Time now, bool all = false);
  /// True when Due() will have something later.
  bool Owes() const;
  /// The Event is gone or could not be made: the next repetition starts a new one.
  void Forget(const Name& event);

 private:
  /// Object, type, reason, action, note.
  using Key = std::tuple<std::string, int, std::string, std::string, std::string>;
  struct Series {
    Name event;
    std::int64_t count = 1;
    std::int64_t written_count = 1;
    Time last;
    Time written;
  };
  struct Allowance {
    double tokens;
    Time counted;
  };

  bool Spend(const std::string& object, Time now);
  EventWrite Create(const Happening&, const Name& event, Time now) const;
  EventWrite Patch(Series&, Time now) const;
  void ForgetOld(Time now);

  const EventSettings settings_;
  std::map<Key, Series> series_;
  std::map<std::string, Allowance> allowances_;
  std::uint64_t serial_ = 0;
};

}  // namespace freehold::kube
