// The sorts of text that fields hold: names of Kubernetes objects, names inside a database, names of events.
#pragma once

#include <string>

#include "reconcilers/api/schema/rules.h"

namespace freehold::api {

/// The longest role made for a store is "<name>_owner", and PostgreSQL cuts names at 63 bytes.
inline constexpr std::size_t kLongestStoreName = 57;

/// Names that databases, schemas and roles of a service can't have, and prefixes they can't begin with.
const std::vector<std::string>& ReservedNames();
const std::vector<std::string>& ReservedPrefixes();
bool IsReserved(const std::string& name);

schema::Text ServiceName();       ///< a DNS label that begins with a letter
schema::Text ServiceReference();  ///< "catalog" or "other-namespace/catalog"
schema::Text NamespacedName();    ///< "namespace/name"
schema::Text ObjectName();        ///< metadata.name of an object of ours
schema::Text SecretName();
schema::Text ServiceAccountName();
schema::Text StoreName();  ///< a physical name: an identifier, not reserved, short enough for what is derived
schema::Text Identifier(const std::string& what);  ///< a lower case SQL identifier: "a table", "a column"
schema::Text ProjectionName();                     ///< a table that no other table of the operator's is called like
schema::Text ProjectedColumnName();
/// Where in an event a value is: "aggregateid", "source", "created_at", or members and items of the payload:
/// $.price.amount, $.lines[0]."unit-price". All of it is a path in SQL/JSON, too.
schema::Text EventPath();
schema::Text CamelCase(const std::string& what);  ///< "an event", "an aggregate"
schema::Text ExtensionName();
schema::Text HostName();
schema::Text HttpUrl();
schema::Text HostAndPort();  ///< "kafka.example:9093"
schema::Text TopicPrefix();
schema::Text DirectoryPath();
schema::Text RootCert();  ///< what libpq takes as sslrootcert: the whole path of a file, or "system"
schema::Text SharedDatabaseName();
schema::Text Day();  ///< "2027-03-31", a day that exists
schema::Text Prose(std::size_t max_length);

}  // namespace freehold::api
