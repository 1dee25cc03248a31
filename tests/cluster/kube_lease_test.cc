// The lease against a real API server.
#include <gmock/gmock.h>

#include "operator/kube/lease.h"
#include "tests/cluster/kube_fixture.h"

namespace freehold::kube {
namespace {

using namespace std::chrono_literals;

const ResourceType kLeases{"coordination.k8s.io", "v1", "leases", "Lease", true};
const LeaseSettings kBrisk{.duration = 3s, .renew_deadline = 2s, .retry_period = 1s};

class KubeLease : public ApiServerTest {
 protected:
  Name name() const { return {ns, "controller"}; }
  LeaseRecord Record() const {
    const auto lease = client->Get(kLeases, name());
    return lease ? ParseLeaseRecord(*lease) : LeaseRecord{};
  }
};

TEST_F(KubeLease, IsHeldByOneAndPassesOnWhenReleased) {
  Lease first(*client, name(), "one", kBrisk, {});
  ASSERT_TRUE(first.WaitLeading(10s));
  EXPECT_EQ(Record().holder, "one");
  Lease second(*client, name(), "two", kBrisk, {});
  EXPECT_FALSE(second.WaitLeading(4s)) << "renewals keep the other away longer than the lease lasts";
  EXPECT_TRUE(first.Leading());

  const auto released = first.Release();
  ASSERT_TRUE(released) << released.error().message;
  ASSERT_TRUE(second.WaitLeading(2s)) << "a released lease needs no waiting";
  EXPECT_EQ(Record().holder, "two");
  EXPECT_EQ(second.Epoch(), first.Epoch() + 1);
}

TEST_F(KubeLease, IsTakenOverFromALeaderThatDied) {
  auto first = std::make_unique<Lease>(*client, name(), "one", kBrisk, LeaseHooks{});
  ASSERT_TRUE(first->WaitLeading(10s));
  first.reset();
  EXPECT_EQ(Record().holder, "one") << "nobody released it";
  Lease second(*client, name(), "two", kBrisk, {});
  ASSERT_TRUE(second.WaitLeading(15s));
  EXPECT_EQ(Record().transitions, 1);
}

TEST_F(KubeLease, IsLostWhenSomebodyDeletesIt) {
  std::mutex mutex;
  std::condition_variable changed;
  std::string stopped;
  Lease lease(*client, name(), "one", kBrisk, {.on_stopped = [&](const std::string& why) {
    const std::lock_guard lock(mutex);
    stopped = why;
    changed.notify_all();
  }});
  ASSERT_TRUE(lease.WaitLeading(10s));
  ASSERT_TRUE(client->Delete(kLeases, name(), {}));
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, 10s, [&] { return !stopped.empty(); }));
  EXPECT_FALSE(lease.Leading());
}

}  // namespace
}  // namespace freehold::kube
