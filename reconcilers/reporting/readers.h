// Who may read a warehouse, or for one: two logins each, which take turns as those of a store do, and a Secret.
#pragma once

#include "reconcilers/credentials/binding.h"
#include "reconcilers/engines/engine.h"
#include "reconcilers/reporting/status.h"
#include "reconcilers/stores/step.h"

namespace freehold::reporting {

/// A password and its verifier: new ones, or the Secret's own password with a verifier to set again.
struct Minted {
  base::Sensitive password;
  std::string verifier;
};

/// One reader, its Secret as it was found, and what is to be minted.
struct Reading {
  credentials::Endpoint endpoint;
  ReaderState state;
  std::optional<credentials::SecretSeen> secret;
  std::optional<Minted> minted;
};

/// What a reader connects by, its login aside: the server, or the replica of it that it is bound to. Absent when that
/// isn't one of the server's.
std::optional<credentials::Endpoint> EndpointOf(const api::ReportingWarehouse&, const api::WarehouseReader&,
                                                const api::DatabaseServer&, const engines::ServerAccess&);

/// Those that it may use; none where it has a hindrance.
std::array<engines::LoginWanted, 2> LoginsOf(const Reading&);

/// One that has a hindrance gets no login.
std::vector<engines::ReaderWanted> WantedOf(const std::vector<Reading>&);

/// The Secret that is to be written now; absent: it is right.
std::optional<stores::WriteSecret> SecretToWrite(const api::ReportingWarehouse&, const std::string& operator_namespace,
                                                 const Reading&);

}  // namespace freehold::reporting
