// Services, their stores, and how data passes between them, drawn. Pure.
#pragma once

#include <string>

#include "reconcilers/events/graph.h"

namespace freehold::reports {

/// A self-contained SVG 1.1 image: columns in the direction in which data flows, one box per service with its stores,
/// arrows labelled with what passes (solid: events, dashed: read models, dotted: API calls). Light and dark.
std::string FlowsAsSvg(events::Services);

}  // namespace freehold::reports
