// Is the password that opens a store the one that was issued for it?
#pragma once

#include <functional>
#include <span>
#include <string>

#include "commands/audit/probe.h"

namespace freehold::commands::audit {

struct Comparing {
  std::span<const Credential> credentials;
  std::span<const isolation::StoreAsked> stores;
  base::Timestamp at;
};

/// Compares the password in each Secret with the verifier that the server keeps, or, where its admin may not read that,
/// logs in with it. A login has one password: where the issued one doesn't fit, somebody else set another, and has it.
/// Adds findings and what could not be compared to `model`. `access` tells how a server is reached; null: it can't be.
void ComparePasswords(const Comparing&, engines::Engine&,
                      const std::function<const engines::ServerAccess*(const std::string&)>& access,
                      isolation::AccessModel& model);

}  // namespace freehold::commands::audit
