// The inbox: where a service finds the events that it consumes.
//
// Its rows are in a table of the operator's, partitioned by the time of arrival; the service has a view of it in its
// own schema, reads it and notes in it how far it came. So a service can't make up an event, and nothing that it does
// to its schema holds up those who publish. What arrived is known by source and id for as long as the rows stay.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

struct InboxPlan {
  std::vector<std::string> create;  ///< what is missing: part of making the store
  std::vector<std::string> keep;    ///< partitions come and gone
};

/// Statements for the store's database. Nothing when no inbox is wanted: one that is there stays as it is.
InboxPlan PlanInbox(const PlanContext&);
/// A role's part in it ends, and no event comes any more; the rows stay.
std::vector<std::string> CloseInbox(const Layout&);
/// All of it goes.
std::vector<std::string> DropInbox(const Layout&);

/// The trigger function that takes a row of an outbox in, quoted.
std::string InboxTake(const Layout&);
/// Of that function, as its comment says it.
std::string InboxVersion(const Layout&);

}  // namespace freehold::engines::postgres
