// What a pass over a warehouse's views would do, refreshes aside.
#pragma once

#include "reconcilers/engines/engine.h"
#include "reconcilers/views/wanted.h"

namespace freehold::views {

struct Preview {
  std::vector<engines::Step> steps;
  std::vector<std::string> faults;  ///< of files and folders, for people
};

/// Views of a database that isn't there yet are made from the beginning.
base::Result<Preview> PreviewOf(const api::ReportingWarehouse&, const std::vector<Folder>&,
                                const engines::ServerAccess&, engines::Engine&);

}  // namespace freehold::views
