// May databases replicate from one server to another, by what their last looks saw? Pure.
#pragma once

#include <string>

#include "reconcilers/api/database_server.h"

namespace freehold::servers {

/// Why nobody can replicate from it, for people; empty: somebody can. `from` was looked at.
std::string NoSource(const api::DatabaseServer& from, const api::Capabilities&);
/// Why it can't subscribe to anything; empty: it can.
std::string NoSubscriber(const api::DatabaseServer& to, const api::Capabilities&);
/// Why `to` can't check the certificate of `from` as `from` asks for; empty: it can, or need not.
std::string NoTrust(const api::DatabaseServer& from, const api::DatabaseServer& to, const api::Capabilities& of_to);

/// The first of these.
std::string ObstacleBetween(const api::DatabaseServer& from, const api::DatabaseServer& to);

}  // namespace freehold::servers
