// The Secret that Connect's workers mount: the passwords of the roles they use, and the authorities of the servers.
#pragma once

#include "reconcilers/connect/wanted.h"
#include "reconcilers/credentials/cdc_passwords.h"

namespace freehold::connect {

inline constexpr const char* kPasswordsSecret = "freehold-connect";

/// Where it is: with Strimzi beside the KafkaConnect, otherwise in the operator's namespace.
kube::Name PasswordsSecretOf(const api::EventBus&, const std::string& operator_namespace);

/// What it holds for one bus, by key; what leads to warehouses of other engines aside. Nothing while the passwords have
/// no key.
std::map<std::string, base::Sensitive> EntriesFor(const std::vector<ConnectorWanted>&,
                                                  const credentials::CdcPasswords&);

/// The body of a server-side apply for one bus. An annotation tells what it was, so that it is known after a restart.
base::Json SecretOf(const std::string& ns, const std::string& bus,
                    const std::map<std::string, base::Sensitive>& entries);

/// Was just that last applied for the bus, and is it all still there?
bool Holds(const base::Json& secret, const std::string& bus, const std::map<std::string, base::Sensitive>& entries);

/// Digest of what is in it.
std::string DigestOf(const std::map<std::string, base::Sensitive>& entries);

}  // namespace freehold::connect
