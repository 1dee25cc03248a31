// Starting in order, stopping in reverse, and being told to by signals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "operator/runtime/manager.h"
#include "operator/runtime/shutdown.h"

namespace freehold::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ManagerTest : public testing::Test {
 protected:
  /// A part that writes down what is done with it.
  Part Recorded(const std::string& name, bool stops_in_time = true) {
    return {.name = name,
            .start = [this, name](std::stop_token) -> base::Result<void> {
              seen.push_back("+" + name);
              return {};
            },
            .stop =
                [this, name, stops_in_time](Deadline) {
                  seen.push_back("-" + name);
                  return stops_in_time;
                }};
  }

  /// The last part: asks for the end as soon as it is started.
  Part Stopper(Manager& manager) {
    return {.name = "stopper", .start = [&manager](std::stop_token) -> base::Result<void> {
              manager.Stop();
              return {};
            }};
  }

  std::vector<std::string> seen;
};

TEST_F(ManagerTest, StartsPartsInOrderAndStopsThemInReverse) {
  Manager manager;
  for (const char* name : {"probes", "caches", "lease", "controller"}) manager.Add(Recorded(name));
  manager.Add(Stopper(manager));
  EXPECT_EQ(manager.Run(), Ending::kClean);
  EXPECT_THAT(
      seen, ElementsAre("+probes", "+caches", "+lease", "+controller", "-controller", "-lease", "-caches", "-probes"));
}

TEST_F(ManagerTest, StopsWhatHadStartedWhenAPartCannotStart) {
  Manager manager;
  manager.Add(Recorded("probes"));
  Part broken = Recorded("caches");
  broken.start = [](std::stop_token) -> base::Result<void> { return base::Terminal("Forbidden", "may not list"); };
  manager.Add(broken);
  manager.Add(Recorded("controller"));
  EXPECT_EQ(manager.Run(), Ending::kFailed);
  EXPECT_THAT(seen, ElementsAre("+probes", "-probes"));
}

TEST_F(ManagerTest, InterruptsAStartThatWaits) {
  Manager manager;
  std::promise<void> waiting;
  manager.Add(Recorded("probes"));
  manager.Add({.name = "lease", .start = [&](std::stop_token stop) -> base::Result<void> {
                 std::promise<void> stopped;
                 const std::stop_callback on_stop(stop, [&] { stopped.set_value(); });
                 waiting.set_value();
                 stopped.get_future().wait();
                 return base::NotLeader();
               }});
  manager.Add(Recorded("controller"));
  std::jthread stopper([&] {
    waiting.get_future().wait();
    manager.Stop();
  });
  EXPECT_EQ(manager.Run(), Ending::kClean) << "being told to stop is no failure";
  EXPECT_THAT(seen, ElementsAre("+probes", "-probes"));
}

TEST_F(ManagerTest, EndsAsFailedWhenAPartAsksForTheEnd) {
  Manager manager;
  manager.Add(Recorded("lease"));
  manager.Add({.name = "controller", .start = [&](std::stop_token) -> base::Result<void> {
                 manager.Fail(base::NotLeader().error());
                 return {};
               }});
  EXPECT_EQ(manager.Run(), Ending::kFailed);
  EXPECT_THAT(seen, ElementsAre("+lease", "-lease"));
}

TEST_F(ManagerTest, KeepsTheLeaseWhenTheWorkersDidNotDrain) {
  Manager manager;
  manager.Add(Recorded("probes"));
  Part lease = Recorded("lease");
  lease.when_overdue = Part::WhenOverdue::kLeave;
  manager.Add(lease);
  manager.Add(Recorded("controller", false));
  manager.Add(Stopper(manager));
  EXPECT_EQ(manager.Run(), Ending::kOverdue);
  EXPECT_THAT(seen, ElementsAre("+probes", "+lease", "+controller", "-controller", "-probes"));
}

TEST_F(ManagerTest, GivesAPartItsPatienceButNoMoreThanTheGrace) {
  Manager manager({.grace = seconds(5)});
  std::vector<int> left;
  const auto measured = [&](seconds patience) {
    return Part{.name = "part",
                .start = [](std::stop_token) -> base::Result<void> { return {}; },
                .stop =
                    [&](Deadline deadline) {
                      left.push_back(std::chrono::round<seconds>(deadline - std::chrono::steady_clock::now()).count());
                      return true;
                    },
                .patience = patience};
  };
  manager.Add(measured(seconds(60)));
  manager.Add(measured(seconds(2)));
  manager.Add(Stopper(manager));
  EXPECT_EQ(manager.Run(), Ending::kClean);
  EXPECT_THAT(left, ElementsAre(2, 5));
}

TEST_F(ManagerTest, EndsTheProcessWhenAStopNeverReturns) {
  std::promise<void> overdue;
  Manager manager({.grace = milliseconds(20), .on_overdue = [&] { overdue.set_value(); }});
  manager.Add({.name = "stuck",
               .start = [](std::stop_token) -> base::Result<void> { return {}; },
               .stop =
                   [&](Deadline) {
                     overdue.get_future().wait();
                     return false;
                   }});
  manager.Add(Stopper(manager));
  EXPECT_EQ(manager.Run(), Ending::kOverdue);
}

TEST(SignalWatch, TellsOfTheFirstSignal) {
  for (const int expected : {SIGTERM, SIGINT}) {
    std::promise<int> told;
    {
      const SignalWatch watch([&](int signal) { told.set_value(signal); });
      kill(getpid(), expected);
      EXPECT_EQ(told.get_future().get(), expected);
    }
  }
}

TEST(SignalWatch, EndsWithoutASignal) {
  std::vector<int> told;
  {
    const SignalWatch watch([&](int signal) { told.push_back(signal); });
  }
  EXPECT_THAT(told, IsEmpty());
}

TEST(SignalWatch, IgnoresBrokenPipes) {
  const SignalWatch watch([](int) {});
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_EQ(write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  close(ends[1]);
}

TEST(SignalWatchDeathTest, EndsTheProcessOnTheSecondSignal) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto twice = [] {
    std::promise<void> told;
    const SignalWatch watch([&](int) { told.set_value(); });
    kill(getpid(), SIGTERM);
    told.get_future().wait();
    kill(getpid(), SIGINT);
    pause();
  };
  EXPECT_EXIT(twice(), testing::ExitedWithCode(128 + SIGINT), "a second signal");
}

}  // namespace
}  // namespace freehold::runtime
