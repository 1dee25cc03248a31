// The Transport on cpprestsdk.
#pragma once

#include <memory>

#include "operator/http/endpoint.h"
#include "operator/http/transport.h"

namespace freehold::http {

/// One pool of kept connections. Make one per class of calls (reads and writes, watches, the lease), so that a pool
/// full of dead connections after an outage delays no other class. Terminal "BadEndpoint" when the URL can't be used.
base::Result<std::shared_ptr<Transport>> MakeTransport(Endpoint endpoint);

}  // namespace freehold::http
