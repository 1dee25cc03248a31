#include "reconcilers/engines/postgres/blank.h"

namespace freehold::engines::postgres {

SharedRows BlankRows() {
  const std::string admin = "postgres";
  SharedRows rows;
  rows.version = "18";
  rows.major = 18;
  rows.admin.name = admin;
  rows.admin.superuser = rows.admin.create_database = rows.admin.create_role = rows.admin.can_login = true;
  rows.admin_signals = true;
  rows.verifiers_readable = true;
  for (const auto* name : {"postgres", "template1"}) {
    Database database;
    database.name = name;
    database.owner = admin;
    database.owned_by_superuser = database.reachable = true;
    database.grants = {{"", admin, "CONNECT"}};
    rows.databases.push_back(std::move(database));
  }
  return rows;
}

}  // namespace freehold::engines::postgres
