// All that may happen next in a state of the world.
#pragma once

#include <string>
#include <vector>

#include "tests/worlds/hurts.h"
#include "tests/worlds/laws.h"
#include "tests/worlds/planner.h"

namespace freehold::worlds {

struct Move {
  enum class Kind {
    kVanish,
    kCollect,
    kDeliver,
    kSeeServer,
    kStep,
    kBegin,
    kLand,
    kCrash,
    kTick,
    kHurt
  } kind = Kind::kStep;
  int which = 0;  ///< claim, slot, kind of hurt; of a crash: is its effect under way?
  Id action = 0;  ///< the effect of it
  World next;
  std::string broken;  ///< the law that it breaks
};

/// Not thread-safe.
class Moves {
 public:
  Moves(Planner& planner, Laws& laws) : planner_(planner), laws_(laws) {}

  /// If the first of them is `fair`, it is the one that is taken when nothing and nobody interferes.
  struct Choice {
    std::vector<Move> moves;
    bool fair = false;
  };
  void Of(const World&, Choice&);

  /// In a plain sentence.
  std::string Tell(const World& before, const Move&) const;

  /// Null: it can't be done here.
  std::optional<World> After(const World&, Hurt);
  /// What is done on the server, and in which database: the maintenance one when that is empty. Null: it can't be.
  std::optional<std::pair<std::string, std::vector<std::string>>> ByHand(const Server&, Hurt) const;

 private:
  using Memo = std::unordered_map<std::uint64_t, Id>;

  void Add(Choice&, Move::Kind, int which, World next, Id action = 0, std::string broken = {});
  void Land(const World&, int slot, Choice&);
  void Take(const World&, int claim, Choice&);
  void Begin(const World&, int claim, Choice&);
  void Crash(const World&, Choice&);
  void Connect(World&) const;
  World ServiceWrites(World, Id action);
  template <class Find>
  static Id Recall(Memo&, Id first, Id second, Find);
  template <class Change>
  Id Changed(Id object, Change);
  Id HurtSecret(Id, Hurt);
  Id HurtObject(Id, int claim, Hurt, base::Timestamp);

  Planner& planner_;
  Laws& laws_;
  Memo hurt_servers_, hurt_secrets_, hurt_objects_, written_;
};

}  // namespace freehold::worlds
