#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "reconcilers/engines/postgres/name_index.h"

namespace freehold::engines::postgres {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Row {
  std::string name;
  bool hidden = false;
};

std::vector<std::uint32_t> Found(const NameIndex& index, const std::string& name) {
  std::vector<std::uint32_t> positions;
  for (const auto position : index.Find(name)) positions.push_back(position);
  return positions;
}

TEST(NameIndex, FindsTheRowsOfANameInTheirOrder) {
  const std::vector<Row> rows{{"b"}, {"a"}, {"b"}, {"ab"}, {""}};
  const NameIndex index(rows, &Row::name);
  EXPECT_THAT(Found(index, "b"), ElementsAre(0, 2));
  EXPECT_THAT(Found(index, "a"), ElementsAre(1));
  EXPECT_THAT(Found(index, ""), ElementsAre(4));
  EXPECT_THAT(Found(index, "c"), IsEmpty());
}

TEST(NameIndex, LeavesOutWhatHasNoName) {
  const std::vector<Row> rows{{"a", true}, {"a", false}};
  const NameIndex index(rows, [](const Row& row) -> std::optional<std::string_view> {
    if (row.hidden) return std::nullopt;
    return row.name;
  });
  EXPECT_THAT(Found(index, "a"), ElementsAre(1));
}

}  // namespace
}  // namespace freehold::engines::postgres
