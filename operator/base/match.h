// std::visit with one lambda per case.
#pragma once

namespace freehold::base {

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

}  // namespace freehold::base
