// Who else could have a hand in a store. Templates as in visit_questions.h.
#pragma once

#include <string>

#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// {"actors": the roles that have a part in the store and whoever may act as one of them, see Actor; "bonds": by what
/// memberships; "outlets": through what they see it, see Outlet; "fed": what feeds may, see FedRows}. To be asked in the
/// store's database.
std::string CrowdQuestion(int major, const Layout&);
/// The same as far as it shows outside of that database.
std::string CrowdOutsideQuestion(const Layout&);

/// May the database have an outlet, or anything of events or of reports? If not, there is none of all that.
std::string TracesQuestion(const Layout&);

}  // namespace freehold::engines::postgres
