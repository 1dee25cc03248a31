// The partitions of a table that rolls: made, added, dropped, filled from the default one.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/engines/postgres/partitions.h"

namespace freehold::engines::postgres {

struct PartitionedTable {
  std::string schema, name;
  std::string key;  ///< the column that it is partitioned by
  Rolling rolling;
  std::vector<std::string> constraints;  ///< "CONSTRAINT … CHECK (…)" that a new partition needs
  std::string expendable = "";           ///< " AND …": which rows of the default partition may go when they are old
};

/// The default partition and those that are wanted.
std::vector<std::string> MakePartitions(const PartitionedTable&);
/// From those that are there to those that are wanted. `spilled`: the default one may hold rows.
std::vector<std::string> RollPartitions(const PartitionedTable&, const std::vector<Partition>& seen, bool spilled);

}  // namespace freehold::engines::postgres
