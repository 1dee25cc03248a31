#include "reconcilers/engines/postgres/plan_objects.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "reconcilers/engines/postgres/acl.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

class ObjectPlan {
 public:
  explicit ObjectPlan(const PlanContext& context) : c_(context), local_(*context.local) {}

  std::vector<std::string> Run() {
    std::vector<std::string> changes = Ownership();
    std::ranges::move(Rights(), std::back_inserter(changes));
    std::vector<std::string> statements;
    for (const auto& role : borrowed_) statements.push_back(c_.Borrow(role));
    std::ranges::move(changes, std::back_inserter(statements));
    for (const auto& role : borrowed_) statements.push_back(c_.HandBack(role));
    return statements;
  }

 private:
  /// Adopting takes all that the admin can take; otherwise superusers and the operator keep what they made, strangers
  /// don't.
  bool IsTaken(const Object& object) const {
    if (object.kind == "FOREIGN SERVER") return false;  // its new owner would need rights on the wrapper
    if (object.owner == c_.wanted.layout.owner || (object.owned_by_superuser && !c_.admin.superuser)) return false;
    if (object.owner == "pg_database_owner" && !c_.adopting) return false;
    if (c_.adopting) return true;
    if (object.owned_by_superuser || object.owner == c_.admin.name) return false;
    return object.reachable;
  }

  std::vector<std::string> Ownership() {
    std::vector<std::string> statements;
    for (const auto& object : local_.misowned) {
      if (!IsTaken(object)) continue;
      // By now the admin owns the database, and so is what pg_database_owner stands for.
      if (!object.reachable && object.owner != "pg_database_owner") borrowed_.insert(object.owner);
      taken_.insert(object.identity);
      statements.push_back("ALTER " + object.kind + " " + object.identity + " OWNER TO " + c_.owner);
    }
    for (const auto& table : c_.wanted.tables) {
      const auto seen = local_.tables.find(table);
      const bool takes =
          c_.wanted.adopt && seen != local_.tables.end() && !c_.IsUs(seen->second.role) && !seen->second.is_store;
      if (takes)
        statements.push_back("ALTER TABLE " + QuoteName(c_.wanted.layout.schema, table) + " OWNER TO " + c_.owner);
    }
    return statements;
  }

  /// An object's rights are revoked as its owner, so the admin must be able to act as the owner.
  bool MayRevoke(const Object& object) const {
    return object.reachable || c_.IsAllowed(object.owner) || taken_.contains(object.identity);
  }

  std::vector<std::string> Rights() const {
    std::map<std::string, std::set<std::string>> grantees;  // by "KIND identity"
    for (const auto& stray : local_.strays) {
      if (!MayRevoke(stray.object)) continue;
      auto& of = grantees[AsGranted(stray.object.kind) + " " + stray.object.identity];
      of.insert(stray.grant.grantee);
      // What a grantee passed on goes with what it was given.
      if (stray.grant.grantor != stray.object.owner) of.insert(stray.grant.grantor);
    }
    std::vector<std::string> statements;
    for (const auto& [object, roles] : grantees) {
      for (const auto& role : roles) {
        statements.push_back("REVOKE ALL ON " + object + " FROM " + (role.empty() ? "PUBLIC" : QuoteName(role)) +
                             " CASCADE");
      }
    }
    return statements;
  }

  const PlanContext& c_;
  const LocalRows& local_;
  std::set<std::string> borrowed_, taken_;
};

}  // namespace

void PlanObjects(const PlanContext& c, std::vector<std::string>& statements) {
  if (!c.local) return;
  std::ranges::move(ObjectPlan(c).Run(), std::back_inserter(statements));
}

}  // namespace freehold::engines::postgres
