#include "tests/worlds/sight.h"

#include <algorithm>
#include <set>

#include "operator/base/text.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/store_view.h"
#include "tests/worlds/server.h"

namespace freehold::worlds {
namespace {

using Lines = std::multiset<std::string>;

std::string Word(bool is, const char* word) { return is ? std::string(" ") + word : ""; }

std::string Printed(const std::vector<postgres::Grant>& grants) {
  std::vector<std::string> printed;
  for (const auto& g : grants) printed.push_back(g.grantee + "=" + g.privilege + "/" + g.grantor);
  std::ranges::sort(printed);
  return " [" + base::Join(printed, " ") + "]";
}

std::string Printed(std::vector<std::string> words) {
  std::ranges::sort(words);
  return " [" + base::Join(words, "; ") + "]";
}

void AddShared(const postgres::SharedFacts& facts, Lines& lines) {
  for (const auto& role : facts.roles) {
    if (!role) continue;
    lines.insert("role " + role->name + Word(role->superuser, "SUPERUSER") + Word(role->create_database, "CREATEDB") +
                 Word(role->create_role, "CREATEROLE") + Word(role->replication, "REPLICATION") +
                 Word(role->bypass_rls, "BYPASSRLS") + Word(role->can_login, "LOGIN") +
                 Word(role->inherits, "INHERIT") + " " + std::to_string(role->connections) + " '" + role->comment +
                 "' " + role->verifier.value_or("no password"));
  }
  for (const auto& m : facts.memberships) {
    lines.insert("member " + m.member + " of " + m.role + " by " + m.grantor + Word(m.admin, "ADMIN") +
                 Word(m.inherits, "INHERIT") + Word(m.settable, "SET"));
  }
  for (const auto& s : facts.settings) lines.insert("setting " + s.role + "@" + s.database + Printed(s.values));
  if (const auto& d = facts.database) {
    lines.insert("database " + d->name + " of " + d->owner + Word(d->allows_connections, "open") +
                 Word(d->is_template, "template") + " " + std::to_string(d->connections) + " '" + d->comment + "'" +
                 Printed(d->grants));
  }
}

void AddOutbox(const postgres::OutboxSeen& outbox, Lines& lines) {
  auto grants = outbox.grants;
  std::erase_if(grants, [](const postgres::Grant& grant) { return grant.grantee == kAdmin; });
  std::vector<std::string> partitions;
  for (const auto& p : outbox.partitions) partitions.push_back(p.schema + "." + p.name + " " + p.bound);
  lines.insert("outbox of " + outbox.owner + Word(outbox.partitioned, "partitioned") + Printed(outbox.columns) +
               Printed(outbox.constraints) + Printed(outbox.unvalidated) + Printed(outbox.indexes) +
               Printed(partitions) + Printed(grants));
}

void AddLocal(const postgres::LocalRows& local, Lines& lines) {
  for (const auto& schema : local.schemas)
    lines.insert("schema " + schema.name + " of " + schema.owner + " '" + schema.comment + "'" +
                 Printed(schema.grants));
  for (const auto& row : local.defaults)
    lines.insert("default " + row.role + "@" + row.schema + " " + row.kind + Printed(row.grants));
  lines.insert("guard '" + local.grant_guard + "'");
  if (local.outbox) AddOutbox(*local.outbox, lines);
}

}  // namespace

std::string TextOf(const engines::StoreSeen& seen, const engines::Layout& layout) {
  const auto& detail = dynamic_cast<const postgres::StoreDetail&>(*seen.detail);
  Lines lines = {"store" + Word(seen.exists, "exists") + Word(seen.visited, "visited") +
                 Word(seen.occupied, "occupied") + Word(detail.half_made, "half-made") +
                 Word(detail.unclaimed, "unclaimed") + " tables " + std::to_string(seen.user_tables) + " of " +
                 (seen.marker ? seen.marker->name + "/" + seen.marker->uid : "nobody")};
  lines.insert(seen.foreign.empty() ? "nobody else gets in" : "others get in");
  AddShared(detail.facts, lines);
  if (detail.rows.local) AddLocal(*detail.rows.local, lines);
  lines.insert("in " + layout.database);
  return base::Join(std::vector<std::string>(lines.begin(), lines.end()), "\n");
}

}  // namespace freehold::worlds
