#include "reconcilers/engines/postgres/plan_server.h"

#include <algorithm>
#include <iterator>

#include "reconcilers/engines/postgres/grant_guard.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

class ServerPlan {
 public:
  ServerPlan(const PostgresSnapshot& snapshot, const ServerAccess& access, bool tables_mode)
      : snapshot_(snapshot),
        rows_(snapshot.index.rows()),
        access_(access),
        tables_mode_(tables_mode),
        services_(ServicesRole(access.shared_database)),
        tables_(TablesRole(access.shared_database)) {}

  std::vector<Step> Run() {
    Statements once;
    ClosePublic(once);
    if (SharesDatabase()) Roles(once);
    AddStep("close-server", access_.maintenance_database, "", std::move(once));
    if (SharesDatabase()) SharedDatabase();
    return std::move(steps_);
  }

 private:
  void AddStep(const char* verb, const std::string& target, const std::string& database, Statements statements,
               bool transaction = true) {
    if (statements.empty()) return;
    steps_.push_back({verb, target, database, std::move(statements), transaction});
  }

  bool SharesDatabase() const { return !access_.shared_database.empty() && snapshot_.capabilities.create_role; }

  const Database* Shared() const {
    const auto found = std::ranges::find(rows_.databases, access_.shared_database, &Database::name);
    return found == rows_.databases.end() ? nullptr : &*found;
  }

  void ClosePublic(Statements& statements) const {
    for (const auto& database : rows_.databases) {
      if (!IsOfServer(database.name, access_) || !IsOpen(database) || !MayClose(database, rows_.admin)) continue;
      statements.push_back("REVOKE ALL ON DATABASE " + QuoteName(database.name) + " FROM PUBLIC CASCADE");
    }
  }

  void Roles(Statements& statements) const {
    std::vector<std::string> wanted = {services_};
    if (tables_mode_) wanted.push_back(tables_);
    for (const auto& role : wanted) {
      if (std::ranges::any_of(rows_.roles, [&](const Role& seen) { return seen.name == role; })) continue;
      statements.push_back("CREATE ROLE " + QuoteName(role) + " NOLOGIN");
      statements.push_back("COMMENT ON ROLE " + QuoteName(role) + " IS " + QuoteValue(kSharedComment));
    }
  }

  void SharedDatabase() {
    const auto name = QuoteName(access_.shared_database);
    const auto grant = "GRANT CONNECT, TEMPORARY ON DATABASE " + name + " TO " + QuoteName(services_);
    const auto comment = "COMMENT ON DATABASE " + name + " IS " + QuoteValue(kSharedComment);
    const auto open = "ALTER DATABASE " + name + " WITH ALLOW_CONNECTIONS true";
    const auto* seen = Shared();
    if (!seen) {
      if (!snapshot_.capabilities.create_database) return;
      const auto opening = "REVOKE ALL ON DATABASE " + name + " FROM PUBLIC; " + grant + "; " + comment + "; " + open;
      AddStep("create-database", access_.shared_database, "",
              {"CREATE DATABASE " + name + " TEMPLATE template0 ALLOW_CONNECTIONS false", opening}, false);
      return Inside(nullptr);
    }
    Statements mend;
    if (MayClose(*seen, rows_.admin)) {
      if (!ServicesEnter(*seen)) mend.push_back(grant);
      if (seen->comment.empty()) mend.push_back(comment);
      if (!seen->allows_connections) mend.push_back(open);
    }
    AddStep("mend-database", access_.shared_database, "", std::move(mend));
    // One that was just made and never opened holds nothing yet.
    if (snapshot_.shared_database || !seen->allows_connections) {
      Inside(snapshot_.shared_database ? &*snapshot_.shared_database : nullptr);
    }
  }

  bool ServicesEnter(const Database& database) const {
    const auto has = [&](const char* right) {
      return std::ranges::any_of(database.grants,
                                 [&](const Grant& g) { return g.grantee == services_ && g.privilege == right; });
    };
    return has("CONNECT") && has("TEMPORARY");
  }

  /// `seen` is null for a new database.
  void Inside(const LocalRows* seen) {
    const auto* schemas = seen ? &seen->schemas : nullptr;
    Statements statements;
    const auto find = [&](const char* name) -> const Schema* {
      if (!schemas) return nullptr;
      const auto found = std::ranges::find(*schemas, name, &Schema::name);
      return found == schemas->end() ? nullptr : &*found;
    };
    if (schemas ? MustClose(find("public")) : MayCloseNewPublic()) {
      statements.push_back("REVOKE ALL ON SCHEMA public FROM PUBLIC");
    }
    OwnSchema(statements, kExtensionSchema, find(kExtensionSchema), services_, {"USAGE"});
    if (tables_mode_) OwnSchema(statements, kSharedSchema, find(kSharedSchema), tables_, {"USAGE", "CREATE"});
    if (rows_.admin.superuser && (!seen || seen->grant_guard != GrantGuardVersion())) {
      std::ranges::move(GuardGrants(), std::back_inserter(statements));
    }
    AddStep("make-shared-schemas", access_.shared_database, access_.shared_database, std::move(statements));
  }

  /// Up to 14 a superuser owns the schema public of a new database.
  bool MayCloseNewPublic() const { return rows_.admin.superuser || rows_.major >= 15; }

  bool MustClose(const Schema* schema) const {
    if (!schema) return false;
    const bool open = std::ranges::any_of(schema->grants, [](const Grant& grant) { return grant.grantee.empty(); });
    const bool may = rows_.admin.superuser || schema->owner == rows_.admin.name || schema->owner == "pg_database_owner";
    return open && may;
  }

  static void OwnSchema(Statements& statements, const std::string& name, const Schema* seen, const std::string& role,
                        const std::vector<std::string>& rights) {
    if (!seen) statements.push_back("CREATE SCHEMA " + QuoteName(name));
    std::string missing;
    for (const auto& right : rights) {
      const bool has = seen && std::ranges::any_of(seen->grants, [&](const Grant& g) {
                         return g.grantee == role && g.privilege == right;
                       });
      if (!has) missing += (missing.empty() ? "" : ", ") + right;
    }
    if (!missing.empty()) {
      statements.push_back("GRANT " + missing + " ON SCHEMA " + QuoteName(name) + " TO " + QuoteName(role));
    }
  }

  const PostgresSnapshot& snapshot_;
  const SharedRows& rows_;
  const ServerAccess& access_;
  const bool tables_mode_;
  const std::string services_, tables_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> PlanServer(const PostgresSnapshot& snapshot, const ServerAccess& access, bool tables_mode) {
  return ServerPlan(snapshot, access, tables_mode).Run();
}

}  // namespace freehold::engines::postgres
