// Words that several kinds share.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operator/kube/object.h"

namespace freehold::api {

enum class EngineKind { kPostgreSQL, kMySQL, kMongoDB, kRedis, kElasticsearch, kClickHouse, kCassandra, kNeo4j };

/// Ordered: a later one isolates more. It may only be raised.
enum class Isolation { kTables, kSchema, kDatabase, kInstance };

enum class DeletionPolicy { kRetain, kDelete, kOrphan };

/// "PostgreSQL", "Database", "Retain": the words of the API.
std::string ToString(EngineKind);
std::string ToString(Isolation);
std::string ToString(DeletionPolicy);

using Duration = std::chrono::milliseconds;

/// metav1.LabelSelector, the matchLabels part. Empty matches everything.
struct LabelSelector {
  std::map<std::string, std::string> match_labels;
  bool operator==(const LabelSelector&) const = default;
};

bool Matches(const LabelSelector&, const std::map<std::string, std::string>& labels);

inline constexpr const char* kGroup = "freehold.dev";
inline constexpr const char* kVersion = "v1alpha1";

inline constexpr const char* kPausedAnnotation = "freehold.dev/paused";
inline constexpr const char* kRotateAnnotation = "freehold.dev/rotate";
inline constexpr const char* kResyncAnnotation = "freehold.dev/resync";
inline constexpr const char* kConfirmDeleteAnnotation = "freehold.dev/confirm-delete";
inline constexpr const char* kFinalizer = "freehold.dev/store";
inline constexpr const char* kCredentialLabel = "freehold.dev/credential";
/// Secrets of such names are kept from every Pod that no CredentialIndex allows, in every namespace.
inline constexpr const char* kReservedSuffix = ".freehold";

}  // namespace freehold::api
