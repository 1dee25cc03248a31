// What users, strangers and misfortune do to the world.
#pragma once

namespace freehold::worlds {

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
  kResetRole,
  kOpenToPublic,
  kOpenToStranger,
  kCloseToOwner,
  kLetStrangerIn,
  kClearMarker,
  kClearRoleMarker,
  kMarkForAnother,
  kDropStore,
  kShutDatabase,
  kDropSchema,
  kDropOutbox,
  kCloseOutbox,
  kChangeLimit,
  kPublish,
  kAskForRotation,
  kDeleteRetain,
  kDeleteDelete,
  kDeleteOrphan,
  kCreate,
  kCreateRival,
  kDeleteRival,
  kDeleteNeighbour,
};
inline constexpr int kHurts = static_cast<int>(Hurt::kDeleteNeighbour) + 1;

/// By statements; what they are depends on what is there.
inline constexpr bool IsOnServer(Hurt hurt) { return hurt >= Hurt::kDropLogin0 && hurt <= Hurt::kCloseOutbox; }

}  // namespace freehold::worlds
