// Controllers with real threads: waiting is on conditions with a deadline.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <latch>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "operator/runtime/controller.h"
#include "operator/runtime/parts.h"
#include "tests/unit/manual_clock.h"

namespace freehold::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr seconds kPatience(20);

kube::Name N(const std::string& name) { return {"shop", name}; }
std::string OneLane(const kube::Name&) { return "main"; }
/// "main/orders" lives in the lane "main".
std::string LaneByName(const kube::Name& name) { return name.name.substr(0, name.name.find('/')); }
std::chrono::steady_clock::time_point Soon() { return std::chrono::steady_clock::now() + kPatience; }

/// What happened so far, and a way to wait for it.
class Journal {
 public:
  void Note(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++counts_[what];
    changed_.notify_all();
  }
  bool Await(const std::string& what, int times = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return counts_[what] >= times; });
  }
  int Count(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return counts_[what];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> counts_;
};

/// Holds those who pass until it is opened.
class Barrier {
 public:
  ~Barrier() { Open(); }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

Failed Fail(base::FailureClass kind) { return Failed{base::Failure{kind, "Test", "as the test wants", {}, 0}}; }

class ControllerTest : public testing::Test {
 protected:
  Metrics metrics;
  ManualClock clock;
  Journal journal;
  Barrier barrier;
};

TEST_F(ControllerTest, ReconcilesWhatWasAddedBeforeAndAfterItsStart) {
  Controller controller(
      "stores",
      [&](const kube::Name& name) {
        journal.Note(name.name);
        return Done{};
      },
      OneLane, clock, metrics);
  controller.Add(N("early"));
  controller.Start();
  controller.Add(N("late"));
  EXPECT_TRUE(journal.Await("early"));
  EXPECT_TRUE(journal.Await("late"));
  EXPECT_TRUE(controller.Drain(Soon()));
  EXPECT_THAT(metrics.Text(),
              HasSubstr(R"(controller_runtime_reconcile_total{controller="stores",result="success"} 2)"));
}

TEST_F(ControllerTest, LetsABlockedLaneDelayNoOther) {
  Controller controller("stores",
                        [&](const kube::Name& name) {
                          journal.Note(LaneByName(name) + " began");
                          if (LaneByName(name) == "dead") barrier.Pass();
                          journal.Note(name.name);
                          return Done{};
                        },
                        LaneByName, clock, metrics, {.workers_per_lane = 2});
  controller.Start();
  for (int i = 0; i < 50; ++i) controller.Add(N("dead/" + std::to_string(i)));
  ASSERT_TRUE(journal.Await("dead began", 2));
  for (int i = 0; i < 50; ++i) controller.Add(N("alive/" + std::to_string(i)));
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(journal.Await("alive/" + std::to_string(i)));
  EXPECT_EQ(journal.Count("dead began"), 2) << "a lane has no more than its workers";
  barrier.Open();
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(journal.Await("dead/" + std::to_string(i)));
}

TEST_F(ControllerTest, NeverReconcilesOneNameTwiceAtOnceUnderStress) {
  constexpr int kNames = 20;
  std::array<std::atomic<int>, kNames> inside{};
  std::array<std::atomic<int>, kNames> asked{};
  std::array<std::atomic<int>, kNames> seen{};
  std::atomic<int> overlaps = 0;
  std::atomic<unsigned> turn = 0;
  const auto index = [](const kube::Name& name) { return std::stoi(name.name); };
  Controller controller(
      "stores",
      [&](const kube::Name& name) -> Outcome {
        const int i = index(name);
        if (inside[i]++ != 0) ++overlaps;
        seen[i] = asked[i].load();
        std::this_thread::yield();
        --inside[i];
        journal.Note("pass");
        if (turn++ % 7 == 0) return Fail(base::FailureClass::kRetryable);
        return Done{};
      },
      [&](const kube::Name&) { return std::to_string(turn++ % 3); },  // the lane of a name changes all the time
      base::SystemClock(), metrics, {.workers_per_lane = 4, .worker_patience = milliseconds(1)});
  controller.Start();
  {
    std::vector<std::jthread> producers;
    for (int p = 0; p < 4; ++p) {
      producers.emplace_back([&, p] {
        std::mt19937 random(p);
        for (int n = 0; n < 2000; ++n) {
          const int i = static_cast<int>(random() % kNames);
          ++asked[i];
          controller.Add(N(std::to_string(i)), n % 2 ? Priority::kFresh : Priority::kResync);
        }
      });
    }
  }
  const auto deadline = Soon();
  const auto all_seen = [&] {
    for (int i = 0; i < kNames; ++i) {
      if (seen[i] != asked[i]) return false;
    }
    return true;
  };
  while (!all_seen() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(all_seen()) << "what was added last was not looked at afterwards";
  EXPECT_TRUE(controller.Drain(Soon()));
  EXPECT_EQ(overlaps, 0);
}

TEST_F(ControllerTest, LooksAgainAfterTheTimeThatWasAskedFor) {
  Controller controller(
      "stores",
      [&](const kube::Name&) {
        journal.Note("pass");
        return Again{seconds(60)};
      },
      OneLane, clock, metrics);
  controller.Start();
  controller.Add(N("a"));
  ASSERT_TRUE(journal.Await("pass", 1));
  // The pass is noted before its outcome is settled: move on until the second one comes.
  for (int minutes = 0; journal.Count("pass") < 2 && minutes < 10000; ++minutes) {
    clock.Advance(seconds(60));
    controller.ClockMoved();
    std::this_thread::yield();
  }
  EXPECT_TRUE(journal.Await("pass", 2));
}

TEST_F(ControllerTest, RetriesWhatMayYetSucceedAndForgetsTheRest) {
  struct Case {
    base::FailureClass kind;
    bool retried;
  };
  for (const Case& c : {Case{base::FailureClass::kRetryable, true}, Case{base::FailureClass::kInDoubt, true},
                        Case{base::FailureClass::kTerminal, false}, Case{base::FailureClass::kNotLeader, false}}) {
    Metrics own;
    Journal passes;
    Controller controller("stores",
                          [&](const kube::Name& name) -> Outcome {
                            passes.Note(name.name);
                            if (name.name == "a" && passes.Count("a") == 1) return Fail(c.kind);
                            return Done{};
                          },
                          OneLane, base::SystemClock(), own, {.workers_per_lane = 1});
    controller.Start();
    controller.Add(N("a"));
    EXPECT_TRUE(passes.Await("a", c.retried ? 2 : 1));
    // One worker: once "b" was seen, the outcome of "a" is settled.
    controller.Add(N("b"));
    EXPECT_TRUE(passes.Await("b"));
    EXPECT_TRUE(controller.Drain(Soon()));
    EXPECT_THAT(own.Text(), HasSubstr("workqueue_retries_total{controller=\"stores\",name=\"stores\"} " +
                                      std::string(c.retried ? "1" : "0")));
    if (!c.retried) {
      EXPECT_EQ(passes.Count("a"), 1);
    }
  }
}

TEST_F(ControllerTest, TriesATerminalFailureAgainOnceTheObjectChanges) {
  Controller controller(
      "stores",
      [&](const kube::Name&) {
        journal.Note("pass");
        return Fail(base::FailureClass::kTerminal);
      },
      OneLane, clock, metrics);
  controller.Start();
  controller.Add(N("a"));
  ASSERT_TRUE(journal.Await("pass", 1));
  controller.Add(N("a"));
  EXPECT_TRUE(journal.Await("pass", 2));
}

TEST_F(ControllerTest, TakesAnExceptionForARetryableBug) {
  Controller controller(
      "stores",
      [&](const kube::Name&) -> Outcome {
        journal.Note("pass");
        if (journal.Count("pass") == 1) throw std::logic_error("a bug made for this test");
        if (journal.Count("pass") == 2) throw 42;
        return Done{};
      },
      OneLane, base::SystemClock(), metrics);
  controller.Start();
  controller.Add(N("a"));
  EXPECT_TRUE(journal.Await("pass", 3));
  EXPECT_TRUE(controller.Drain(Soon()));
  EXPECT_THAT(metrics.Text(), HasSubstr(R"(controller_runtime_reconcile_panics_total{controller="stores"} 2)"));
}

TEST_F(ControllerTest, StopsLikeAKilledProcessOnACrash) {
  struct Crash {};
  Controller controller("stores",
                        [&](const kube::Name&) -> Outcome {
                          journal.Note("pass");
                          throw Crash();
                        },
                        OneLane, clock, metrics, {.is_crash = [](std::exception_ptr exception) {
                          try {
                            std::rethrow_exception(exception);
                          } catch (const Crash&) {
                            return true;
                          } catch (...) {
                            return false;
                          }
                        }});
  controller.Start();
  controller.Add(N("a"));
  ASSERT_TRUE(journal.Await("pass"));
  EXPECT_TRUE(controller.Drain(Soon()));
  EXPECT_TRUE(controller.crashed());
  EXPECT_THAT(metrics.Text(), HasSubstr(R"(controller_runtime_reconcile_panics_total{controller="stores"} 0)"));
  EXPECT_THAT(metrics.Text(), HasSubstr(R"(workqueue_retries_total{controller="stores",name="stores"} 0)"));
}

TEST_F(ControllerTest, DrainsByWaitingForWhatRunsAndDroppingWhatIsQueued) {
  Controller controller("stores",
                        [&](const kube::Name& name) {
                          journal.Note(name.name);
                          barrier.Pass();
                          return Done{};
                        },
                        OneLane, clock, metrics, {.workers_per_lane = 1});
  controller.Start();
  controller.Add(N("running"));
  ASSERT_TRUE(journal.Await("running"));
  controller.Add(N("queued"));
  EXPECT_FALSE(controller.Drain(std::chrono::steady_clock::now())) << "it still runs";
  EXPECT_THAT(metrics.Text(), HasSubstr(R"(controller_runtime_active_workers{controller="stores"} 1)"));
  barrier.Open();
  EXPECT_TRUE(controller.Drain(Soon()));
  EXPECT_EQ(journal.Count("queued"), 0);
}

TEST_F(ControllerTest, IsAPartThatStartsAndDrains) {
  Controller controller(
      "stores",
      [&](const kube::Name& name) {
        journal.Note(name.name);
        return Done{};
      },
      OneLane, clock, metrics);
  const Part part = ControllerPart(controller);
  EXPECT_EQ(part.name, "stores");
  controller.Add(N("a"));
  EXPECT_TRUE(part.start({}));
  EXPECT_TRUE(journal.Await("a"));
  EXPECT_TRUE(part.stop(Soon()));
}

TEST_F(ControllerTest, ShowsItsSeriesAsZeroFromTheStart) {
  const Controller controller("stores", [](const kube::Name&) { return Done{}; }, OneLane, clock, metrics);
  const std::string text = metrics.Text();
  for (const char* series : {
           R"(controller_runtime_reconcile_total{controller="stores",result="success"} 0)",
           R"(controller_runtime_reconcile_total{controller="stores",result="error"} 0)",
           R"(controller_runtime_reconcile_total{controller="stores",result="requeue_after"} 0)",
           R"(controller_runtime_reconcile_errors_total{controller="stores"} 0)",
           R"(controller_runtime_reconcile_time_seconds_count{controller="stores"} 0)",
           R"(controller_runtime_active_workers{controller="stores"} 0)",
       }) {
    EXPECT_THAT(text, HasSubstr(series));
  }
}

TEST(WorkerPool, ForgetsThreadsThatHaveEnded) {
  WorkerPool pool;
  Journal journal;
  for (int i = 1; i <= 5; ++i) {
    pool.Hire([&] { journal.Note("ran"); });
    EXPECT_TRUE(journal.Await("ran", i));
  }
  pool.Join();
  EXPECT_EQ(pool.size(), 0);
}

}  // namespace
}  // namespace freehold::runtime
