#include "operator/serve/probes.h"

namespace freehold::serve {

void AddProbes(Routes& routes, const Checks& healthy, const Checks& ready) {
  routes.Add("GET", "/healthz", [&healthy](const Request&) { return healthy.Answer(); });
  routes.Add("GET", "/readyz", [&ready](const Request&) { return ready.Answer(); });
}

void AddMetrics(Routes& routes, const runtime::Metrics& metrics) {
  routes.Add("GET", "/metrics", [&metrics](const Request&) {
    return Response{.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics.Text()};
  });
}

}  // namespace freehold::serve
