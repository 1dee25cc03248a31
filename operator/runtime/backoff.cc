#include "operator/runtime/backoff.h"

namespace freehold::runtime {

std::chrono::milliseconds Backoff::Failed(const kube::Name& name) {
  const int earlier = failures_[name]++;
  auto wait = settings_.first;
  for (int i = 0; i < earlier && wait < settings_.longest; ++i) wait *= 2;
  return std::min(wait, settings_.longest);
}

}  // namespace freehold::runtime
