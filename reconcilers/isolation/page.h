// The audit as one page for a browser.
#pragma once

#include <string>

#include "reconcilers/isolation/edge.h"

namespace freehold::isolation {

/// A self-contained HTML document: who owns what, services × stores, the findings with a filter and their evidence. It
/// asks no network for anything, works by keyboard, in light and in dark. What comes from clusters and databases is
/// data in it, never markup. Pure.
std::string HtmlPage(const AccessModel&, base::Timestamp at);

}  // namespace freehold::isolation
