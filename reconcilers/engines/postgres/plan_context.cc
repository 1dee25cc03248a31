#include "reconcilers/engines/postgres/plan_context.h"

#include <algorithm>

#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {

PlanContext::PlanContext(const Store& store, const StoreSeen& store_seen, const StoreDetail& detail)
    : wanted(store),
      seen(store_seen),
      facts(detail.facts),
      rows(detail.rows),
      local(detail.rows.local ? &*detail.rows.local : nullptr),
      admin(detail.rows.shared.admin),
      major(detail.rows.shared.major),
      admin_ends_sessions(detail.rows.shared.admin_signals || admin.superuser),
      has_own_database(HasOwnDatabase(store.layout)),
      half_made(detail.half_made),
      spares(detail.spares ? &*detail.spares : nullptr),
      adopting(detail.unclaimed),
      us(RolesOf(store.layout)),
      owner(QuoteName(store.layout.owner)) {}

bool PlanContext::IsUs(const std::string& role) const { return std::ranges::count(us, role) > 0; }

std::string PlanContext::Grant(const std::string& roles, const std::string& to) const {
  return "GRANT " + roles + " TO " + QuoteName(to) + (major >= 16 ? " WITH INHERIT TRUE, SET TRUE" : "");
}

std::string PlanContext::Borrow(const std::string& role) const { return Grant(QuoteName(role), admin.name); }

std::string PlanContext::HandBack(const std::string& role) const {
  return "REVOKE " + QuoteName(role) + " FROM " + QuoteName(admin.name);
}

}  // namespace freehold::engines::postgres
