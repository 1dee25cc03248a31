// Stores, beside the limit measured in the same run.
// Prints Markdown: freehold_bench made [SCHEMAS DATABASES] | one-by-one [COUNT] | growth PICTURE [COUNT…]
#include "stores_bench.h"

#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace freehold::bench {
namespace {

int NumberOr(const std::vector<std::string>& words, std::size_t at, int otherwise) {
  return words.size() > at ? std::atoi(words[at].c_str()) : otherwise;
}

void Run(const std::vector<std::string>& words) {
  const std::string part = words.empty() ? "" : words[0];
  if (part == "made") return MeasureMade(NumberOr(words, 1, 1000), NumberOr(words, 2, 1000));
  if (part == "one-by-one") return MeasureOneByOne(NumberOr(words, 1, 200));
  if (part != "growth" || words.size() < 2) {
    throw std::runtime_error(
        "usage: freehold_bench made [SCHEMAS DATABASES] | one-by-one [COUNT] | growth PICTURE [COUNT…]");
  }
  std::vector<int> counts;
  for (std::size_t i = 2; i < words.size(); ++i) counts.push_back(std::atoi(words[i].c_str()));
  if (counts.empty()) counts = {10, 100, 1000, 10000};
  MeasureGrowth(words[1], counts);
}

}  // namespace

void Ask(test::OperatorWorld& world, const std::string& isolation, int first, int last) {
  for (int index = first; index < last; ++index) {
    const std::string name = "s" + std::to_string(index);
    world.Apply(name, R"({"isolation": ")" + isolation + R"(", "name": ")" + world.ns + "_" + name + R"("})");
  }
}

}  // namespace freehold::bench

int main(int argc, char** argv) {
  try {
    freehold::bench::Run({argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "freehold_bench: " << error.what() << "\n";
    return 1;
  }
}
