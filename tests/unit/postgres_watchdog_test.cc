// A server that froze is noticed by the clock, not by the network.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reconcilers/engines/postgres/watchdog.h"

namespace freehold::engines::postgres {
namespace {

using namespace std::chrono_literals;

TEST(Watchdog, EndsAWaitThatOutlivesItsLimit) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  Watchdog dog(1ms);
  const auto guard = dog.Watch(ends[0], 10ms);
  char byte;
  EXPECT_EQ(read(ends[0], &byte, 1), 0);
  close(ends[0]);
  close(ends[1]);
}

TEST(Watchdog, LeavesThoseAloneThatAreNotWatchedAnyMore) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  int others[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, others), 0);
  Watchdog dog(1ms);
  {
    const auto guard = dog.Watch(ends[0], 1h);
  }
  const auto guard = dog.Watch(others[0], 10ms);
  char byte = 'x';
  EXPECT_EQ(read(others[0], &byte, 1), 0);
  EXPECT_EQ(write(ends[1], &byte, 1), 1);
  EXPECT_EQ(read(ends[0], &byte, 1), 1);
  for (const int end : {ends[0], ends[1], others[0], others[1]}) close(end);
}

}  // namespace
}  // namespace freehold::engines::postgres
