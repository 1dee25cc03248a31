// The part of a query that looks inside the database where it runs. Templates: {owner} is the owner role, {us} all
// roles of the store, {schema} its schema, {outbox} its outbox table, all quoted as values.
#pragma once

#include <string>

#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// Common table expressions, to follow others.
std::string VisitTables(const Layout&);
/// A JSON expression over them, see LocalRows.
std::string VisitDocument(const Layout&);
/// A JSON expression: the schemas that PlanServer cares for.
std::string SchemasDocument();

}  // namespace freehold::engines::postgres
