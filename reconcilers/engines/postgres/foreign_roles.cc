#include <algorithm>
#include <deque>
#include <set>

#include "reconcilers/engines/postgres/acl.h"
#include "reconcilers/engines/postgres/foreign.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

void ByDatabase(ForeignList& list) {
  const auto& database = list.detail.facts.database;
  if (!database) return;
  const auto path = "database " + database->name;
  const auto name = QuoteName(database->name);
  if (list.IsForeign(database->owner) && !database->owned_by_superuser) {
    list.Add({database->owner, "OWNER", path, Severity::kCritical, OwnerColumn("DATABASE") + ": " + database->owner,
              "ALTER DATABASE " + name + " OWNER TO " + QuoteName(list.admin)});
  }
  for (const auto& grant : database->grants) {
    if (!list.IsForeign(grant.grantee) || grant.grantee == database->owner) continue;
    list.Add({grant.grantee, grant.privilege, path, grant.privilege == "TEMPORARY" ? Severity::kLow : Severity::kHigh,
              AclColumn("DATABASE") + ": " + PrintAcl(grant),
              "REVOKE ALL ON DATABASE " + name + " FROM " + Grantee(grant.grantee) + " CASCADE"});
  }
  if (database->is_template) {
    list.Add({kDatabaseMakers, "TEMPLATE", path, Severity::kHigh, "pg_database.datistemplate: true",
              "ALTER DATABASE " + name + " WITH IS_TEMPLATE false"});
  }
}

struct Attribute {
  bool has;
  const char* name;
  const char* column;
  Severity severity;
};

void ListAttributes(ForeignList& list, const std::string& role, const std::vector<Attribute>& attributes) {
  for (const auto& attribute : attributes) {
    if (!attribute.has) continue;
    list.Add({role, attribute.name, "attribute of " + role, attribute.severity,
              std::string("pg_roles.") + attribute.column + ": true",
              "ALTER ROLE " + QuoteName(role) + " NO" + attribute.name});
  }
}

/// What a role of a store never has, and that of its feeds neither, REPLICATION aside.
void ByAttribute(ForeignList& list) {
  const auto attributes = [](const auto& role, bool replicates) -> std::vector<Attribute> {
    return {{role.superuser, "SUPERUSER", "rolsuper", Severity::kCritical},
            {replicates, "REPLICATION", "rolreplication", Severity::kCritical},
            {role.create_role, "CREATEROLE", "rolcreaterole", Severity::kHigh},
            {role.create_database, "CREATEDB", "rolcreatedb", Severity::kMedium},
            {role.bypass_rls, "BYPASSRLS", "rolbypassrls", Severity::kMedium}};
  };
  for (const auto& role : list.detail.facts.roles) {
    if (role) ListAttributes(list, role->name, attributes(*role, role->replication));
  }
  for (const auto& feed : list.detail.facts.feeds) ListAttributes(list, feed.name, attributes(feed, false));
}

/// Strangers in the store's roles or in that of its feeds, by whatever chain of memberships.
class Members {
 public:
  explicit Members(ForeignList& list) : list_(list) {}

  void Run() {
    for (const auto& role : list_.Doors()) front_.push_back({role, role, "", ""});
    for (; !front_.empty(); front_.pop_front()) {
      for (const auto& m : list_.detail.facts.memberships) {
        if (m.role == front_.front().role) Follow(front_.front(), m);
      }
    }
  }

 private:
  struct Link {
    std::string role;
    std::string of_store;  ///< the role that the chain ends at
    std::string chain;     ///< from the one to the other; empty: they are the same
    std::string remedy;    ///< breaks the chain at the store's role
  };

  static std::string Options(const Membership& m) {
    std::string options;
    for (const auto& [has, name] : {std::pair{m.admin, "ADMIN"}, {m.inherits, "INHERIT"}, {m.settable, "SET"}}) {
      if (has) options += std::string(options.empty() ? "" : ", ") + name;
    }
    return options.empty() ? "no option" : options;
  }

  Severity SeverityOf(const std::string& member, const std::string& role, const Membership& m) const {
    if (list_.reach.IsOpenBy(member, role)) return Severity::kCritical;
    return m.admin || m.inherits || m.settable ? Severity::kHigh : Severity::kLow;
  }

  void Follow(const Link& above, const Membership& m) {
    if (list_.IsOfStore(m.member) || m.of_superuser) return;
    const auto chain = "member of " + above.role + (above.chain.empty() ? "" : ", " + above.chain);
    const auto& shared = list_.detail.rows.shared;
    const auto revoke = "REVOKE " + QuoteName(m.role) + " FROM " + QuoteName(m.member) +
                        (shared.major >= 16 ? " GRANTED BY " + QuoteName(m.grantor) : "") + " CASCADE";
    const auto remedy = above.remedy.empty() ? revoke : above.remedy;
    const bool is_admin = m.member == list_.admin;
    if (!is_admin) {
      list_.Add({m.member, "MEMBER", chain, SeverityOf(m.member, above.of_store, m),
                 "pg_auth_members: " + m.role + " to " + m.member + " by " + m.grantor + " (" + Options(m) + ")",
                 remedy});
    }
    // The admin stays a member; who is a member of the admin does not.
    if (seen_.insert(m.member).second) front_.push_back({m.member, above.of_store, chain, is_admin ? "" : remedy});
  }

  ForeignList& list_;
  std::deque<Link> front_;
  std::set<std::string> seen_;
};

/// These roles in what reaches further than the store, by whatever chain of memberships.
void ByEscape(ForeignList& list) {
  struct Link {
    std::string role;
    const Membership* first = nullptr;  ///< of one of these roles
  };
  std::deque<Link> front;
  std::set<std::string> seen;
  for (const auto& role : list.Doors()) front.push_back({role});
  for (; !front.empty(); front.pop_front()) {
    for (const auto& m : list.detail.facts.memberships) {
      if (m.member != front.front().role || list.IsOfStore(m.role) || !seen.insert(m.role).second) continue;
      const auto& first = front.front().first ? *front.front().first : m;
      front.push_back({m.role, &first});
      if (m.role != list.admin && !m.role.starts_with("pg_") && !m.in_superuser) continue;
      const auto way = &first == &m ? std::string() : ", by way of " + first.role;
      list.Add({first.member, "MEMBER", "member of " + m.role + way,
                m.in_superuser ? Severity::kCritical : Severity::kHigh,
                "pg_auth_members: " + m.role + " to " + m.member + " by " + m.grantor,
                "REVOKE " + QuoteName(first.role) + " FROM " + QuoteName(first.member) + " CASCADE"});
    }
  }
}

/// Who need not even know a password.
void ByTrust(ForeignList& list) {
  for (const auto& line : list.detail.facts.trusted) {
    std::string users;
    for (const auto& user : line.users) users += (users.empty() ? "" : ",") + user;
    list.Add({"anybody at " + line.address, "LOGIN",
              "pg_hba.conf, line " + std::to_string(line.number) + ": trust for " + users, Severity::kCritical,
              "pg_hba_file_rules: auth_method trust from " + line.address,
              "let that line ask for scram-sha-256, then SELECT pg_reload_conf()"});
  }
}

void ByReacher(ForeignList& list) {
  for (const auto& reacher : list.detail.facts.reachers) {
    if (HasOwnDatabase(list.layout) && list.IsOfStore(reacher.role)) continue;
    const auto there = ", may connect to " + list.layout.database;
    const auto role = QuoteName(reacher.role);
    if (reacher.role == reacher.through) {
      list.Add({reacher.role, "REPLICATION", "attribute of " + reacher.role + there, Severity::kCritical,
                "pg_roles.rolreplication: true", "ALTER ROLE " + role + " NOREPLICATION"});
      continue;
    }
    list.Add({reacher.role, reacher.through.starts_with("pg_") ? "MEMBER" : "REPLICATION",
              "member of " + reacher.through + there,
              reacher.through == "pg_maintain" ? Severity::kMedium : Severity::kCritical,
              "pg_auth_members: " + reacher.by + " to " + reacher.role,
              "REVOKE " + QuoteName(reacher.by) + " FROM " + role});
  }
}

void ByParameter(ForeignList& list) {
  for (const auto& grant : list.detail.facts.parameters) {
    list.Add(
        {grant.grantee, grant.privilege, "parameter " + grant.parameter, Severity::kMedium,
         "pg_parameter_acl: " + grant.privilege + " to " + grant.grantee,
         "REVOKE ALL ON PARAMETER " + QuoteName(grant.parameter) + " FROM " + QuoteName(grant.grantee) + " CASCADE"});
  }
}

void BySession(ForeignList& list) {
  const auto& database = list.detail.facts.database;
  if (!database) return;
  for (const auto& [role, sessions] : list.detail.rows.sessions) {
    if (!list.IsForeign(role)) continue;
    list.Add({role, "SESSION", "open session in database " + database->name, Severity::kHigh,
              "pg_stat_activity: " + std::to_string(sessions) + " of " + role,
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = " + QuoteValue(role) +
                  " AND datname = " + QuoteValue(database->name)});
  }
}

void BySlot(ForeignList& list) {
  for (const auto& slot : list.detail.rows.slots) {
    list.Add({slot.role.empty() ? kReplicators : slot.role, "REPLICATION",
              "replication slot " + slot.name + " of database " + list.layout.database, Severity::kHigh,
              "pg_replication_slots: " + slot.name + (slot.role.empty() ? ", not in use" : ", read by " + slot.role),
              "SELECT pg_drop_replication_slot(" + QuoteValue(slot.name) + ")"});
  }
  if (!HasOwnDatabase(list.layout)) return;
  for (const auto& slot : list.detail.facts.other_slots) {
    list.Add({kReplicators, "REPLICATION", "replication slot " + slot + " of database " + list.layout.database,
              Severity::kHigh, "pg_replication_slots: " + slot + ", of none of the store's feeds",
              "SELECT pg_drop_replication_slot(" + QuoteValue(slot) + ")"});
  }
}

}  // namespace

void ListRoles(ForeignList& list) {
  ByDatabase(list);
  ByAttribute(list);
  Members(list).Run();
  ByEscape(list);
  ByTrust(list);
  ByReacher(list);
  ByParameter(list);
  BySession(list);
  BySlot(list);
}

}  // namespace freehold::engines::postgres
