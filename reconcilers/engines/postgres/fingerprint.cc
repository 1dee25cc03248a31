#include <algorithm>
#include <type_traits>

#include "reconcilers/engines/postgres/digest.h"
#include "reconcilers/engines/postgres/facts.h"

namespace freehold::engines::postgres {
namespace {

/// One line of fields; lengths keep them apart whatever they hold.
template <class... Fields>
std::string Line(const Fields&... fields) {
  std::string line;
  const auto add = [&line](const std::string& text) { line += std::to_string(text.size()) + ":" + text; };
  const auto text = [](const auto& field) -> std::string {
    if constexpr (std::is_convertible_v<decltype(field), std::string>) {
      return field;
    } else {
      return std::to_string(field);
    }
  };
  (add(text(fields)), ...);
  return line;
}

void AddGrants(std::vector<std::string>& lines, const Database& database) {
  for (const auto& grant : database.grants) lines.push_back(Line("g", grant.grantee, grant.grantor, grant.privilege));
}

}  // namespace

std::string FingerprintOf(const SharedFacts& facts) {
  std::vector<std::string> lines;
  if (const auto& d = facts.database) {
    lines.push_back(Line("d", d->name, d->owner, d->allows_connections, d->is_template, d->connections, d->comment));
    AddGrants(lines, *d);
  }
  for (const auto& r : facts.roles) {
    if (!r) continue;
    lines.push_back(Line("r", r->name, r->superuser, r->create_database, r->create_role, r->replication, r->bypass_rls,
                         r->can_login, r->inherits, r->connections, r->comment, r->digest));
  }
  for (const auto& m : facts.memberships) {
    lines.push_back(Line("m", m.role, m.member, m.grantor, m.admin, m.inherits, m.settable));
  }
  for (const auto& s : facts.settings) {
    for (const auto& value : s.values) lines.push_back(Line("s", s.role, s.database, value));
  }
  for (const auto& h : facts.holdings) lines.push_back(Line("h", h.database, h.holder, h.digest));
  for (const auto& p : facts.parameters) lines.push_back(Line("p", p.grantee, p.privilege, p.parameter));
  if (lines.empty()) return {};
  for (const auto& t : facts.trusted) lines.push_back(Line("t", t.number, t.address));
  for (const auto& f : facts.feeds) {
    lines.push_back(Line("f", f.name, f.replicates, f.superuser, f.create_database, f.create_role, f.bypass_rls));
  }
  for (const auto& r : facts.reachers) lines.push_back(Line("x", r.role, r.through, r.by));

  std::ranges::sort(lines);
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return HexDigest(text);
}

}  // namespace freehold::engines::postgres
