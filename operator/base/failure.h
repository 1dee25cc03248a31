// How things fail, fixed once for the whole program.
//
// An operation that touches the world returns Result<T>. Its caller chooses what to do by the class of
// the failure, never by its text. A broken invariant is not a Failure: it asserts.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>

namespace freehold::base {

enum class FailureClass {
  kRetryable,  ///< Nothing happened. The same call may succeed later.
  kInDoubt,    ///< The reply was lost, so it may have happened. Observe before acting again.
  kTerminal,   ///< It can't succeed as asked. What was asked must change first.
  kNotLeader,  ///< Refused by the gate: this process no longer holds the lease. Nothing happened.
};

struct Failure {
  FailureClass kind = FailureClass::kRetryable;
  /// CamelCase, machine readable, stable: usable as the reason of a Kubernetes condition.
  std::string reason;
  /// For people: what failed and the remedy. Never contains a secret or a SQL statement.
  std::string message;
  /// When the other side named a delay (Retry-After) or the caller should wait this long.
  std::optional<std::chrono::milliseconds> after;
  /// HTTP status of an API reply; 0 when there was none.
  int http_status = 0;
};

template <class T>
using Result = std::expected<T, Failure>;

inline std::unexpected<Failure> Retryable(std::string reason, std::string message) {
  return std::unexpected(Failure{FailureClass::kRetryable, std::move(reason), std::move(message), {}, 0});
}
inline std::unexpected<Failure> InDoubt(std::string reason, std::string message) {
  return std::unexpected(Failure{FailureClass::kInDoubt, std::move(reason), std::move(message), {}, 0});
}
inline std::unexpected<Failure> Terminal(std::string reason, std::string message) {
  return std::unexpected(Failure{FailureClass::kTerminal, std::move(reason), std::move(message), {}, 0});
}
inline std::unexpected<Failure> NotLeader() {
  return std::unexpected(Failure{FailureClass::kNotLeader, "NotLeader", "the lease is held by another replica", {}, 0});
}

}  // namespace freehold::base
