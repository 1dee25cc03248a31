// Rights as the catalogs keep them and as statements name them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reconcilers/engines/postgres/snapshot.h"

namespace freehold::engines::postgres {

/// What GRANT … ON calls an object of this kind: views are tables to it.
std::string AsGranted(const std::string& kind);
/// The catalog's columns that tell who owns an object of this kind, and who may use it: "pg_class.relacl".
std::string OwnerColumn(const std::string& kind);
std::string AclColumn(const std::string& kind);
/// As an aclitem prints: "payments=r/orders_db_owner".
std::string PrintAcl(const Grant&);
/// The rights of an aclitem as it prints, `"odd ""one"""=CTc*/orders_db_owner`: one for each letter, PUBLIC as "". What
/// has no such form, and letters that are not known, are left out. PostgreSQL 18, 5.8. Privileges.
std::vector<Grant> ParseAcl(std::string_view item);
/// "PUBLIC", or the name quoted.
std::string Grantee(const std::string& role);

}  // namespace freehold::engines::postgres
