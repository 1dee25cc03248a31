// When the certificate of a webhook is made anew, and in which order that is done, so that no request ever meets one
// that the API server doesn't trust yet. Pure.
//
//   kIssue    nothing of use is there: make a certificate
//   kPrepare  make the next one; from then on both authorities are in the bundle
//   kTrust    the API server is given the bundle
//   kPromote  some time after that the next one is served
// The authority of the one before stays in the bundle until it has ended: a replica may serve it a little longer.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/clock.h"

namespace freehold::webhook {

/// Certificates hold from that long before they are made: the clocks of a cluster differ.
inline constexpr std::chrono::seconds kBackdated = std::chrono::minutes(5);

/// One certificate that we have the key of.
struct Held {
  base::Timestamp issued{};
  base::Timestamp ends{};
  std::vector<std::string> names;  ///< sorted
};

struct Schedule {
  std::chrono::seconds lifetime = std::chrono::days(90);

  /// How long the API servers have to take notice of a bundle.
  std::chrono::seconds settling() const;
  /// How long a replica may take to notice another certificate.
  std::chrono::milliseconds polling() const;
};

struct Seen {
  std::vector<std::string> names;  ///< by which the API server calls the webhook, sorted
  std::optional<Held> current;     ///< what is served; none: nothing that could be
  std::optional<Held> next;
  bool trusted = false;  ///< the API server has the bundle as it is
  base::Timestamp now{};
};

enum class Action { kKeep, kIssue, kPrepare, kTrust, kPromote };

struct Turn {
  Action action = Action::kKeep;
  base::Timestamp again{};  ///< kKeep: when to look again
  bool operator==(const Turn&) const = default;
};

/// REQUIRES: `names` is not empty.
Turn Judge(const Seen&, const Schedule&);

}  // namespace freehold::webhook
