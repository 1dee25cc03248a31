#include "cpu.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace freehold::bench {
namespace {

std::vector<double> Fields(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream rest(text.substr(std::min(text.size(), text.rfind(')') + 2)));
  std::string state;
  rest >> state;
  std::vector<double> fields;
  for (double field = 0; rest >> field;) fields.push_back(field);
  return fields;
}

std::string PidIn(const std::string& file) {
  const char* servers = std::getenv("FREEHOLD_TEST_SERVERS");
  if (!servers) throw std::runtime_error("set FREEHOLD_TEST_SERVERS, or run this by dev/with-servers");
  std::string pid;
  if (!(std::ifstream(std::string(servers) + "/cluster/" + file) >> pid)) throw std::runtime_error("no " + file);
  return pid;
}

}  // namespace

double CpuOfFamily(const std::string& pid) {
  constexpr std::size_t kParent = 0, kUser = 10, kSystem = 11, kEndedUser = 12, kEndedSystem = 13;
  double ticks = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto other = entry.path().filename().string();
    if (other.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto fields = Fields(other);
    if (fields.size() <= kEndedSystem) continue;
    if (other == pid) ticks += fields[kUser] + fields[kSystem] + fields[kEndedUser] + fields[kEndedSystem];
    if (std::to_string(static_cast<long>(fields[kParent])) == pid) ticks += fields[kUser] + fields[kSystem];
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::string PostmasterOf(test::OperatorWorld& world) {
  return world.Sql("SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)").at(0);
}

CpuMeter::CpuMeter(test::OperatorWorld& world)
    : postmaster_(PostmasterOf(world)), api_server_(PidIn("kube-apiserver.pid")), etcd_(PidIn("etcd.pid")) {}

CpuUse CpuMeter::Now() const {
  return {.database = CpuOfFamily(postmaster_), .api = CpuOfFamily(api_server_) + CpuOfFamily(etcd_)};
}

void AddCpu(const CpuUse& before, const CpuUse& after, Figures& figures) {
  figures.database_cpu = (after.database - before.database) / figures.count;
  figures.api_cpu = (after.api - before.api) / figures.count;
}

}  // namespace freehold::bench
