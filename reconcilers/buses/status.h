// What an EventBus is told about itself.
#pragma once

#include "reconcilers/buses/choice.h"

namespace freehold::buses {

using Databases = std::span<const std::shared_ptr<const api::ServiceDatabase>>;

/// Ready, or Stalled because another one is the default; how many stores publish by it. Pure.
/// `trouble` is what is wrong with what carries its events; empty: nothing.
api::EventBusStatus StatusOf(const api::EventBus&, Buses, Databases, const std::string& trouble, base::Timestamp now);

}  // namespace freehold::buses
