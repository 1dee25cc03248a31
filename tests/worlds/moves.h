// All that may happen next in a state of the world.
#pragma once

#include <string>
#include <vector>

#include "tests/worlds/laws.h"
#include "tests/worlds/planner.h"

namespace freehold::worlds {

/// What users, strangers and misfortune do to the world.
enum class Hurt {
  kDeleteSecret,
  kScribbleSecret,
  kForeignSecret,
  kDropLogin0,
  kDropLogin1,
  kCloseLogin0,
  kCloseLogin1,
  kChangePassword0,
  kChangePassword1,
  kOpenToPublic,
  kOpenToStranger,
  kLetStrangerIn,
  kClearMarker,
  kClearRoleMarker,
  kMarkForAnother,
  kDropDatabase,
  kChangeLimit,
  kPublish,
  kAskForRotation,
  kDeleteRetain,
  kDeleteDelete,
  kDeleteOrphan,
  kCreate,
  kCreateRival,
  kDeleteRival,
};
inline constexpr int kHurts = static_cast<int>(Hurt::kDeleteRival) + 1;

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

  /// A new ServiceDatabase.
  static api::ServiceDatabase NewObject(int claim, const std::string& uid, const Scenario&);
  /// Null: it can't be done here.
  std::optional<World> After(const World&, Hurt);

 private:
  void Add(Choice&, Move::Kind, int which, World next, Id action = 0, std::string broken = {});
  void Land(const World&, int slot, Choice&);
  void Take(const World&, Choice&);
  void Begin(const World&, int claim, Choice&, bool fair);
  World ServiceWrites(World, Id action);
  std::optional<World> OnServer(const World&, const std::string& database, std::vector<std::string> statements);
  template <class Change>
  World OnObject(const World&, int claim, Change);
  std::optional<World> Deleted(const World&, int claim, api::DeletionPolicy);

  Planner& planner_;
  Laws& laws_;
  std::unordered_map<std::uint64_t, Id> hurt_;
  std::unordered_map<std::uint64_t, Id> written_;
};

}  // namespace freehold::worlds
