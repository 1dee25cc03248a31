// What `make bench` measures of stores, a part at a time. Each prints Markdown.
#pragma once

#include <string>
#include <vector>

#include "operator_world.h"

namespace freehold::bench {

/// Asks for stores from `first` to before `last`, called s0, s1 and so on.
void Ask(test::OperatorWorld&, const std::string& isolation, int first, int last);

/// How long until so many stores that were asked for are Ready. The limit: the same SQL and API writes by a bare loop.
void MeasureMade(int schemas, int databases);
/// One store at a time, from being asked for to a login that works; with databases of their own also where spare ones
/// are ready. The limit: the same by the bare loop.
void MeasureOneByOne(int count);
/// With more and more stores in Schema mode: time to make them, to come back after a restart, memory, and CPU at rest.
/// Leaves a picture of it in the file `picture`.
void MeasureGrowth(const std::string& picture, const std::vector<int>& counts);

/// The version that all is measured on; the limit plans for the newest one, see Engine::BlankServer.
inline constexpr int kStoresOn = 18;
/// Of the DatabaseServer: as many stores as anybody asks for.
inline constexpr const char* kManyStores = R"({"limits": {"databases": 100000}})";

}  // namespace freehold::bench
