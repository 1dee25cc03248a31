// CPU time by who used it, to tell where the time of a measurement went.
#pragma once

#include <string>

#include "figures.h"
#include "operator_world.h"

namespace freehold::bench {

/// Seconds of CPU of a process, its children, and those of them that have ended.
double CpuOfFamily(const std::string& pid);
/// The process id of the world's PostgreSQL.
std::string PostmasterOf(test::OperatorWorld&);

/// Seconds of CPU up until a moment.
struct CpuUse {
  double database = 0;  ///< all of PostgreSQL's processes
  double api = 0;       ///< API server and etcd
};

/// Of the servers of dev/with-servers.
class CpuMeter {
 public:
  explicit CpuMeter(test::OperatorWorld&);

  CpuUse Now() const;

 private:
  const std::string postmaster_, api_server_, etcd_;
};

/// What was used in between, for each of `figures.count` stores.
void AddCpu(const CpuUse& before, const CpuUse& after, Figures& figures);

}  // namespace freehold::bench
