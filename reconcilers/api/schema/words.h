// The words by which the API calls the values of an enum.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace freehold::api::schema {

/// Specialised next to each enum of the API: `static constexpr std::array kWords{std::pair{E::kOne, "One"}, …}`.
template <class E>
struct Words;

template <class E>
std::string WordOf(E value) {
  for (const auto& [candidate, word] : Words<E>::kWords) {
    if (candidate == value) return std::string(word);
  }
  return {};
}

}  // namespace freehold::api::schema
