// How the brokers of a bus are reached.
#pragma once

#include "operator/kafka/connection.h"
#include "operator/kube/client.h"
#include "reconcilers/api/event_bus.h"

namespace freehold::topics {

/// With the administrator's login, and without a username where the bus names none. Retryable "SecretMissing": a Secret
/// in the operator's namespace isn't there, or not whole.
base::Result<kafka::Access> AccessOf(const api::KafkaBrokersSpec&, kube::Reader&,
                                     const std::string& operator_namespace);

}  // namespace freehold::topics
