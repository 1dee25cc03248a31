#include "reconcilers/engines/postgres/plan_removal.h"

#include <algorithm>
#include <iterator>

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/plan_cdc.h"
#include "reconcilers/engines/postgres/plan_inbox.h"
#include "reconcilers/engines/postgres/plan_landing.h"
#include "reconcilers/engines/postgres/plan_outgoing.h"
#include "reconcilers/engines/postgres/plan_projections.h"
#include "reconcilers/engines/postgres/plan_report.h"
#include "reconcilers/engines/postgres/plan_sessions.h"
#include "reconcilers/engines/postgres/plan_tool.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

class Removal {
 public:
  Removal(const Layout& layout, const std::string& uid, const StoreSeen& seen, const StoreDetail& detail)
      : layout_(layout),
        uid_(uid),
        seen_(seen),
        detail_(detail),
        facts_(detail.facts),
        admin_(QuoteName(detail.rows.shared.admin.name)),
        own_(HasOwnDatabase(layout)) {
    const auto names = RolesOf(layout);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (IsOurs(facts_.roles[i], uid)) (i == 0 ? owner_ : logins_).push_back(names[i]);
    }
    container_ = ContainerIsOurs(uid);
    released_ = QuoteValue(PrintMarker({"", NameOfOwner(uid)}));
  }

  bool Nothing() const { return owner_.empty() && logins_.empty() && !container_; }

  std::vector<Step> Delete() {
    EndAccess();
    auto roles = owner_;
    roles.insert(roles.end(), logins_.begin(), logins_.end());
    if (own_ && container_) {
      // Slots and subscriptions keep a database from being dropped.
      Statements end;
      EndChannels(end);
      Add("end-channels", layout_.database, Inside(), std::move(end));
      DropDatabase();
    }
    LeaveElsewhere(roles);
    Statements drop;
    if (!own_) DropInside(drop);
    if (!roles.empty()) {
      drop.push_back("DROP OWNED BY " + QuoteNames(roles) + " CASCADE");
      drop.push_back("DROP ROLE " + QuoteNames(roles));
    }
    Add(own_ ? "drop-roles" : "drop-schema", layout_.owner, own_ ? "" : Inside(), std::move(drop));
    return std::move(steps_);
  }

  std::vector<Step> Retain() {
    EndAccess();
    LeaveElsewhere(logins_);
    Statements release;
    if (HasInbox()) std::ranges::move(CloseInbox(layout_), std::back_inserter(release));
    EndChannels(release);
    if (!logins_.empty()) {
      if (!owner_.empty() && !Inside().empty()) {
        release.push_back("REASSIGN OWNED BY " + QuoteNames(logins_) + " TO " + QuoteName(layout_.owner));
      }
      release.push_back("DROP OWNED BY " + QuoteNames(logins_));
      release.push_back("DROP ROLE " + QuoteNames(logins_));
    }
    Release(release, owner_);
    Add("release-store", layout_.owner, Inside(), std::move(release));
    return std::move(steps_);
  }

  std::vector<Step> Orphan() {
    Statements release;
    auto roles = owner_;
    roles.insert(roles.end(), logins_.begin(), logins_.end());
    Release(release, roles);
    Add("release-store", layout_.owner, Inside(), std::move(release));
    return std::move(steps_);
  }

 private:
  bool IsOurs(const std::optional<Role>& role, const std::string& uid) const {
    if (!role) return false;
    const auto marker = MarkerOf(role);
    if (marker) return marker->uid == uid;
    return !seen_.occupied && seen_.marker && seen_.marker->uid == uid;
  }

  bool ContainerIsOurs(const std::string& uid) const {
    if (detail_.reserved || detail_.unclaimed) return false;
    if (own_) return facts_.database && seen_.marker && seen_.marker->uid == uid;
    if (layout_.isolation == api::Isolation::kTables) return !owner_.empty();
    return seen_.exists && seen_.marker && seen_.marker->uid == uid;
  }

  std::string NameOfOwner(const std::string& uid) const {
    if (seen_.marker && seen_.marker->uid == uid) return seen_.marker->name;
    for (const auto& role : facts_.roles) {
      const auto marker = MarkerOf(role);
      if (marker && marker->uid == uid) return marker->name;
    }
    return {};
  }

  /// Where the store's objects are, if one can go there; empty is the maintenance database.
  std::string Inside() const { return detail_.rows.local ? layout_.database : ""; }

  void Add(const char* verb, const std::string& target, const std::string& database, Statements statements,
           bool transaction = true) {
    if (statements.empty()) return;
    steps_.push_back({verb, target, database, std::move(statements), transaction});
  }

  /// With a way in that is still open.
  bool HasInbox() const {
    return container_ && detail_.rows.local &&
           (detail_.rows.local->inbox.table || !detail_.rows.local->inbox.version.empty());
  }

  /// Nobody comes in any more; then whoever is in goes out.
  void EndAccess() {
    Statements close;
    for (int which : {0, 1}) {
      const auto& login = facts_.login(which);
      const bool ours = login && std::ranges::count(logins_, login->name) > 0;
      if (ours && login->can_login) close.push_back("ALTER ROLE " + QuoteName(login->name) + " NOLOGIN PASSWORD NULL");
    }
    // A subscription would come back to its slot before that is dropped.
    const auto cdc = container_ && detail_.rows.local ? detail_.rows.local->cdc : std::nullopt;
    if (cdc && cdc->can_login && IsCdcOf(*cdc, uid_)) {
      close.push_back("ALTER ROLE " + QuoteName(CdcRoleOf(layout_)) + " NOLOGIN");
    }
    Add("close-logins", layout_.owner, "", std::move(close));
    std::vector<std::string> inside = logins_;
    const auto& shared = detail_.rows.shared;
    for (const auto& [role, sessions] : detail_.rows.sessions) {
      const bool may_end =
          (shared.admin.superuser || shared.admin_signals) && role != shared.admin.name && own_ && container_;
      if (may_end && std::ranges::count(inside, role) == 0) inside.push_back(role);
    }
    const bool anybody = !steps_.empty() || !detail_.rows.sessions.empty();
    if (anybody && !inside.empty())
      Add("end-sessions", layout_.owner, "", {EndSessions(inside, own_ ? layout_.database : "")});
  }

  void EndChannels(Statements& statements) const {
    if (!container_ || !detail_.rows.local) return;
    const auto& local = *detail_.rows.local;
    std::ranges::move(EndLanding(local.inbox.feeds), std::back_inserter(statements));
    std::ranges::move(EndOutgoing(layout_, local.outgoing), std::back_inserter(statements));
    std::ranges::move(EndReport(layout_, local.reporting), std::back_inserter(statements));
    std::ranges::move(DropToolLogins(local.reporting, uid_), std::back_inserter(statements));
    std::ranges::move(DropCdcRole(CdcRoleOf(layout_), local.cdc, uid_), std::back_inserter(statements));
  }

  void DropDatabase() {
    const auto name = QuoteName(layout_.database);
    Statements drop;
    if (facts_.database->is_template) drop.push_back("ALTER DATABASE " + name + " WITH IS_TEMPLATE false");
    drop.push_back("DROP DATABASE " + name + " WITH (FORCE)");
    Add("drop-database", layout_.database, "", std::move(drop), false);
  }

  /// What the roles hold in databases that aren't the store's goes to the admin: nobody's data is dropped there.
  void LeaveElsewhere(const std::vector<std::string>& roles) {
    if (roles.empty()) return;
    for (const auto& database : detail_.rows.elsewhere) {
      Add("leave-database", database, database,
          {"REASSIGN OWNED BY " + QuoteNames(roles) + " TO " + admin_, "DROP OWNED BY " + QuoteNames(roles)});
    }
  }

  void DropInside(Statements& statements) const {
    if (!container_ || !detail_.rows.local) return;
    std::ranges::move(DropProjections(layout_, detail_.rows.local->projections), std::back_inserter(statements));
    if (HasInbox()) std::ranges::move(postgres::DropInbox(layout_), std::back_inserter(statements));
    EndChannels(statements);
    if (layout_.isolation == api::Isolation::kSchema) {
      statements.push_back("DROP SCHEMA " + QuoteName(layout_.schema) + " CASCADE");
    } else if (detail_.rows.local->outbox) {
      statements.push_back("DROP TABLE " + QuoteName(layout_.schema, OutboxTable(layout_)) + " CASCADE");
    }
  }

  void Release(Statements& statements, const std::vector<std::string>& roles) const {
    if (container_ && own_) {
      statements.push_back("COMMENT ON DATABASE " + QuoteName(layout_.database) + " IS " + released_);
    } else if (container_ && layout_.isolation == api::Isolation::kSchema) {
      statements.push_back("COMMENT ON SCHEMA " + QuoteName(layout_.schema) + " IS " + released_);
    }
    for (const auto& role : roles) statements.push_back("COMMENT ON ROLE " + QuoteName(role) + " IS " + released_);
  }

  const Layout& layout_;
  const std::string& uid_;
  const StoreSeen& seen_;
  const StoreDetail& detail_;
  const SharedFacts& facts_;
  const std::string admin_;
  const bool own_;
  std::vector<std::string> owner_, logins_;  // those that are ours and there
  bool container_ = false;                   // so is its database or schema
  std::string released_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> PlanRemoval(const Layout& layout, const std::string& uid, api::DeletionPolicy policy,
                              const StoreSeen& seen) {
  const auto* detail = dynamic_cast<const StoreDetail*>(seen.detail.get());
  if (!detail || uid.empty()) return {};
  Removal removal(layout, uid, seen, *detail);
  if (removal.Nothing()) return {};
  switch (policy) {
    case api::DeletionPolicy::kDelete:
      return removal.Delete();
    case api::DeletionPolicy::kRetain:
      return removal.Retain();
    case api::DeletionPolicy::kOrphan:
      return removal.Orphan();
  }
  return {};
}

}  // namespace freehold::engines::postgres
