// Rows found by a name in them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <ranges>
#include <string_view>
#include <vector>

namespace freehold::engines::postgres {

/// A flat index: of tens of thousands of rows it takes 24 bytes each. The rows outlive it and stay where they are.
class NameIndex {
 public:
  /// `name_of(row)` is a text within the row, or nothing for one that is not to be found.
  template <class Row, class NameOf>
  NameIndex(const std::vector<Row>& rows, NameOf name_of) {
    entries_.reserve(rows.size());
    for (std::uint32_t position = 0; position < rows.size(); ++position) {
      const std::optional<std::string_view> name = std::invoke(name_of, rows[position]);
      if (name) entries_.push_back({*name, position});
    }
    entries_.shrink_to_fit();
    std::ranges::stable_sort(entries_, {}, &Entry::name);
  }

  /// The positions of the rows of that name, in their order.
  auto Find(std::string_view name) const {
    return std::ranges::equal_range(entries_, name, {}, &Entry::name) | std::views::transform(&Entry::position);
  }

 private:
  struct Entry {
    std::string_view name;
    std::uint32_t position;
  };
  std::vector<Entry> entries_;
};

}  // namespace freehold::engines::postgres
