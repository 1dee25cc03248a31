#include "reconcilers/engines/postgres/server_view.h"

#include <algorithm>
#include <iterator>

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/spares.h"

namespace freehold::engines::postgres {
namespace {

/// Before that version only superusers make roles that replicate.
constexpr int kSharesReplication = 16;

void TellOfAdmin(const SharedRows& rows, std::vector<std::string>& findings) {
  const auto& admin = rows.admin;
  if (admin.superuser) return;
  if (!admin.create_database) findings.push_back("admin " + admin.name + " lacks CREATEDB: no store gets a database");
  if (rows.admin_subscribes && rows.shows_blocks) {
    findings.push_back(
        "pg_stat_statements.track is all and track_utility on, which would show the password of a subscription: the "
        "admin makes none");
  }
  if (!admin.create_role) findings.push_back("admin " + admin.name + " lacks CREATEROLE: no store can be made");
}

void TellOfDatabases(const SharedRows& rows, const ServerAccess& access, std::vector<std::string>& findings) {
  for (const auto& database : rows.databases) {
    if (!IsOpen(database) || ParseMarker(database.comment) || !database.allows_connections) continue;
    const bool planned = IsOfServer(database.name, access) && MayClose(database, rows.admin);
    if (planned) continue;
    findings.push_back("PUBLIC has rights on database " + database.name +
                       "; as its owner run: REVOKE ALL ON DATABASE … FROM PUBLIC");
  }
}

void TellOfRoles(const SharedRows& rows, const ServerAccess& access, std::vector<std::string>& findings) {
  for (const auto& role : rows.roles) {
    if (role.superuser || role.name == rows.admin.name) continue;
    const bool replicates_for_us = IsReplicator(role.name) && ParseMarker(role.comment);
    if (role.replication && !replicates_for_us)
      findings.push_back("role " + role.name + " has REPLICATION: it can decode every table it can connect to");
    if (role.bypass_rls) findings.push_back("role " + role.name + " has BYPASSRLS");
    if (role.create_role && rows.major < 16) {
      findings.push_back("role " + role.name + " has CREATEROLE: it can join any role that is no superuser");
    }
  }
  for (const auto& reacher : rows.reachers) {
    if (reacher.database != access.shared_database || reacher.through == reacher.role) continue;
    findings.push_back("role " + reacher.role + " is a member of " + reacher.through +
                       " and may connect to the shared database");
  }
}

void TellOfParameters(const SharedRows& rows, std::vector<std::string>& findings) {
  for (const auto& grant : rows.parameters) {
    if (grant.grantee == rows.admin.name) continue;
    findings.push_back((grant.grantee.empty() ? "PUBLIC" : "role " + grant.grantee) + " may " + grant.privilege +
                       " parameter " + grant.parameter + ", which PostgreSQL keeps for superusers");
  }
}

void TellOfTrust(const SharedRows& rows, std::vector<std::string>& findings) {
  for (const auto& line : rows.trusted) {
    findings.push_back("line " + std::to_string(line.number) + " of pg_hba.conf trusts whoever comes from " +
                       line.address + " and asks for no password");
  }
}

void TellOfSharedSchemas(const LocalRows& local, const SharedRows& rows, const ServerAccess& access,
                         std::vector<std::string>& findings) {
  for (const auto& schema : local.schemas) {
    const bool open = std::ranges::any_of(schema.grants, [](const Grant& grant) { return grant.grantee.empty(); });
    const bool planned = rows.admin.superuser || schema.owner == rows.admin.name || schema.owner == "pg_database_owner";
    if (open && !planned) {
      findings.push_back("PUBLIC has rights on schema " + schema.name + " of database " + access.shared_database);
    }
  }
}

/// How many of them are ready.
int TellOfSpares(const SharedRows& rows, const ServerAccess& access, std::vector<std::string>& findings) {
  if (access.uid.empty()) return 0;
  auto seen = SparesIn(rows, SpareNamesOf(access));
  std::ranges::move(seen.findings, std::back_inserter(findings));
  return static_cast<int>(seen.ready.size());
}

std::set<std::string> SuperusersOf(const SharedRows& rows) {
  std::set<std::string> superusers;
  for (const auto& role : rows.roles) {
    if (role.superuser) superusers.insert(role.name);
  }
  return superusers;
}

}  // namespace

bool IsOpen(const Database& database) {
  return std::ranges::any_of(database.grants, [](const Grant& grant) { return grant.grantee.empty(); });
}

bool MayClose(const Database& database, const Role& admin) { return admin.superuser || database.owner == admin.name; }

bool IsOfServer(const std::string& database, const ServerAccess& access) {
  return database == "postgres" || database == "template1" || database == access.maintenance_database ||
         database == access.shared_database;
}

PostgresSnapshot::PostgresSnapshot(ServerRows rows, const ServerAccess& seen_by)
    : access(seen_by),
      index(std::move(rows.shared)),
      superusers(SuperusersOf(index.rows())),
      shared_database(std::move(rows.local)) {
  const auto& shared = index.rows();
  version = shared.version;
  identity = shared.identity;
  databases = static_cast<int>(shared.databases.size());
  const auto& admin = shared.admin;
  const bool replicates = shared.major >= kSharesReplication && admin.create_role && admin.replication;
  capabilities = {.superuser = admin.superuser,
                  .create_database = admin.superuser || admin.create_database,
                  .create_role = admin.superuser || admin.create_role,
                  .replicate = admin.superuser || replicates,
                  .subscribe = admin.superuser || (shared.admin_subscribes && !shared.shows_blocks),
                  .read_verifiers = shared.verifiers_readable,
                  .wal_level = shared.wal_level,
                  .replication_slots = shared.readers,
                  .subscriptions = shared.subscriptions};
  TellOfAdmin(shared, findings);
  TellOfDatabases(shared, access, findings);
  TellOfRoles(shared, access, findings);
  TellOfParameters(shared, findings);
  TellOfTrust(shared, findings);
  spares = TellOfSpares(shared, access, findings);
  if (shared_database) TellOfSharedSchemas(*shared_database, shared, access, findings);
}

}  // namespace freehold::engines::postgres
