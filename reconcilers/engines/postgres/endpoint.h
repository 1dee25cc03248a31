// Where to connect and as whom, as the client library wants it.
#pragma once

#include <string>

#include "operator/base/sensitive.h"
#include "reconcilers/engines/engine.h"

namespace freehold::engines::postgres {

/// The admin of the server, in one of its databases; `session` is the application_name.
base::Sensitive ConnectString(const ServerAccess&, const std::string& database,
                              const std::string& session = "freehold");
/// Anybody else.
base::Sensitive ConnectString(const ServerAccess&, const std::string& database, const std::string& username,
                              const base::Sensitive& password);

}  // namespace freehold::engines::postgres
