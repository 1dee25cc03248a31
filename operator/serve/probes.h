// What Kubernetes and Prometheus ask of every process.
#pragma once

#include "operator/runtime/metrics.h"
#include "operator/serve/checks.h"
#include "operator/serve/http.h"

namespace freehold::serve {

/// Adds GET /healthz and /readyz. The checks outlive the routes.
void AddProbes(Routes& routes, const Checks& healthy, const Checks& ready);

/// Adds GET /metrics in the Prometheus text format. The metrics outlive the routes.
void AddMetrics(Routes& routes, const runtime::Metrics& metrics);

}  // namespace freehold::serve
