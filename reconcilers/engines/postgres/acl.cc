#include "reconcilers/engines/postgres/acl.h"

#include <map>

#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

struct Columns {
  std::string owner, acl;
};

const Columns& ColumnsOf(const std::string& kind) {
  static const std::map<std::string, Columns> kColumns = {
      {"DATABASE", {"pg_database.datdba", "pg_database.datacl"}},
      {"SCHEMA", {"pg_namespace.nspowner", "pg_namespace.nspacl"}},
      {"ROUTINE", {"pg_proc.proowner", "pg_proc.proacl"}},
      {"TYPE", {"pg_type.typowner", "pg_type.typacl"}},
      {"LARGE OBJECT", {"pg_largeobject_metadata.lomowner", "pg_largeobject_metadata.lomacl"}},
      {"FOREIGN SERVER", {"pg_foreign_server.srvowner", "pg_foreign_server.srvacl"}},
  };
  static const Columns kOfRelations = {"pg_class.relowner", "pg_class.relacl"};
  const auto found = kColumns.find(kind);
  return found == kColumns.end() ? kOfRelations : found->second;
}

}  // namespace

std::string AsGranted(const std::string& kind) {
  for (const auto* same : {"SCHEMA", "SEQUENCE", "ROUTINE", "TYPE", "LARGE OBJECT", "FOREIGN SERVER"}) {
    if (kind == same) return kind;
  }
  return "TABLE";
}

std::string OwnerColumn(const std::string& kind) { return ColumnsOf(kind).owner; }

std::string AclColumn(const std::string& kind) { return ColumnsOf(kind).acl; }

std::string PrintAcl(const Grant& grant) {
  static const std::map<std::string, std::string> kLetters = {
      {"SELECT", "r"},  {"INSERT", "a"}, {"UPDATE", "w"},   {"DELETE", "d"},    {"TRUNCATE", "D"},
      {"TRIGGER", "t"}, {"USAGE", "U"},  {"CREATE", "C"},   {"CONNECT", "c"},   {"TEMPORARY", "T"},
      {"EXECUTE", "X"}, {"SET", "s"},    {"MAINTAIN", "m"}, {"REFERENCES", "x"}};
  const auto letter = kLetters.find(grant.privilege);
  return grant.grantee + "=" + (letter == kLetters.end() ? grant.privilege : letter->second) + "/" + grant.grantor;
}

std::string Grantee(const std::string& role) { return role.empty() ? "PUBLIC" : QuoteName(role); }

}  // namespace freehold::engines::postgres
