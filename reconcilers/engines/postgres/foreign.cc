#include <algorithm>
#include <cctype>

#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/store_view.h"

namespace freehold::engines::postgres {
namespace {

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

class Foreigners {
 public:
  Foreigners(const StoreDetail& detail, const Layout& layout) : detail_(detail), layout_(layout), us_(RolesOf(layout)) {
    us_.push_back(detail.rows.shared.admin.name);
  }

  std::vector<ForeignAccess> All() {
    ByDatabase();
    ByMembership();
    if (detail_.rows.local) {
      ByRight(*detail_.rows.local);
      ByOwnership(*detail_.rows.local);
      ByDefault(*detail_.rows.local);
    }
    return std::move(found_);
  }

 private:
  bool IsForeign(const std::string& role) const { return std::ranges::count(us_, role) == 0; }

  void Add(const std::string& principal, const std::string& right, const std::string& path) {
    ForeignAccess access{principal.empty() ? "PUBLIC" : principal, right, path};
    if (std::ranges::count(found_, access) == 0) found_.push_back(std::move(access));
  }

  void ByDatabase() {
    const auto& database = detail_.facts.database;
    if (!database) return;
    const auto path = "database " + database->name;
    if (IsForeign(database->owner) && !database->owned_by_superuser) Add(database->owner, "OWNER", path);
    for (const auto& grant : database->grants) {
      if (IsForeign(grant.grantee) && grant.grantee != database->owner) Add(grant.grantee, grant.privilege, path);
    }
  }

  void ByMembership() {
    for (const auto& m : detail_.facts.memberships) {
      // Strangers in our roles; our roles in what reaches everybody.
      const auto path = "member of " + m.role;
      if (m.role == us_.back() || m.role.starts_with("pg_")) {
        Add(m.member, "MEMBER", path);
      } else if (!IsForeign(m.role) && IsForeign(m.member)) {
        Add(m.member, "MEMBER", path);
      }
    }
    for (const auto& reacher : detail_.facts.reachers) {
      Add(reacher.role, "MEMBER", "member of " + reacher.through + ", may connect to " + layout_.database);
    }
  }

  void ByRight(const LocalRows& local) {
    for (const auto& stray : local.strays) {
      // Closed where the admin may; nobody else connects to a database of a store's own.
      const bool open_public = stray.object.kind == "SCHEMA" && stray.object.identity == "public";
      if (open_public && stray.grant.grantee.empty()) continue;
      const auto what = stray.column.empty() ? Lower(stray.object.kind) + " " : "column " + stray.column + " of ";
      Add(stray.grant.grantee, stray.grant.privilege, what + stray.object.identity);
    }
  }

  void ByOwnership(const LocalRows& local) {
    for (const auto& object : local.misowned) {
      if (object.owned_by_superuser || !IsForeign(object.owner) || object.owner == "pg_database_owner") continue;
      Add(object.owner, "OWNER", Lower(object.kind) + " " + object.identity);
    }
  }

  void ByDefault(const LocalRows& local) {
    for (const auto& row : local.defaults) {
      for (const auto& grant : row.grants) {
        if (IsForeign(grant.grantee)) Add(grant.grantee, grant.privilege, "default privileges of " + row.role);
      }
    }
  }

  const StoreDetail& detail_;
  const Layout& layout_;
  std::vector<std::string> us_;  // the admin last
  std::vector<ForeignAccess> found_;
};

}  // namespace

std::vector<ForeignAccess> ForeignIn(const StoreDetail& detail, const Layout& layout) {
  return Foreigners(detail, layout).All();
}

}  // namespace freehold::engines::postgres
