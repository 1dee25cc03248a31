// What a database is asked of one store that lives in it. Templates besides those of shared_questions.h: {owner} is the
// owner role, {us} all roles of the store, {schema} its schema, {outbox} its outbox table, {inbox} its inbox,
// {inbox_table} where the rows of that are, {channels} and {projections} what the names of its channels and of its
// projections' tables begin with, {projections_end} what comes after those, {cdc} the role that replicates its
// channels, {report} what is published of it, all quoted as values; {replicators} and {reports} arrays of names.
#pragma once

#include <string>

#include "reconcilers/engines/postgres/look.h"
#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// What every store has there, see LocalRows.
Questions VisitQuestions(int major, const Layout&);

/// A query of one JSON value: the schemas that PlanServer cares for.
std::string SharedSchemasQuestion();

/// See LocalRows::ways_out.
std::string WaysOutQuestion();
/// Others' publications of all tables of the database, those that are still to come among them.
std::string PublicationsOfAllQuestion();

}  // namespace freehold::engines::postgres
