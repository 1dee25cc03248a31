// Every reason that a condition, an event or a finding of Freehold may carry. docs/reference/conditions.md is printed
// from this table.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace freehold::api {

enum class Reason {
  // It holds.
  kReady,
  kNoForeignAccess,
  kDriftRepaired,
  // On its way.
  kCreating,
  kSecretNotGuarded,
  kRotating,
  kDeleting,
  kConsumersRemain,
  kServerNotReady,
  kServerUnreachable,
  kServerBusy,
  kServerReadOnly,
  kServerOutOfSpace,
  kPaused,
  kDrifted,
  kForeignAccess,
  kEvidenceMissing,
  // The spec, a policy or a server must change first.
  kEventsFlow,
  kTransportPending,
  kTransportMissing,
  kTransportFailing,
  kEventsParked,
  kProjectionPending,
  kEventsNotApplied,
  kProjectionNameTaken,
  kProjectionInUse,
  kProjectionInvalid,
  kReportingFlows,
  kReportingPending,
  kReportingFailing,
  kReportingIncomplete,
  kReportingPluginMissing,
  kReportingNotPossible,
  kReportingNameTaken,
  kWarehouseNotFound,
  kViewsCurrent,
  kViewsFailing,
  kNameInvalid,
  kServerNotFound,
  kServerAmbiguous,
  kServerNotAllowed,
  kEngineNotAllowed,
  kEngineNotSupported,
  kIsolationNotOffered,
  kIsolationTooWeak,
  kPolicyExceptionExpired,
  kStoreOwnedByAnother,
  kTableOwnedByAnother,
  kStoreExists,
  kStoreNotEmpty,
  kSecretNotOurs,
  kExtensionNotAllowed,
  kLimitReached,
  kEventNotPublished,
  kEventNotOffered,
  kEventPublishedTwice,
  kPayloadMismatch,
  kTopicNotPossible,
  kBusNotFound,
  kBusAmbiguous,
  kConnectUnusable,
  kAdminDenied,
  kStatementFailed,
};

struct ReasonInfo {
  Reason reason;
  std::string_view word;  ///< as it stands in a condition
  bool terminal;          ///< Stalled until something changes; otherwise the controller goes on by itself
  std::string_view meaning;
  std::string_view remedy;  ///< what a person should do; empty: nothing
};

/// All of them, in the order of the enum.
std::span<const ReasonInfo> Reasons();
const ReasonInfo& InfoOf(Reason);

/// "StoreOwnedByAnother".
std::string ToString(Reason);
bool IsTerminal(Reason);

}  // namespace freehold::api
