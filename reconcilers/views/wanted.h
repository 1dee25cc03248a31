// Which views a warehouse is to have, by the files of its ConfigMaps and what is there. Pure.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <vector>

#include "operator/base/json.h"
#include "reconcilers/api/reporting_warehouse.h"
#include "reconcilers/engines/views.h"

namespace freehold::views {

/// One of spec.views, with the data of its ConfigMap, or why that can't be had.
struct Folder {
  api::WarehouseViews spec;
  std::expected<std::map<std::string, std::string>, std::string> files;
};

/// The texts in a ConfigMap.
std::map<std::string, std::string> FilesOf(const base::Json& config_map);

struct Wanted {
  engines::Views views;
  std::map<std::string, std::string> faults;  ///< by a view's full name: why its file isn't carried out
  std::vector<std::string> troubles;          ///< what concerns a folder, or a file that can't be a view's
};

/// What one reads comes before it. Those that read each other, or one of which there is no file and no view, have a
/// fault; a view with a fault stays as it is.
Wanted WantedOf(const std::string& database, const std::vector<Folder>& folders, const engines::ViewsSeen& seen);

/// The views of these schemas that are there, those aside that others took the place of; what one reads comes first.
std::vector<std::string> InOrder(const engines::ViewsSeen&, const std::set<std::string>& schemas);

}  // namespace freehold::views
