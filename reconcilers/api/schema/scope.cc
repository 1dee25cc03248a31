#include "reconcilers/api/schema/scope.h"

#include "reconcilers/api/schema/path.h"

namespace freehold::api::schema {

std::string Scope::path() const {
  if (!parent_) return {};
  if (index_ != kNoIndex) return PathOf(parent_->path(), index_);
  return PathOf(parent_->path(), name_);
}

void Scope::ReportAt(const std::string& field, std::string message) const {
  const std::string here = path();
  faults_.push_back({here.empty() || field.empty() ? here + field : here + "." + field, std::move(message)});
}

}  // namespace freehold::api::schema
