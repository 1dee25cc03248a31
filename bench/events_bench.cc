// How events and rows travel, beside the limit. freehold_events_bench travel|kafka|copy|rest [COUNT]
#include "events_bench.h"

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

void Run(const std::string& part, const char* count) {
  using namespace freehold::bench;
  if (part == "travel") return MeasureTravel(count ? std::atoi(count) : 20000);
  if (part == "kafka") return MeasureKafka(count ? std::atoi(count) : 20000);
  if (part == "copy") return MeasureCopy(count ? std::atol(count) : 10'000'000);
  if (part == "rest") return MeasureRest();
  throw std::runtime_error("usage: freehold_events_bench travel|kafka|copy|rest [COUNT]");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Run(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : nullptr);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 2;
  }
}
