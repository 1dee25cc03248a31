// Names that follow from a layout or from the server's shared database.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// Where extensions live: a schema that no tenant may write, so that nothing planted is found by their scripts.
inline constexpr const char* kExtensionSchema = "extensions";

/// Where the operator keeps what services have a part in and must not own: no service may use it.
inline constexpr const char* kOperatorSchema = "freehold";

/// Database or Instance mode: nobody shares its database.
bool HasOwnDatabase(const Layout&);
/// The owner, then the logins.
std::vector<std::string> RolesOf(const Layout&);
/// The outbox of a store: "outbox"; in Tables mode, where the schema is shared, "<name>_outbox".
std::string OutboxTable(const Layout&);
/// What a service sees of its inbox: "inbox"; in Tables mode "<name>_inbox".
std::string InboxView(const Layout&);
/// Where its rows are, in the operator's schema: "<name>_inbox".
std::string InboxTable(const Layout&);
/// What the tables of a store's projections begin with; those of no other store do.
std::string ProjectionPrefix(const Layout&);
/// The first name, in the order of bytes, that comes after all that begin so.
std::string ProjectionPrefixEnd(const Layout&);
/// The table of a projection, "orders_db/product_copies@1f3a…", in the operator's schema.
std::string ProjectionTable(const Layout&, const std::string& table, const std::string& digest);
/// Which events could not be applied to projections: "<name>_inbox_failed".
std::string FailuresTable(const Layout&);
/// What is notified when events arrive: "<schema>_inbox".
std::string InboxChannel(const Layout&);
/// The comment of a channel's table at its publisher: "freehold: from orders.outbox".
std::string OutgoingMark(const Layout&);
/// What is published of a feed: everything, all but TRUNCATE, or what is added only. Its slot has the first name.
std::string ReportName(const std::string& feed, Sent sent = Sent::kEverything);
/// What a slot of the operator's is for.
Feed FeedOfSlot(const std::string& slot);
/// The role that may connect to the shared database; owner roles are its members, because grants of many at once on one
/// database fail.
std::string ServicesRole(const std::string& shared_database);
/// The role that may make tables in the shared schema, for the same reason.
std::string TablesRole(const std::string& shared_database);

}  // namespace freehold::engines::postgres
