// The one door to the outside world.
//
// Every effect (API write, SQL script, HTTP call) passes here: it is counted, timed, traced, refused once leadership is
// lost, and in tests made to crash before or after it happened.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <type_traits>

#include "operator/base/clock.h"
#include "operator/base/failure.h"

namespace freehold::runtime {

/// One change to the world, named for logs, metrics and tests. Holds no secret.
struct Effect {
  std::string kind;    ///< "api" or "sql": few values, becomes a metric label
  std::string verb;    ///< "apply-secret", "create-database": few values, becomes a metric label
  std::string target;  ///< "shop/orders.freehold", "main/orders_db"
};

/// What a gate tells and asks. Implementations are thread-safe.
class GateObserver {
 public:
  virtual ~GateObserver() = default;
  /// Before the effect. May throw, in tests, to crash here.
  virtual void Before(const Effect&) = 0;
  /// After it, with how long it took and the failure if it failed. May throw, in tests.
  virtual void After(const Effect&, std::chrono::steady_clock::duration took, const base::Failure* failure) = 0;
};

/// Thread-safe. `leading` and `observer` outlive the gate; a null `observer` is none.
class Gate {
 public:
  Gate(std::function<bool()> leading, const base::Clock& clock, GateObserver* observer = nullptr)
      : leading_(std::move(leading)), clock_(clock), observer_(observer) {}

  /// Lets `act` (returning base::Result<T>) happen once. NotLeader: the lease is lost and nothing happened.
  template <class Act>
  std::invoke_result_t<Act> Pass(const Effect& effect, Act&& act) {
    if (!leading_()) return base::NotLeader();
    if (observer_) observer_->Before(effect);
    const auto began = clock_.Steady();
    auto result = act();
    if (observer_) observer_->After(effect, clock_.Steady() - began, result ? nullptr : &result.error());
    return result;
  }

 private:
  std::function<bool()> leading_;
  const base::Clock& clock_;
  GateObserver* observer_;
};

}  // namespace freehold::runtime
