// How a text that nobody may read gets into a statement: by COPY into a temporary table, from which a block takes it.
// What is copied stands in no statement, so no setting of the server's and no failure brings it into a log, into
// statistics or into pg_stat_activity, and it takes no rights. pg_stat_statements that tracks what blocks run is told
// not to, which only a superuser may (see Capabilities::subscribe); pgaudit writes what blocks run.
#pragma once

#include <functional>
#include <string>

#include "reconcilers/engines/postgres/connection.h"

namespace freehold::engines::postgres {

/// The block that runs a statement in which {secret} stands for the text, as a literal.
std::string BySecret(const std::string& statement);

/// `run` with blocks of that kind; afterwards the text is gone from the session.
Result<void> WithSecret(Connection&, const base::Sensitive& secret, const std::function<Result<void>()>& run);

}  // namespace freehold::engines::postgres
