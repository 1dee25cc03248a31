// The part of a query that looks inside the database where it runs. Templates: {owner} is the owner role, {us} all
// roles of the store, {schema} its schema, {outbox} its outbox table,
// {inbox} its inbox, {inbox_table} where the rows of that are, {channels} and {projections} what the names of its
// channels and of its projections' tables begin with, {projections_end} what comes after those, {cdc} the role that
// replicates its channels, all quoted as values.
#pragma once

#include <string>

#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// Common table expressions, to follow others.
std::string VisitTables(const Layout&);
/// A JSON expression over them, see LocalRows.
std::string VisitDocument(int major, const Layout&);
/// UNION … over them: the roles that are told of as owner or grantee.
std::string VisitedRoles(const Layout&);
/// A JSON expression over them: which of the schemas the role `c.oid` may use.
std::string UsableSchemas();
/// A JSON expression: the schemas that PlanServer cares for.
std::string SchemasDocument();

}  // namespace freehold::engines::postgres
