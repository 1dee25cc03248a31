// Services, their stores, and how data passes between them, as a drawing for other programs to lay out. Pure.
#pragma once

#include <string>

#include "operator/base/json.h"
#include "reconcilers/events/graph.h"

namespace freehold::reports {

/// Graphviz: services are boxes, stores are cylinders, flows are arrows labelled with the event or the call.
std::string FlowsAsDot(events::Services);
/// Mermaid, as Markdown viewers draw it.
std::string FlowsAsMermaid(events::Services);
/// {"services": [{"name", "stores"}], "flows": [{"from", "to", "data", "pattern"}]}
base::Json FlowsAsJson(events::Services);

}  // namespace freehold::reports
