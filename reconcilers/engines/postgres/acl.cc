#include "reconcilers/engines/postgres/acl.h"

#include <algorithm>
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

/// The letter that an aclitem has for each right.
const std::map<std::string, char>& Letters() {
  static const std::map<std::string, char> kLetters = {
      {"SELECT", 'r'},  {"INSERT", 'a'}, {"UPDATE", 'w'},   {"DELETE", 'd'},     {"TRUNCATE", 'D'},
      {"TRIGGER", 't'}, {"USAGE", 'U'},  {"CREATE", 'C'},   {"CONNECT", 'c'},    {"TEMPORARY", 'T'},
      {"EXECUTE", 'X'}, {"SET", 's'},    {"MAINTAIN", 'm'}, {"REFERENCES", 'x'}, {"ALTER SYSTEM", 'A'}};
  return kLetters;
}

/// A role's name at the front of `text`, quoted or up to `end`; `text` goes on with what follows it.
std::string TakeName(std::string_view& text, char end) {
  if (!text.starts_with('"')) {
    const auto name = text.substr(0, text.find(end));
    text.remove_prefix(name.size());
    return std::string(name);
  }
  std::string name;
  for (text.remove_prefix(1); !text.empty(); text.remove_prefix(1)) {
    if (text.front() == '"') {
      text.remove_prefix(1);
      if (!text.starts_with('"')) break;
    }
    name += text.front();
  }
  return name;
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
  const auto letter = Letters().find(grant.privilege);
  return grant.grantee + "=" + (letter == Letters().end() ? grant.privilege : std::string(1, letter->second)) + "/" +
         grant.grantor;
}

std::vector<Grant> ParseAcl(std::string_view item) {
  const auto grantee = TakeName(item, '=');
  if (item.empty()) return {};
  item.remove_prefix(1);
  const auto letters = item.substr(0, item.find('/'));
  item.remove_prefix(std::min(item.size(), letters.size() + 1));
  const auto grantor = TakeName(item, ' ');
  std::vector<Grant> grants;
  for (const char letter : letters) {
    if (letter == '*' && !grants.empty()) grants.back().grantable = true;
    const auto known = std::ranges::find(Letters(), letter, [](const auto& entry) { return entry.second; });
    if (known != Letters().end()) grants.push_back({grantee, grantor, known->first, false});
  }
  return grants;
}

std::string Grantee(const std::string& role) { return role.empty() ? "PUBLIC" : QuoteName(role); }

}  // namespace freehold::engines::postgres
