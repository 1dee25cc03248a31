// What the kernel knows about this process.
#pragma once

#include <optional>
#include <string_view>

namespace freehold::runtime {

struct ProcessStat {
  double cpu_seconds = 0;  ///< in user and kernel mode
  double start_ticks = 0;  ///< since the machine started
  double virtual_bytes = 0;
  double resident_pages = 0;
  double threads = 0;
};

/// Reads the one line of /proc/<pid>/stat (proc(5)); none if it is not such a line. `ticks_per_second`: sysconf's.
std::optional<ProcessStat> ParseProcessStat(std::string_view line, double ticks_per_second);

}  // namespace freehold::runtime
