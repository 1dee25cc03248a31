// The parts of Validate, one file each.
#pragma once

#include "reconcilers/validation/validate.h"

namespace freehold::validation {

struct World {
  const documents::Resources& resources;
  Scope scope;
  base::Timestamp now;
};

void CheckObjects(const World&, Findings&);     ///< faults of texts and fields, one object given twice
void CheckServers(const World&, Findings&);     ///< defaults per engine
void CheckReferences(const World&, Findings&);  ///< from a store to its server, and what the server offers; where it is
void CheckWarehouses(const World&, Findings&);  ///< from a store to its warehouse, and from that to its server
void CheckViews(const World&, Findings&);       ///< the files of a warehouse's views, where their ConfigMap is known
void CheckOwners(const World&, Findings&);      ///< one owner per store and Secret; room for it on its server
void CheckTables(const World&, Findings&);      ///< one owner per table
void CheckBuses(const World&, Findings&);       ///< one default; those that stores publish by
void CheckEvents(const World&, Findings&);      ///< published, offered; what is kept of them; services that are called
void CheckTopics(const World&, Findings&);      ///< whether what is to be read from Kafka is there
void CheckPolicies(const World&, Findings&);    ///< verdicts, and exceptions that have ended

/// The server that a store is on: by name, where it is already, or the default one of its engine. Null when it isn't
/// among the resources.
const documents::Resource<api::DatabaseServer>* ServerOf(const api::ServiceDatabase&, const documents::Resources&);

}  // namespace freehold::validation
