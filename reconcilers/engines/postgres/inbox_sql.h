// The SQL of an inbox, as templates. {table} … are quoted names in the operator's schema, {view} is in the service's.
#pragma once

#include <string>

#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// The templates' names filled in for one store.
std::string FillInbox(const std::string& text, const Layout&);

extern const char* const kInboxTable;
/// One per line of what belongs to it, each harmless when it is there.
extern const char* const kInboxPieces[8];
extern const char* const kInboxTake;
extern const char* const kInboxView;

}  // namespace freehold::engines::postgres
