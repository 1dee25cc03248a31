// The outbox: the table that a service writes its events to, in the same transaction as its data.
//
// The operator owns it; the service may insert and nothing else. It is partitioned by time, so that what is old goes by
// dropping a partition; rows that found no partition wait in a default one until theirs is made.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

struct OutboxPlan {
  std::vector<std::string> create;  ///< when there is none: part of making the store
  std::vector<std::string> keep;    ///< otherwise: what differs, partitions come and gone
};

/// Statements for the store's database. Nothing when no outbox is wanted: one that is there stays as it is.
OutboxPlan PlanOutbox(const PlanContext&);

}  // namespace freehold::engines::postgres
