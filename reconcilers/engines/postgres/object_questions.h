// What is in a store, whose it is and who has rights on it. Templates as in visit_questions.h.
#pragma once

#include <string>

#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// {"misowned": …, "strays": …, "publications": …, "mentioned": the roles that own or may use something}.
/// Among the strays is what FedRows tells.
std::string ObjectsQuestion(int major, const Layout&);

/// Common table expressions: `us` and `lord`, the roles of the store and those whose rights are nobody's business;
/// `here`, the database; `ours`, what is the store's, and `access`, who has which right on it.
std::string ObjectTables(const Layout&);

/// What of the strays a FeedRole of the store is there for: an expression, and the common table expressions that it
/// needs to follow those of ObjectTables.
std::string FedRows(int major, const Layout&);
std::string FedTables();

/// A condition on the schemas that are looked into.
std::string SpaceOf(const Layout&);
/// A condition on large objects `m`: the store's, or what a database of its own has.
std::string LargeObjectsOf(const Layout&);

}  // namespace freehold::engines::postgres
