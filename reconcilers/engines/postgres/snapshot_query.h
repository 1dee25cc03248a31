// The looks at a server and at a store.
//
// They read catalogs only, by qualified built-ins; nothing that a tenant made is ever called.
#pragma once

#include <string>

#include "reconcilers/engines/postgres/shared_questions.h"
#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// Everything shared, of all stores. Asked in the shared database it also tells that database's schemas.
Questions ServerQuestions(const Dialect&, const std::string& shared_database);

/// What is shared, of one store, at a cost that does not grow with the number of stores; with `visit`, to be asked in
/// the store's database, also what every store has there.
Questions StoreQuestions(const Dialect&, const Layout&, bool visit);

/// What is shared of a store that was just made, as far as making it, or others since then, can have changed it.
Questions MadeQuestions(const Dialect&, const Layout&);

/// What is to be asked further where others have a part in the store, or with `visit` where there are traces of more.
Questions FurtherQuestions(const Dialect&, const Layout&, bool visit);

}  // namespace freehold::engines::postgres
