// Resources written in a test as YAML.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "reconcilers/documents/resources.h"

namespace freehold {

inline documents::Resources ResourcesOf(const std::string& yaml) {
  documents::Resources resources;
  documents::Add(documents::ParseText(yaml, "test.yaml"), "default", resources);
  return resources;
}

/// One document as JSON, whatever it is.
inline base::Json JsonOf(const std::string& yaml) {
  const auto parsed = documents::ParseText(yaml, "test.yaml");
  EXPECT_TRUE(parsed.faults.empty()) << parsed.faults.front().message;
  return parsed.documents.empty() ? base::Json() : parsed.documents.front().content;
}

}  // namespace freehold
