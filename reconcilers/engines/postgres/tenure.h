// The time for which one process may change servers, and how its sessions are told from those of others.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reconcilers/engines/postgres/connection.h"

namespace freehold::engines::postgres {

/// Both names together hold at most 53 printable ASCII characters: the server keeps no longer ones.
struct Tenure {
  std::string installation;     ///< the same for all processes that follow each other, and nobody else's
  std::string process;          ///< this one alone
  std::function<bool()> lasts;  ///< thread-safe; false before another process may begin
};

/// The application_name of our sessions: "freehold", or with a tenure "freehold/<installation>/<process>".
std::string SessionName(const std::optional<Tenure>&);

/// Ends sessions of this connection's role, and returns when they are gone with whatever they were at: those of `lost`
/// (process ids of the server) that have our name, and if `predecessors`, those of other processes of the installation.
/// One round trip. Retryable "ServerBusy" when one of them takes longer than five seconds to end; otherwise as
/// Connection::Ask.
Result<void> EndSessions(Connection&, const std::optional<Tenure>&, bool predecessors, const std::vector<int>& lost);

}  // namespace freehold::engines::postgres
