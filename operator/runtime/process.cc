#include "operator/runtime/process.h"

#include <array>
#include <charconv>

namespace freehold::runtime {
namespace {

// The number of each field after the command's name, counting the state, field 3 of proc(5), as 0.
constexpr std::size_t kUserTicks = 11, kKernelTicks = 12, kThreads = 17, kStart = 19, kVirtual = 20, kResident = 21;

}  // namespace

std::optional<ProcessStat> ParseProcessStat(std::string_view line, double ticks_per_second) {
  // The command stands in parentheses and may hold anything, closing ones included.
  const auto command_end = line.rfind(") ");
  if (command_end == line.npos) return std::nullopt;
  line.remove_prefix(command_end + 2);

  std::array<double, kResident + 1> fields{};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string_view field = line.substr(0, line.find(' '));
    if (field.empty()) return std::nullopt;
    if (i > 0 && std::from_chars(field.data(), field.data() + field.size(), fields[i]).ec != std::errc()) {
      return std::nullopt;
    }
    line.remove_prefix(std::min(line.size(), field.size() + 1));
  }
  return ProcessStat{(fields[kUserTicks] + fields[kKernelTicks]) / ticks_per_second, fields[kStart], fields[kVirtual],
                     fields[kResident], fields[kThreads]};
}

}  // namespace freehold::runtime
