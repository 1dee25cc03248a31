#include <gmock/gmock.h>

#include "operator/kube/lease.h"
#include "tests/unit/manual_clock.h"

namespace freehold::kube {
namespace {

using base::Result;
using std::chrono::seconds;
using namespace std::chrono_literals;

const std::chrono::steady_clock::time_point kNow{std::chrono::hours(1)};

LeaseObservation Seen(const std::string& holder, seconds ago) {
  return {{.holder = holder, .duration = seconds(15), .transitions = 4}, kNow - ago};
}

TEST(LeaseDecision, CreatesWhereThereIsNone) { EXPECT_EQ(DecideLease("me", false, {}, kNow), LeaseMove::kCreate); }

TEST(LeaseDecision, WaitsWhileAnotherRenews) {
  EXPECT_EQ(DecideLease("me", false, Seen("other", 0s), kNow), LeaseMove::kWait);
  EXPECT_EQ(DecideLease("me", false, Seen("other", 14s), kNow), LeaseMove::kWait);
}

TEST(LeaseDecision, TakesOverWhatWasSeenUnchangedForItsDuration) {
  EXPECT_EQ(DecideLease("me", false, Seen("other", 15s), kNow), LeaseMove::kAcquire);
}

TEST(LeaseDecision, TakesAReleasedLeaseAtOnce) {
  EXPECT_EQ(DecideLease("me", false, Seen("", 0s), kNow), LeaseMove::kAcquire);
}

TEST(LeaseDecision, RenewsItsOwn) { EXPECT_EQ(DecideLease("me", true, Seen("me", 2s), kNow), LeaseMove::kRenew); }

TEST(LeaseDecision, TakesWhatItWroteWithoutHearingTheReply) {
  EXPECT_EQ(DecideLease("me", false, Seen("me", 0s), kNow), LeaseMove::kAcquire);
}

TEST(LeaseDecision, HasLostWhatAnotherHoldsOrSomebodyDeleted) {
  EXPECT_EQ(DecideLease("me", true, Seen("other", 0s), kNow), LeaseMove::kLost);
  EXPECT_EQ(DecideLease("me", true, Seen("", 0s), kNow), LeaseMove::kLost);
  EXPECT_EQ(DecideLease("me", true, {}, kNow), LeaseMove::kLost);
}

TEST(LeaseRecord, CountsATransitionOnlyWhenTheHolderChanges) {
  const ManualClock clock;
  EXPECT_EQ(NextRecord("me", {}, clock.Wall(), {}).transitions, 0);
  EXPECT_EQ(NextRecord("me", Seen("other", 20s), clock.Wall(), {}).transitions, 5);
  EXPECT_EQ(NextRecord("me", Seen("", 20s), clock.Wall(), {}).transitions, 5);
  EXPECT_EQ(NextRecord("me", Seen("me", 2s), clock.Wall(), {}).transitions, 4);
}

TEST(LeaseRecord, IsReadAsItWasWritten) {
  const ManualClock clock;
  const LeaseRecord record = NextRecord("me", {}, clock.Wall(), {});
  EXPECT_EQ(record.renewed, "2026-03-01T12:00:00.000000Z");
  EXPECT_EQ(ParseLeaseRecord({{"spec", ToJson(record)}}), record);
}

/// Holds one Lease as the API server does: a write of an old version conflicts.
class OneLease final : public Client {
 public:
  Result<Json> Get(const ResourceType&, const Name&) override {
    const std::lock_guard lock(mutex_);
    if (down_) return base::Retryable("ApiUnreachable", "down");
    if (!lease_) return base::Terminal("NotFound", "none");
    return *lease_;
  }
  Result<Json> Create(const ResourceType&, const std::string&, const Json& object) override {
    const std::lock_guard lock(mutex_);
    if (down_) return base::Retryable("ApiUnreachable", "down");
    if (lease_) return base::Terminal("AlreadyExists", "there is one");
    return Store(object);
  }
  Result<Json> Replace(const ResourceType&, const Name&, const Json& object) override {
    const std::lock_guard lock(mutex_);
    if (down_) return base::Retryable("ApiUnreachable", "down");
    if (!lease_ || object.at("metadata").value("resourceVersion", "") != std::to_string(version_))
      return base::Terminal("Conflict", "changed");
    return Store(object);
  }
  Result<std::string> List(const ResourceType&, const ListOptions&, const std::function<void(const Json&)>&) override {
    return base::Terminal("Invalid", "not offered");
  }
  Result<Json> Apply(const ResourceType&, const Name&, const Json&, std::string_view, std::string_view) override {
    return base::Terminal("Invalid", "not offered");
  }
  Result<Json> JsonPatch(const ResourceType&, const Name&, const Json&, std::string_view) override {
    return base::Terminal("Invalid", "not offered");
  }
  Result<void> Delete(const ResourceType&, const Name&, const std::string&) override {
    return base::Terminal("Invalid", "not offered");
  }

  void SetDown(bool down) {
    const std::lock_guard lock(mutex_);
    down_ = down;
  }
  void Seize(const std::string& holder) {
    const std::lock_guard lock(mutex_);
    Json taken = *lease_;
    taken["spec"]["holderIdentity"] = holder;
    (void)Store(taken);
  }
  std::string Holder() {
    const std::lock_guard lock(mutex_);
    return lease_ ? ParseLeaseRecord(*lease_).holder : "(none)";
  }

 private:
  Result<Json> Store(const Json& object) {
    lease_ = object;
    (*lease_)["metadata"]["resourceVersion"] = std::to_string(++version_);
    return *lease_;
  }

  std::mutex mutex_;
  std::optional<Json> lease_;
  int version_ = 0;
  bool down_ = false;
};

/// Attempts are a millisecond apart; expiry goes by the manual clock.
const LeaseSettings kQuick{.retry_period = seconds(0)};

class LeaseTest : public testing::Test {
 protected:
  struct Outcome {
    std::mutex mutex;
    std::condition_variable changed;
    std::string stopped;

    LeaseHooks Hooks() {
      return {.on_stopped = [this](const std::string& why) {
        const std::lock_guard lock(mutex);
        stopped = why;
        changed.notify_all();
      }};
    }
    bool WaitStopped() {
      std::unique_lock lock(mutex);
      return changed.wait_for(lock, 10s, [this] { return !stopped.empty(); });
    }
  };

  OneLease api;
  ManualClock clock;
  const Name name{"freehold", "controller"};
};

TEST_F(LeaseTest, IsTakenWhenThereIsNone) {
  Lease lease(api, name, "one", kQuick, {}, clock);
  ASSERT_TRUE(lease.WaitLeading(10s));
  EXPECT_EQ(api.Holder(), "one");
  EXPECT_EQ(lease.Epoch(), 0);
}

TEST_F(LeaseTest, IsHeldByOneOnly) {
  Lease first(api, name, "one", kQuick, {}, clock);
  ASSERT_TRUE(first.WaitLeading(10s));
  Lease second(api, name, "two", kQuick, {}, clock);
  EXPECT_FALSE(second.WaitLeading(100ms));
  EXPECT_TRUE(first.Leading());
}

TEST_F(LeaseTest, PassesOnAtOnceWhenReleased) {
  Lease first(api, name, "one", kQuick, {}, clock);
  ASSERT_TRUE(first.WaitLeading(10s));
  Lease second(api, name, "two", kQuick, {}, clock);
  ASSERT_TRUE(first.Release());
  EXPECT_FALSE(first.Leading());
  ASSERT_TRUE(second.WaitLeading(10s));
  EXPECT_GT(second.Epoch(), first.Epoch());
}

TEST_F(LeaseTest, IsLostWhenItCanNotBeRenewedInTime) {
  Outcome outcome;
  Lease lease(api, name, "one", kQuick, outcome.Hooks(), clock);
  ASSERT_TRUE(lease.WaitLeading(10s));
  api.SetDown(true);
  clock.Advance(9s);
  clock.Advance(2s);
  EXPECT_FALSE(lease.Leading()) << "the deadline alone ends leading, whatever the lease's thread does";
  EXPECT_TRUE(outcome.WaitStopped());
}

TEST_F(LeaseTest, IsLostWhenAnotherTookIt) {
  Outcome outcome;
  Lease lease(api, name, "one", kQuick, outcome.Hooks(), clock);
  ASSERT_TRUE(lease.WaitLeading(10s));
  api.Seize("intruder");
  ASSERT_TRUE(outcome.WaitStopped());
  EXPECT_FALSE(lease.Leading());
  EXPECT_TRUE(lease.Release());
  EXPECT_EQ(api.Holder(), "intruder") << "what is another's is not released";
}

TEST_F(LeaseTest, IsTakenOverOnlyAfterItsDurationPassed) {
  auto first = std::make_unique<Lease>(api, name, "one", kQuick, LeaseHooks{}, clock);
  ASSERT_TRUE(first->WaitLeading(10s));
  first.reset();
  Lease second(api, name, "two", kQuick, {}, clock);
  EXPECT_FALSE(second.WaitLeading(50ms));
  clock.Advance(14s);
  EXPECT_FALSE(second.WaitLeading(50ms));
  clock.Advance(2s);
  EXPECT_TRUE(second.WaitLeading(10s));
  EXPECT_EQ(second.Epoch(), 1);
}

}  // namespace
}  // namespace freehold::kube
