// What a world has come to, as far as two runs of it are to agree.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "operator_world.h"

namespace freehold::test {

/// Everything but names, times and passwords: conditions, credentials that work, databases, roles, and what is in each
/// database; by what it is about, in order.
using End = std::map<std::string, std::vector<std::string>>;

End EndOf(OperatorWorld&);

/// What is in one and not in the other, for people.
std::string Difference(const End& seen, const End& expected);

}  // namespace freehold::test
