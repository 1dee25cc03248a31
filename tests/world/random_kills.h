// Orders on their way from one server to another while what carries them dies at random and the network is cut.
#pragma once

#include <gmock/gmock.h>

#include <list>
#include <random>

#include "door.h"
#include "operator_world.h"
#include "orders_writer.h"
#include "program.h"

namespace freehold::test {

/// The publisher is in the shop, on PostgreSQL 15 behind a door, with a consumer beside it; the other consumer is at
/// the bank, on PostgreSQL 18. All of it is kept by the controller as a process. FREEHOLD_TEST_SEED has one run again.
class RandomKills : public testing::Test {
 protected:
  struct Fault {
    std::string told;
    std::function<void()> strike;
  };

  RandomKills();
  void SetUp() override;
  void TearDown() override;

  /// What may happen; each of them is as likely as another.
  virtual std::vector<Fault> Faults();
  /// What the cluster does meanwhile.
  virtual void GoOn() {}
  virtual bool AllHolds();

  /// `more` goes into the spec of the publisher.
  void MakeServices(const std::string& more);
  /// Waits for all to be well, has orders written through so many faults, and ends when the faults have ended.
  void Live(int faults);
  /// Every event is in the inbox once, in order per aggregate, and the copy is what the last events say.
  void ExpectAllArrived(OperatorWorld& consumer, const std::string& service);
  void ExpectAllWell();

  static bool Holds(OperatorWorld& world, const std::string& name, const std::string& condition);
  /// Of rows with an `id`.
  static std::string HashOf(Session session, const std::string& rows);
  /// For people: what is told of the three, and what the controller did.
  std::string Told();
  template <class Condition>
  bool Eventually(std::chrono::seconds limit, Condition holds) {
    return Await(limit, [&] {
      GoOn();
      return holds();
    });
  }

  Door door;
  OperatorWorld shop, bank;
  std::unique_ptr<ControllerProgram> controller;

 private:
  int Below(int bound) { return std::uniform_int_distribution(0, bound - 1)(random_); }
  /// Of any kind: where one dies so, PostgreSQL ends all sessions and recovers from its log.
  void KillOneOf(OperatorWorld&);
  /// Servers of tests may forget what they have confirmed; those of production don't.
  void Keep(const std::string& confirmed);

  bool is_shut_ = false;
  const unsigned seed_;
  std::mt19937 random_;
  int sent_ = 0;
};

}  // namespace freehold::test
