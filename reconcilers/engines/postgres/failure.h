// What PostgreSQL says, in the classes of base::Failure. See Engine for the reasons.
#pragma once

#include <string>

#include "operator/base/failure.h"

namespace freehold::engines::postgres {

/// Terminal; the caller of a connection tells it apart, no one else sees it.
inline constexpr const char* kNoSuchDatabase = "NoSuchDatabase";

/// A statement was refused with this SQLSTATE.
base::Failure StatementFailure(const std::string& sqlstate, const std::string& message);
/// The same where the statement read rows: only messages that can't quote a value of theirs are kept.
base::Failure RowlessFailure(const std::string& sqlstate, const std::string& message);
/// No connection came about. The client library keeps no SQLSTATE here, so the server's words decide; words that are
/// not known (another language) are Retryable.
base::Failure ConnectFailure(const std::string& message);
/// One line, no secrets.
std::string Tidy(const std::string& message);

}  // namespace freehold::engines::postgres
