#include <algorithm>
#include <cctype>
#include <set>

#include "reconcilers/engines/postgres/acl.h"
#include "reconcilers/engines/postgres/foreign.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// What a right is worth to who can use it.
Severity WorthOf(const Object& object, const std::string& right) {
  static const std::set<std::string> kData = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"};
  if (kData.contains(right) || (right == "EXECUTE" && object.definer)) return Severity::kCritical;
  if (right == "TRIGGER" || right == "CREATE") return Severity::kHigh;
  if (object.kind == "TYPE" || right == "EXECUTE") return Severity::kLow;
  return Severity::kMedium;
}

class Objects {
 public:
  Objects(ForeignList& list, const LocalRows& local) : list_(list), local_(local) {}

  void Run() {
    for (const auto& stray : local_.strays) ByRight(stray);
    for (const auto& object : local_.misowned) ByOwnership(object);
    for (const auto& row : local_.defaults) ByDefault(row);
    for (const auto& outlet : local_.outlets) ByOutlet(outlet);
    for (const auto& way : local_.ways_out) ByWayOut(way);
    for (const auto& mapping : local_.mappings) ByMapping(mapping);
    for (const auto& publication : local_.publications) ByPublication(publication);
    if (local_.large_objects_open && list_.reach.IsOpen("")) ByCompatibility();
  }

 private:
  /// What can't be reached for want of USAGE on the schema, or of CONNECT, is less than it is worth.
  Severity SeverityOf(Severity worth, const std::string& role, const std::string& schema) const {
    if (list_.reach.IsOpen(role, schema)) return worth;
    return list_.reach.IsOpen(role) ? std::min(worth, Severity::kMedium) : Severity::kLow;
  }

  /// PUBLIC has EXECUTE and USAGE by nature; they need the schema's USAGE to be of any use.
  bool IsOpenByNatureOnly(const ObjectGrant& stray) const {
    const auto& object = stray.object;
    if (!stray.grant.grantee.empty() || list_.reach.IsOpen("", object.schema)) return false;
    if (object.kind == "SCHEMA") return object.identity == "public";
    if (object.kind != "ROUTINE" && object.kind != "TYPE") return false;
    return object.schema == "public" || std::ranges::none_of(local_.schemas, [&](const Schema& schema) {
             return schema.name == object.schema && std::ranges::any_of(schema.grants, [](const Grant& grant) {
                      return grant.grantee.empty() && grant.privilege == "USAGE";
                    });
           });
  }

  void ByRight(const ObjectGrant& stray) {
    if (IsOpenByNatureOnly(stray)) return;
    const auto& object = stray.object;
    const auto& grant = stray.grant;
    const auto what = stray.column.empty() ? Lower(object.kind) + " " : "column " + stray.column + " of ";
    const auto acl = stray.column.empty() ? AclColumn(object.kind) : "pg_attribute.attacl";
    list_.Add({grant.grantee, grant.privilege, what + object.identity,
               SeverityOf(WorthOf(object, grant.privilege), grant.grantee, object.schema),
               acl + ": " + PrintAcl(grant) + Definer(object), Revoke(object, grant.grantee)});
  }

  static std::string Revoke(const Object& object, const std::string& grantee) {
    return "REVOKE ALL ON " + AsGranted(object.kind) + " " + object.identity + " FROM " + Grantee(grantee) + " CASCADE";
  }

  static std::string Definer(const Object& object) {
    if (!object.definer) return {};
    return std::string("; SECURITY DEFINER of ") + object.owner +
           (object.pinned ? "" : " without a search_path of its own");
  }

  void ByOwnership(const Object& object) {
    if (object.owned_by_superuser || !list_.IsForeign(object.owner) || object.owner == "pg_database_owner") return;
    const auto worth = object.kind == "FOREIGN SERVER" ? Severity::kMedium : Severity::kCritical;
    const auto schema = object.kind == "SCHEMA" ? std::string() : object.schema;
    list_.Add({object.owner, "OWNER", Lower(object.kind) + " " + object.identity,
               SeverityOf(worth, object.owner, schema), OwnerColumn(object.kind) + ": " + object.owner,
               "ALTER " + object.kind + " " + object.identity + " OWNER TO " + QuoteName(list_.layout.owner)});
  }

  void ByDefault(const DefaultAcl& row) {
    for (const auto& grant : row.grants) {
      if (!list_.IsForeign(grant.grantee)) continue;
      list_.Add({grant.grantee, grant.privilege, "default privileges of " + row.role,
                 list_.reach.IsOpen(grant.grantee) ? Severity::kHigh : Severity::kLow,
                 "pg_default_acl.defaclacl: " + PrintAcl(grant) + " on " + Lower(row.kind),
                 "ALTER DEFAULT PRIVILEGES FOR ROLE " + QuoteName(row.role) +
                     (row.schema.empty() ? "" : " IN SCHEMA " + QuoteName(row.schema)) + " REVOKE ALL ON " + row.kind +
                     " FROM " + Grantee(grant.grantee)});
    }
  }

  void ByOutlet(const Outlet& outlet) {
    const auto& object = outlet.object;
    list_.Add({outlet.grant.grantee, outlet.grant.privilege,
               Lower(object.kind) + " " + object.identity + " with the rights of " + object.owner,
               list_.reach.IsOpen(outlet.grant.grantee) ? Severity::kCritical : Severity::kLow,
               AclColumn(object.kind) + ": " + PrintAcl(outlet.grant) + Definer(object),
               Revoke(object, outlet.grant.grantee)});
  }

  /// To whomever it is open, the store's own roles among them: it leads to all other stores of the server.
  void ByWayOut(const WayOut& way) {
    const bool runs = way.kind == "ROUTINE";
    list_.Add({way.grantee, way.privilege, Lower(way.kind) + " " + way.identity + ": " + way.why,
               runs ? Severity::kHigh : Severity::kMedium,
               (runs ? "pg_proc.proacl: " : "pg_foreign_data_wrapper.fdwacl: ") + way.privilege + " to " +
                   (way.grantee.empty() ? "PUBLIC" : way.grantee),
               "REVOKE ALL ON " + way.kind + " " + way.identity + " FROM " + Grantee(way.grantee) + " CASCADE"});
  }

  void ByMapping(const UserMapping& mapping) {
    list_.Add({mapping.role, "USER MAPPING", "foreign server " + mapping.server, Severity::kMedium,
               "pg_user_mappings: " + mapping.role + " at " + mapping.server,
               "DROP USER MAPPING FOR " + QuoteName(mapping.role) + " SERVER " + QuoteName(mapping.server)});
  }

  void ByPublication(const Publication& publication) {
    list_.Add({kReplicators, "PUBLICATION", "publication " + publication.name + " of " + publication.tables,
               Severity::kMedium, "pg_publication.pubowner: " + publication.owner,
               "DROP PUBLICATION " + QuoteName(publication.name)});
  }

  void ByCompatibility() {
    list_.Add({"PUBLIC", "SELECT", "large objects of database " + list_.layout.database, Severity::kCritical,
               "lo_compat_privileges: on",
               "set lo_compat_privileges = off in postgresql.conf, and for database and roles"});
  }

  ForeignList& list_;
  const LocalRows& local_;
};

}  // namespace

void ListObjects(ForeignList& list, const LocalRows& local) { Objects(list, local).Run(); }

}  // namespace freehold::engines::postgres
