#include "operator/runtime/standard_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "operator/runtime/process.h"

namespace freehold::runtime {
namespace {

std::optional<ProcessStat> ReadStat() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  return ParseProcessStat(line, static_cast<double>(sysconf(_SC_CLK_TCK)));
}

double BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::strtod(line.c_str() + 6, nullptr);
  }
  return 0;
}

double OpenFiles() {
  std::error_code ignored;
  const std::filesystem::directory_iterator files("/proc/self/fd", ignored);
  return static_cast<double>(std::distance(begin(files), end(files))) - 1;  // less the one that is reading
}

double MaxFiles() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

}  // namespace

std::unique_ptr<Metrics::Subscription> ShowProcess(Metrics& metrics) {
  auto resident = metrics.AddGauge("process_resident_memory_bytes", "Resident memory size in bytes");
  auto virtual_size = metrics.AddGauge("process_virtual_memory_bytes", "Virtual memory size in bytes");
  auto cpu = metrics.AddCounter("process_cpu_seconds_total", "User and system CPU time spent in seconds");
  auto start =
      metrics.AddGauge("process_start_time_seconds", "Start time of the process since the Unix epoch in seconds");
  auto open_files = metrics.AddGauge("process_open_fds", "Open file descriptors");
  auto max_files = metrics.AddGauge("process_max_fds", "Most file descriptors that may be open");
  auto threads = metrics.AddGauge("process_threads", "Threads of the process");
  return metrics.BeforeText([=]() mutable {
    open_files.Set(OpenFiles());
    max_files.Set(MaxFiles());
    const auto stat = ReadStat();
    if (!stat) return;
    resident.Set(stat->resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
    virtual_size.Set(stat->virtual_bytes);
    cpu.Add(std::max(0.0, stat->cpu_seconds - cpu.Value()));
    start.Set(BootTime() + stat->start_ticks / static_cast<double>(sysconf(_SC_CLK_TCK)));
    threads.Set(stat->threads);
  });
}

void ShowBuild(Metrics& metrics, const std::string& version) {
  metrics
      .AddGauge("freehold_build_info", "What is running; the value is always 1",
                {{"version", version}, {"compiler", "g++ " __VERSION__}})
      .Set(1);
}

LeaderMetrics::LeaderMetrics(Metrics& metrics, const std::string& lease)
    : status_(metrics.AddGauge("leader_election_master_status", "1 while this process holds the lease",
                               {{"name", lease}})) {}

void RestClientMetrics::Count(int code, const std::string& method, const std::string& host) {
  metrics_
      .AddCounter("rest_client_requests_total", "Requests to the API server by status code, method and host",
                  {{"code", code == 0 ? "<error>" : std::to_string(code)}, {"method", method}, {"host", host}})
      .Add();
}

}  // namespace freehold::runtime
