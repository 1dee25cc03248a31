// How the place of a value in a document is written: "spec.owns[0].tables", "metadata.labels[freehold.dev/team]".
#pragma once

#include <string>
#include <string_view>

namespace freehold::api::schema {

inline std::string PathOf(const std::string& parent, std::string_view key) {
  if (key.find_first_of("./[]") != std::string_view::npos) return parent + "[" + std::string(key) + "]";
  return parent.empty() ? std::string(key) : parent + "." + std::string(key);
}

inline std::string PathOf(const std::string& parent, std::size_t index) {
  return parent + "[" + std::to_string(index) + "]";
}

}  // namespace freehold::api::schema
