// Sound input turned into input that nobody foresaw, always the same for the same seed.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "operator/base/json.h"

namespace freehold::test {

class Mangler {
 public:
  explicit Mangler(unsigned seed) : random_(seed) {}

  /// One of them with a few changes: bytes turned, cut, doubled, or taken from another one.
  std::string Text(const std::vector<std::string>& seeds);
  /// One of them with a few values replaced, removed or moved: JSON still.
  base::Json Value(const std::vector<base::Json>& seeds);
  /// Below `limit`, which is more than zero.
  std::size_t Below(std::size_t limit) { return random_() % limit; }

 private:
  void Change(std::string& text, const std::vector<std::string>& seeds);
  base::Json* AnyPlace(base::Json& in);
  base::Json Strange();

  std::mt19937 random_;
};

/// How often each parser is tried: FREEHOLD_FUZZ_ROUNDS, 1000 when it isn't set.
int FuzzRounds();

}  // namespace freehold::test
