#include "reconcilers/engines/postgres/hindrances.h"

#include <algorithm>

#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/plan_context.h"
#include "reconcilers/engines/postgres/plan_inbox.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

bool Has(const std::vector<Grant>& grants, const std::string& grantee, const std::string& right) {
  return std::ranges::any_of(grants, [&](const Grant& g) { return g.grantee == grantee && g.privilege == right; });
}

/// Goes the way of the service: login, database, role, schema, what is in it.
class Way {
 public:
  explicit Way(const PlanContext& context) : c_(context), layout_(context.wanted.layout) {}

  std::vector<std::string> Run() {
    if (!c_.facts.owner()) Tell("role " + layout_.owner + " does not exist");
    Database();
    for (int which : {0, 1}) {
      if (c_.wanted.logins[which].can_login) Login(which);
    }
    if (!c_.has_own_database) Group(ServicesRole(layout_.database));
    if (layout_.isolation == api::Isolation::kTables) Group(TablesRole(layout_.database));
    if (c_.local) Inside();
    return std::move(told_);
  }

 private:
  void Tell(std::string hindrance) { told_.push_back(std::move(hindrance)); }

  void Database() {
    const auto name = "database " + layout_.database;
    if (!c_.has_own_database) {
      if (!c_.local) Tell(name + " could not be looked into");
      return;
    }
    const auto& seen = c_.facts.database;
    if (!seen) return Tell(name + " does not exist");
    if (!seen->allows_connections) return Tell(name + " accepts no connections");
    if (seen->connections == 0) Tell(name + " has a connection limit of 0");
    if (!c_.local) Tell(name + " could not be looked into");
  }

  const Membership* MembershipOf(const std::string& member, const std::string& role) const {
    const auto found = std::ranges::find_if(
        c_.facts.memberships, [&](const Membership& m) { return m.member == member && m.role == role && m.settable; });
    return found == c_.facts.memberships.end() ? nullptr : &*found;
  }

  void Group(const std::string& group) {
    const auto* membership = MembershipOf(layout_.owner, group);
    if (!membership || !membership->inherits) Tell("role " + layout_.owner + " is no member of " + group);
  }

  void Login(int which) {
    const auto& name = layout_.logins[which];
    const auto& seen = c_.facts.login(which);
    if (!seen) return Tell("login " + name + " does not exist");
    if (!seen->can_login) return Tell("login " + name + " is closed");
    if (seen->connections == 0 && c_.wanted.connections != 0) Tell("login " + name + " has a connection limit of 0");
    const auto* membership = MembershipOf(name, layout_.owner);
    if (!membership) return Tell("login " + name + " is no member of " + layout_.owner);
    const bool inherits = membership->inherits && (c_.major >= 16 || seen->inherits);
    if (c_.has_own_database && c_.facts.database && !Enters(name, inherits)) {
      Tell("login " + name + " may not connect to database " + layout_.database);
    }
    if (Setting(name, "role") != layout_.owner) Tell("login " + name + " does not work as " + layout_.owner);
    const auto path = ParseNames(Setting(name, "search_path"));
    if (std::ranges::count(path, layout_.schema) == 0) {
      Tell("schema " + layout_.schema + " is not on the search_path of login " + name);
    }
  }

  bool Enters(const std::string& login, bool inherits) const {
    const auto& grants = c_.facts.database->grants;
    return Has(grants, "", "CONNECT") || Has(grants, login, "CONNECT") ||
           (inherits && Has(grants, layout_.owner, "CONNECT"));
  }

  /// One for its database hides the one for all.
  std::string Setting(const std::string& login, const std::string& key) const {
    std::string everywhere, here;
    for (const auto& setting : c_.facts.settings) {
      if (setting.role != login || (!setting.database.empty() && setting.database != layout_.database)) continue;
      for (const auto& value : setting.values) {
        if (value.starts_with(key + "=")) (setting.database.empty() ? everywhere : here) = value.substr(key.size() + 1);
      }
    }
    return here.empty() ? everywhere : here;
  }

  void Inside() {
    const auto& schemas = c_.local->schemas;
    const auto schema = std::ranges::find(schemas, layout_.schema, &Schema::name);
    if (layout_.isolation != api::Isolation::kTables) {
      if (schema == schemas.end()) return Tell("schema " + layout_.schema + " does not exist");
      for (const char* right : {"USAGE", "CREATE"}) {
        if (!Has(schema->grants, layout_.owner, right))
          Tell("role " + layout_.owner + " has no " + right + " on schema " + layout_.schema);
      }
    }
    for (const auto& extension : c_.wanted.extensions) {
      if (!c_.local->extensions.contains(extension)) Tell("extension " + extension + " does not exist");
    }
    if (c_.wanted.outbox) Outbox();
    if (!PlanInbox(c_).create.empty()) Tell("view " + layout_.schema + "." + InboxView(layout_) + " is not whole");
  }

  void Outbox() {
    const auto name = "table " + layout_.schema + "." + OutboxTable(layout_);
    const auto& seen = c_.local->outbox;
    if (!seen) return Tell(name + " does not exist");
    if (!seen->partitioned || seen->owner != c_.admin.name) return Tell(name + " is not the operator's");
    if (!Has(seen->grants, layout_.owner, "INSERT")) Tell("role " + layout_.owner + " has no INSERT on " + name);
  }

  const PlanContext& c_;
  const Layout& layout_;
  std::vector<std::string> told_;
};

}  // namespace

std::vector<std::string> HindrancesIn(const Store& wanted, const StoreSeen& seen) {
  const auto* detail = dynamic_cast<const StoreDetail*>(seen.detail.get());
  if (!detail) return {"the store was not looked at"};
  return Way(PlanContext(wanted, seen, *detail)).Run();
}

}  // namespace freehold::engines::postgres
