// One state of the whole simulated world: packed, so that millions fit into memory.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "tests/worlds/interned.h"

namespace freehold::worlds {

/// Two objects may claim the same store: the service's own, and a rival of another namespace. The third has a store
/// beside it, on the same server.
inline constexpr int kClaims = 3;
inline constexpr int kNeighbour = 2;
inline constexpr int kStores = 2;
inline constexpr int StoreOf(int claim) { return claim == kNeighbour ? 1 : 0; }
/// Who else claims the same store; itself: nobody.
inline constexpr int RivalOf(int claim) { return claim == kNeighbour ? kNeighbour : 1 - claim; }
/// How many statements and writes of controllers that are gone may be under way at once.
inline constexpr int kLate = 2;

/// Bits of World::harmed: one for each claim's pass, and one more.
inline constexpr std::uint8_t SinceLook(int claim) { return static_cast<std::uint8_t>(1 << claim); }
inline constexpr std::uint8_t kSinceAnyLook = (1 << kClaims) - 1, kSinceCrash = 1 << kClaims;

struct World {
  Id server = 0;
  std::array<Id, kClaims> object{}, secret{};  ///< at the API server; 0: none
  // The controller that leads now.
  std::array<Id, kClaims> cached{};  ///< what its caches show of the objects
  Id board = 0;                      ///< the server as it looked at it last; 0: not yet, or it doesn't matter
  std::array<Id, kClaims> pass{};    ///< what it is about with each of them; 0: nothing
  /// What controllers before it had begun, which may still arrive.
  std::array<Id, kLate> late{};
  std::uint8_t time = 0;  ///< in steps of kTick since the beginning
  // How much more may happen.
  std::uint8_t hurts = 0;    ///< by users and strangers
  std::uint8_t crashes = 0;  ///< of the controller, or losses of its lease
  std::uint8_t ticks = 0;    ///< of time
  /// Somebody changed the store or its Secret by hand since the pass looked; since what is late was begun.
  std::uint8_t harmed = 0;
  std::uint8_t torn = 0;  ///< a stranger took or spoilt the Secret since it was last said to be ready
  std::uint8_t unused[2] = {};

  bool operator==(const World&) const = default;
};
static_assert(sizeof(World) == 72, "no padding: worlds are hashed byte by byte");

inline std::uint64_t HashOf(const World& world) {
  std::array<std::uint32_t, sizeof(World) / 4> words{};
  std::memcpy(words.data(), &world, sizeof world);
  std::uint64_t hash = 0x9e3779b97f4a7c15;
  for (const auto word : words) {
    hash = (hash ^ word) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace freehold::worlds
