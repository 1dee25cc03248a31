#include "reconcilers/engines/postgres/plan_roles.h"

#include <algorithm>
#include <map>
#include <set>

#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

class RolePlan {
 public:
  explicit RolePlan(const PlanContext& context) : c_(context), layout_(context.wanted.layout) {}

  Statements Run() {
    Owner();
    for (int which : {0, 1}) Login(which);
    Markers();
    Memberships();
    for (const auto& login : layout_.logins) Settings(login);
    Parameters();
    return std::move(statements_);
  }

 private:
  void Add(std::string statement) { statements_.push_back(std::move(statement)); }

  /// What a store's role never has. Some of it only a superuser takes away.
  std::string Demotions(const Role& role) const {
    std::string options;
    if (role.create_database) options += " NOCREATEDB";
    if (role.create_role) options += " NOCREATEROLE";
    if (!role.inherits) options += " INHERIT";
    if (!c_.admin.superuser) return options;
    if (role.superuser) options += " NOSUPERUSER";
    if (role.replication) options += " NOREPLICATION";
    if (role.bypass_rls) options += " NOBYPASSRLS";
    return options;
  }

  void Owner() {
    const auto& seen = c_.facts.owner();
    if (!seen) return Add("CREATE ROLE " + c_.owner + " NOLOGIN");
    auto options = Demotions(*seen);
    if (seen->can_login) options += " NOLOGIN";
    if (!options.empty()) Add("ALTER ROLE " + c_.owner + options);
  }

  void Login(int which) {
    const auto& wanted = c_.wanted.logins[which];
    const auto& seen = c_.facts.login(which);
    const auto name = QuoteName(layout_.logins[which]);
    const int connections = c_.wanted.connections.value_or(-1);
    const auto limit = " CONNECTION LIMIT " + std::to_string(connections);
    const std::string log_in = wanted.can_login ? " LOGIN" : " NOLOGIN";
    const auto password = wanted.new_verifier ? " PASSWORD " + QuoteValue(*wanted.new_verifier) : std::string();
    if (!seen) {
      return Add("CREATE ROLE " + name + log_in + (connections < 0 ? "" : limit) + password + " IN ROLE " + c_.owner);
    }
    auto options = Demotions(*seen);
    if (seen->can_login != wanted.can_login) options += log_in;
    if (seen->connections != connections) options += limit;
    if (wanted.new_verifier && wanted.new_verifier != seen->verifier) options += password;
    const bool may_have_password = c_.seen.verifiers_readable ? seen->verifier.has_value() : seen->can_login;
    if (!wanted.can_login && !wanted.new_verifier && may_have_password) options += " PASSWORD NULL";
    if (!options.empty()) Add("ALTER ROLE " + name + options);
  }

  void Markers() {
    const auto marker = PrintMarker(c_.wanted.marker);
    for (std::size_t i = 0; i < c_.us.size(); ++i) {
      const auto& seen = c_.facts.roles[i];
      if (seen && seen->comment == marker) continue;
      Add("COMMENT ON ROLE " + QuoteName(c_.us[i]) + " IS " + QuoteValue(marker));
    }
  }

  bool IsFullMember(const std::string& member, const std::string& role) const {
    return std::ranges::any_of(c_.facts.memberships, [&](const Membership& m) {
      return m.member == member && m.role == role && m.inherits && m.settable;
    });
  }

  void Memberships() {
    for (int which : {0, 1}) {
      const auto& login = layout_.logins[which];
      if (c_.facts.login(which) && !IsFullMember(login, layout_.owner)) Add(c_.Grant(c_.owner, login));
    }
    if (!c_.has_own_database) Join(ServicesRole(layout_.database));
    if (layout_.isolation == api::Isolation::kTables) Join(TablesRole(layout_.database));
    // What a superuser may do anyway, an admin of a managed server may do as a member only.
    std::vector<std::string> missing;
    for (const auto& role : c_.us) {
      if (!c_.admin.superuser && !IsFullMember(c_.admin.name, role)) missing.push_back(role);
    }
    if (!missing.empty()) Add(c_.Grant(QuoteNames(missing), c_.admin.name));
    for (const auto& membership : c_.facts.memberships) Review(membership);
  }

  void Join(const std::string& group) {
    if (!IsFullMember(layout_.owner, group)) Add(c_.Grant(QuoteName(group), layout_.owner));
  }

  bool IsFeed(const std::string& role) const { return std::ranges::count(c_.facts.feeds, role, &FeedRole::name) > 0; }

  void Review(const Membership& m) {
    if (IsFeed(m.role) && m.member != c_.admin.name) return Revoke(m, "");
    const bool own = m.role == layout_.owner && std::ranges::count(layout_.logins, m.member) > 0;
    const bool stranger = c_.IsUs(m.role) && !c_.IsAllowed(m.member);
    const bool twisted = c_.IsUs(m.role) && c_.IsUs(m.member) && !own;
    const bool ours = c_.IsUs(m.member) || IsFeed(m.member);
    const bool escape = ours && (m.role == c_.admin.name || m.role.starts_with("pg_"));
    if (stranger || twisted || escape) {
      Revoke(m, "");
    } else if (own && m.admin) {
      Revoke(m, "ADMIN OPTION FOR ");
    }
  }

  void Revoke(const Membership& m, const std::string& what) {
    // From 16 on a membership is of its grantor, and only who may act as the grantor revokes it.
    const bool may = c_.admin.superuser || c_.major < 16 || c_.IsAllowed(m.grantor);
    if (!may) return;
    Add("REVOKE " + what + QuoteName(m.role) + " FROM " + QuoteName(m.member) +
        (c_.major >= 16 ? " GRANTED BY " + QuoteName(m.grantor) : "") + " CASCADE");
  }

  void Settings(const std::string& login) {
    const auto seen = SettingsOf(login);
    const auto alter = "ALTER ROLE " + QuoteName(login);
    const auto now = [&](const char* key) {
      const auto found = seen.find(key);
      return found == seen.end() ? std::string() : found->second;
    };
    if (now("role") != layout_.owner) Add(alter + " SET role = " + QuoteValue(layout_.owner));
    const auto path = SearchPath(c_);
    if (ParseNames(now("search_path")) != path) Add(alter + " SET search_path = " + QuoteNames(path));
    const auto timeout =
        c_.wanted.statement_timeout ? std::to_string(c_.wanted.statement_timeout->count()) + "ms" : std::string();
    if (now("statement_timeout") != timeout) {
      Add(alter + (timeout.empty() ? " RESET statement_timeout" : " SET statement_timeout = " + QuoteValue(timeout)));
    }
    ResetInDatabases(login);
  }

  void Parameters() {
    if (!c_.admin.superuser) return;
    std::set<std::string> closed;
    for (const auto& grant : c_.facts.parameters) {
      closed.insert("REVOKE ALL ON PARAMETER " + QuoteName(grant.parameter) + " FROM " + QuoteName(grant.grantee) +
                    " CASCADE");
    }
    for (const auto& statement : closed) Add(statement);
  }

  std::map<std::string, std::string> SettingsOf(const std::string& login) const {
    std::map<std::string, std::string> settings;
    for (const auto& setting : c_.facts.settings) {
      if (setting.role != login || !setting.database.empty()) continue;
      for (const auto& value : setting.values) {
        const auto equals = value.find('=');
        settings[value.substr(0, equals)] = value.substr(equals + 1);
      }
    }
    return settings;
  }

  /// A setting for one database hides the one for all.
  void ResetInDatabases(const std::string& login) {
    for (const auto& setting : c_.facts.settings) {
      if (setting.role != login || setting.database.empty()) continue;
      for (const auto& value : setting.values) {
        const auto key = value.substr(0, value.find('='));
        if (key != "role" && key != "search_path" && key != "statement_timeout") continue;
        Add("ALTER ROLE " + QuoteName(login) + " IN DATABASE " + QuoteName(setting.database) + " RESET " + key);
      }
    }
  }

  const PlanContext& c_;
  const Layout& layout_;
  Statements statements_;
};

}  // namespace

Statements PlanRoles(const PlanContext& context) { return RolePlan(context).Run(); }

std::vector<std::string> SearchPath(const PlanContext& c) {
  std::vector<std::string> path = {c.wanted.layout.schema};
  if (c.local && c.has_own_database) {
    for (const auto& schema : c.local->schemas) {
      const bool taken = schema.owner == c.wanted.layout.owner || c.adopting;
      const bool legacy = schema.name == "public" ? schema.relations > 0 : taken;
      if (schema.name != c.wanted.layout.schema && schema.name != kExtensionSchema && legacy)
        path.push_back(schema.name);
    }
  }
  if (!c.wanted.extensions.empty()) path.push_back(kExtensionSchema);
  return path;
}

}  // namespace freehold::engines::postgres
