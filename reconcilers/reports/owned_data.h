// The table that teams draw on whiteboards: which service owns which data, and by which ways data passes. Pure.
#pragma once

#include <string>
#include <vector>

#include "operator/base/json.h"
#include "reconcilers/api/database_server.h"
#include "reconcilers/events/graph.h"

namespace freehold::reports {

/// One store.
struct OwnedDataRow {
  std::string ns;
  std::string service;                  ///< "Catalog": the service's name as a title
  std::string database;                 ///< "catalog_db"; in Schema and Tables mode "apps, schema orders"
  std::vector<std::string> aggregates;  ///< "OrderEvent (outbox)" where the aggregate lives in the outbox
  std::vector<std::string> consumes;    ///< events
  bool operator==(const OwnedDataRow&) const = default;
};

struct OwnedData {
  std::vector<OwnedDataRow> rows;   ///< in the direction in which data flows, see events::InFlowOrder
  std::vector<events::Flow> flows;  ///< every one that crosses from one service to another
};

/// `servers` name the shared databases; those that are missing are called "shared".
OwnedData OwnedDataOf(events::Services, std::span<const std::shared_ptr<const api::DatabaseServer>> servers);

/// The namespace is shown only where there are several.
std::string Markdown(const OwnedData&);
/// The same for a terminal: columns, no bars.
std::string TextTable(const OwnedData&);
base::Json ToJson(const OwnedData&);

/// "order-history" reads "Order History".
std::string TitleOf(const std::string& service);

}  // namespace freehold::reports
