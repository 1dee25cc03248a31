#include "tests/worlds/statements.h"

#include <algorithm>

#include "operator/base/text.h"
#include "reconcilers/engines/postgres/digest.h"
#include "reconcilers/engines/postgres/grant_guard.h"
#include "tests/worlds/tokens.h"

namespace freehold::worlds {
namespace {

using postgres::Grant;
using postgres::Role;

/// What the server says no to; the transaction is undone.
struct Refused {
  std::string message;
};

using Names = std::vector<std::string>;

bool Among(const Names& names, const std::string& name) { return std::ranges::count(names, name) > 0; }

/// What GRANT ALL gives, by what is granted on.
Names AllRights(const std::string& kind, int major) {
  static const std::map<std::string, Names> known = {
      {"FUNCTIONS", {"EXECUTE"}},
      {"TYPES", {"USAGE"}},
      {"TABLES", {"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}},
      {"SEQUENCES", {"SELECT", "UPDATE", "USAGE"}}};
  auto rights = known.at(kind);
  if (kind == "TABLES" && major >= 17) rights.push_back("MAINTAIN");
  return rights;
}

struct Table {
  std::string schema, name;
};

/// What stands between two brackets, cut at the commas that are in no others.
Names Listed(const std::string& text) {
  Names items = {""};
  int depth = 0;
  for (const char c : text) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == ',' && depth == 0) {
      items.emplace_back();
    } else if (c != ' ' || !items.back().empty()) {
      items.back() += c;
    }
  }
  return items;
}

/// `"id" uuid DEFAULT … NOT NULL` is seen as `id uuid`.
std::string ColumnOf(std::string definition) {
  std::erase(definition, '"');
  return definition.substr(0, std::min(definition.find(" DEFAULT "), definition.find(" NOT NULL")));
}

void Give(std::vector<Grant>& grants, const std::string& grantee, const std::string& grantor, const Names& rights) {
  for (const auto& right : rights) {
    const bool has =
        std::ranges::any_of(grants, [&](const Grant& g) { return g.grantee == grantee && g.privilege == right; });
    if (!has) grants.push_back({grantee, grantor, right});
  }
}

void TakeAll(std::vector<Grant>& grants, const std::string& grantee) {
  std::erase_if(grants, [&](const Grant& grant) { return grant.grantee == grantee; });
}

class Interpreter {
 public:
  Interpreter(Server& server, std::string database) : server_(server), database_(std::move(database)) {}

  void Run(const std::string& statement) {
    if (Guard(statement)) return;
    Reader reader(Tokens(statement));
    if (Outbox(statement)) return;
    const bool known = CreateRole(reader) || AlterRole(reader) || Comment(reader) || Grants(reader) ||
                       Revokes(reader) || Databases(reader) || Schemas(reader) || DefaultPrivileges(reader) ||
                       Ownership(reader) || Sessions(reader);
    if (!known || !reader.AtEnd()) throw UnknownStatement(statement);
  }

 private:
  Role& RoleOf(const std::string& name) {
    const auto found = server_.roles.find(name);
    if (found == server_.roles.end()) throw Refused{"role \"" + name + "\" does not exist"};
    return found->second;
  }
  /// A role that may be named although nobody here ever makes or drops it.
  void Expect(const std::string& name) {
    if (name.empty() || name == kAdmin || name == kStranger) return;
    RoleOf(name);
  }
  Place& DatabaseOf(const std::string& name) {
    const auto found = server_.databases.find(name);
    if (found == server_.databases.end()) throw Refused{"database \"" + name + "\" does not exist"};
    return found->second;
  }
  Inside& Here() { return DatabaseOf(database_).inside; }
  postgres::Schema& SchemaOf(const std::string& name) {
    auto& schemas = Here().schemas;
    const auto found = schemas.find(name);
    if (found == schemas.end()) throw Refused{"schema \"" + name + "\" does not exist"};
    return found->second;
  }

  /// Known as a whole: its last statement says that it is there.
  bool Guard(const std::string& statement) {
    static const auto statements = postgres::GuardGrants();
    if (!Among(statements, statement)) return false;
    SchemaOf("extensions");
    if (statement == statements.back()) Here().guard = postgres::GrantGuardVersion();
    return true;
  }

  static std::optional<Table> TableIn(Reader& reader) {
    const auto schema = reader.Name();
    if (!schema || !reader.Take(".")) return std::nullopt;
    const auto name = reader.Name();
    return name ? std::optional(Table{*schema, *name}) : std::nullopt;
  }

  /// The outbox, as the planner names it, is the only table that is known by what is in it.
  postgres::OutboxSeen& OutboxOf(const Table& table) {
    SchemaOf(table.schema);
    const auto found = Here().outboxes.find(table.schema);
    if (found == Here().outboxes.end() || table.name != "outbox")
      throw Refused{"relation \"" + table.schema + "." + table.name + "\" does not exist"};
    return found->second;
  }

  bool Outbox(const std::string& statement) {
    Reader reader(Tokens(statement));
    if (reader.Take("CREATE TABLE")) {
      const auto table = TableIn(reader);
      return table && (reader.Take("PARTITION OF") ? AddPartition(reader, *table) : CreateOutbox(statement, *table));
    }
    if (reader.Take("CREATE INDEX")) {
      const auto name = reader.Name();
      if (!name || !reader.Take("ON")) return false;
      const auto table = TableIn(reader);
      if (!table) return false;
      OutboxOf(*table).indexes.push_back(*name);
      return true;
    }
    if (reader.Take("DROP TABLE")) return DropPartition(reader);
    if (reader.Take("ALTER TABLE")) return AlterOutbox(reader);
    const bool gives = reader.Take("GRANT INSERT ON");
    if (!gives && !reader.Take("REVOKE ALL ON")) return false;
    const auto table = TableIn(reader);
    if (!table) return false;
    auto& grants = OutboxOf(*table).grants;
    if (!gives) return RevokeFrom(reader, grants);
    if (!reader.Take("TO")) return false;
    const auto to = *reader.Name();
    Expect(to);
    Give(grants, to, kAdmin, {"INSERT"});
    return true;
  }

  bool CreateOutbox(const std::string& statement, const Table& table) {
    SchemaOf(table.schema);
    const auto begin = statement.find('('), end = statement.find(", PRIMARY KEY");
    if (table.name != "outbox" || begin == std::string::npos || end == std::string::npos) return false;
    if (Here().outboxes.contains(table.schema)) throw Refused{"relation \"outbox\" already exists"};
    postgres::OutboxSeen outbox;
    outbox.owner = kAdmin;
    outbox.partitioned = true;
    outbox.indexes = {"outbox_pkey"};
    for (const auto& column : Listed(statement.substr(begin + 1, end - begin - 1)))
      outbox.columns.push_back(ColumnOf(column));
    Here().outboxes[table.schema] = std::move(outbox);
    return true;
  }

  bool AddPartition(Reader& reader, const Table& part) {
    const auto of = TableIn(reader);
    if (!of) return false;
    const auto rest = reader.Take("DEFAULT");
    auto& partitions = OutboxOf(*of).partitions;
    postgres::Partition partition{.schema = part.schema, .name = part.name, .bound = "DEFAULT"};
    if (!rest) {
      if (!reader.Take("FOR VALUES FROM (")) return false;
      const auto from = reader.Text();
      if (!from || !reader.Take(") TO (")) return false;
      partition.bound = "FOR VALUES FROM ('" + *from + "') TO ('" + *reader.Text() + "')";
    }
    if (std::ranges::find(partitions, part.name, &postgres::Partition::name) != partitions.end())
      throw Refused{"relation \"" + part.name + "\" already exists"};
    partitions.push_back(std::move(partition));
    std::ranges::sort(partitions, {}, &postgres::Partition::name);
    return true;
  }

  bool DropPartition(Reader& reader) {
    const auto table = TableIn(reader);
    if (!table) return false;
    if (table->name == "outbox") {
      OutboxOf(*table);
      reader.Take("CASCADE");
      Here().outboxes.erase(table->schema);
      return reader.AtEnd();
    }
    auto& partitions = OutboxOf({table->schema, "outbox"}).partitions;
    if (std::erase_if(partitions, [&](const auto& partition) { return partition.name == table->name; }) == 0)
      throw Refused{"table \"" + table->name + "\" does not exist"};
    return reader.AtEnd();
  }

  bool AlterOutbox(Reader& reader) {
    const auto table = TableIn(reader);
    if (!table) return false;
    auto& outbox = OutboxOf(*table);
    const bool drops = reader.Take("DROP CONSTRAINT");
    if (!drops && !reader.Take("ADD CONSTRAINT")) return false;
    const auto name = reader.Name();
    if (!name) return false;
    if (drops) {
      if (std::erase(outbox.constraints, *name) == 0) throw Refused{"constraint \"" + *name + "\" does not exist"};
      std::erase(outbox.unvalidated, *name);
      return reader.AtEnd();
    }
    if (!reader.Take("CHECK")) return false;
    outbox.constraints.push_back(*name);
    std::ranges::sort(outbox.constraints);
    if (reader.Rest().ends_with("NOT VALID")) {
      outbox.unvalidated.push_back(*name);
      std::ranges::sort(outbox.unvalidated);
    }
    return true;
  }

  void SetPassword(Role& role, std::optional<std::string> verifier) {
    role.digest = verifier ? postgres::HexDigest(*verifier) : "";
    role.verifier = std::move(verifier);
  }

  bool Options(Reader& reader, Role& role) {
    for (;;) {
      if (reader.Take("LOGIN")) {
        role.can_login = true;
      } else if (reader.Take("NOLOGIN")) {
        role.can_login = false;
      } else if (reader.Take("INHERIT")) {
        role.inherits = true;
      } else if (reader.Take("NOCREATEDB")) {
        role.create_database = false;
      } else if (reader.Take("NOCREATEROLE")) {
        role.create_role = false;
      } else if (reader.Take("NOSUPERUSER")) {
        role.superuser = false;
      } else if (reader.Take("NOREPLICATION")) {
        role.replication = false;
      } else if (reader.Take("NOBYPASSRLS")) {
        role.bypass_rls = false;
      } else if (reader.Take("CONNECTION LIMIT")) {
        role.connections = std::stoi(*reader.Word());
      } else if (reader.Take("PASSWORD NULL")) {
        SetPassword(role, std::nullopt);
      } else if (reader.Take("PASSWORD")) {
        SetPassword(role, reader.Text());
      } else {
        return true;
      }
    }
  }

  void Join(const std::string& role, const std::string& member) {
    RoleOf(role);
    Expect(member);
    auto& membership = server_.members[{role, member}];
    membership = {.role = role, .member = member, .grantor = kAdmin};
  }

  bool CreateRole(Reader& reader) {
    if (!reader.Take("CREATE ROLE")) return false;
    const auto name = reader.Name();
    if (!name) return false;
    if (server_.roles.contains(*name)) throw Refused{"role \"" + *name + "\" already exists"};
    Role role;
    role.name = *name;
    Options(reader, role);
    server_.roles[*name] = role;
    if (reader.Take("IN ROLE")) Join(*reader.Name(), *name);
    return true;
  }

  bool AlterRole(Reader& reader) {
    if (!reader.Take("ALTER ROLE")) return false;
    const auto name = reader.Name();
    if (!name) return false;
    auto& role = RoleOf(*name);
    if (reader.Take("RESET")) {
      server_.settings[*name].erase(*reader.Word());
      return true;
    }
    if (!reader.Take("SET")) return Options(reader, role);
    const auto key = reader.Word();
    if (!key || !reader.Take("=")) return false;
    if (auto text = reader.Text()) {
      server_.settings[*name][*key] = *text;
    } else if (const auto names = reader.Names()) {
      server_.settings[*name][*key] = base::Join(*names, ", ");
    } else {
      return false;
    }
    return true;
  }

  bool Comment(Reader& reader) {
    if (!reader.Take("COMMENT ON")) return false;
    const auto kind = reader.Word();
    const auto name = reader.Name();
    if (!kind || !name || !reader.Take("IS")) return false;
    const auto text = reader.Text();
    if (!text) return false;
    if (*kind == "ROLE") {
      RoleOf(*name).comment = *text;
    } else if (*kind == "DATABASE") {
      DatabaseOf(*name).row.comment = *text;
    } else if (*kind == "SCHEMA") {
      SchemaOf(*name).comment = *text;
    } else {
      return false;
    }
    return true;
  }

  bool Grants(Reader& reader) {
    if (!reader.Take("GRANT")) return false;
    if (reader.Take("CONNECT, TEMPORARY ON DATABASE")) {
      auto& place = DatabaseOf(*reader.Name());
      if (!reader.Take("TO")) return false;
      for (const auto& to : Grantees(reader)) Give(place.row.grants, to, place.row.owner, {"CONNECT", "TEMPORARY"});
      return true;
    }
    for (const auto& [words, rights] :
         {std::pair("ALL ON SCHEMA", Names{"USAGE", "CREATE"}), std::pair("USAGE ON SCHEMA", Names{"USAGE"})}) {
      if (!reader.Take(words)) continue;
      auto& schema = SchemaOf(*reader.Name());
      if (!reader.Take("TO")) return false;
      for (const auto& to : Grantees(reader)) Give(schema.grants, to, schema.owner, rights);
      return true;
    }
    const auto role = reader.Name();
    if (!role || !reader.Take("TO")) return false;
    const auto member = reader.Name();
    if (!member || (server_.major >= 16 && !reader.Take("WITH INHERIT TRUE, SET TRUE"))) return false;
    Join(*role, *member);
    return true;
  }

  /// PUBLIC, or roles.
  Names Grantees(Reader& reader) {
    if (reader.Take("PUBLIC")) return {""};
    auto names = reader.Names().value_or(Names{});
    for (const auto& name : names) Expect(name);
    return names;
  }

  bool Revokes(Reader& reader) {
    if (!reader.Take("REVOKE")) return false;
    if (reader.Take("ALL ON DATABASE")) return RevokeFrom(reader, DatabaseOf(*reader.Name()).row.grants);
    if (reader.Take("ALL ON SCHEMA")) {
      const auto name = reader.Name();
      return RevokeFrom(reader, SchemaOf(name ? *name : *reader.Word()).grants);
    }
    const auto role = reader.Name();
    if (!role || !reader.Take("FROM")) return false;
    const auto member = reader.Name();
    if (!member) return false;
    if (server_.major >= 16 && (!reader.Take("GRANTED BY") || !reader.Name())) return false;
    if (!reader.Take("CASCADE")) return false;
    RoleOf(*role);
    Expect(*member);
    server_.members.erase({*role, *member});
    return true;
  }

  bool RevokeFrom(Reader& reader, std::vector<Grant>& grants) {
    if (!reader.Take("FROM")) return false;
    for (const auto& name : Grantees(reader)) TakeAll(grants, name);
    reader.Take("CASCADE");
    return true;
  }

  bool Databases(Reader& reader) {
    if (reader.Take("CREATE DATABASE")) {
      const auto name = reader.Name();
      if (!name || !reader.Take("TEMPLATE template0 ALLOW_CONNECTIONS false")) return false;
      if (server_.databases.contains(*name)) throw Refused{"database \"" + *name + "\" already exists"};
      auto place = NewDatabase(*name);
      place.row.allows_connections = false;
      server_.databases[*name] = std::move(place);
      return true;
    }
    if (reader.Take("DROP DATABASE")) {
      const auto name = reader.Name();
      if (!name || !reader.Take("WITH (FORCE)")) return false;
      if (DatabaseOf(*name).row.is_template) throw Refused{"cannot drop a template database"};
      server_.databases.erase(*name);
      return true;
    }
    if (!reader.Take("ALTER DATABASE")) return false;
    const auto name = reader.Name();
    if (!name) return false;
    auto& row = DatabaseOf(*name).row;
    if (reader.Take("WITH ALLOW_CONNECTIONS true")) {
      row.allows_connections = true;
    } else if (reader.Take("WITH ALLOW_CONNECTIONS false")) {
      row.allows_connections = false;
    } else if (reader.Take("WITH IS_TEMPLATE false")) {
      row.is_template = false;
    } else if (reader.Take("WITH CONNECTION LIMIT -1")) {
      row.connections = -1;
    } else if (reader.Take("OWNER TO")) {
      const auto to = *reader.Name();
      Expect(to);
      for (auto& grant : row.grants) {
        if (grant.grantee == row.owner) grant.grantee = to;
        if (grant.grantor == row.owner) grant.grantor = to;
      }
      row.owner = to;
      row.owned_by_superuser = to == kAdmin;
    } else {
      return false;
    }
    return true;
  }

  /// A schema goes with what is in it.
  void Forget(const std::string& schema) {
    Here().schemas.erase(schema);
    Here().rows.erase(schema);
    Here().outboxes.erase(schema);
  }

  bool Schemas(Reader& reader) {
    if (reader.Take("DROP SCHEMA")) {
      const auto name = reader.Name();
      if (!name || !reader.Take("CASCADE")) return false;
      SchemaOf(*name);
      Forget(*name);
      return true;
    }
    if (!reader.Take("CREATE SCHEMA")) return false;
    const auto name = reader.Name();
    if (!name) return false;
    const auto owner = reader.Take("AUTHORIZATION") ? *reader.Name() : std::string(kAdmin);
    Expect(owner);
    if (Here().schemas.contains(*name)) throw Refused{"schema \"" + *name + "\" already exists"};
    postgres::Schema schema{.name = *name, .owner = owner, .comment = "", .relations = 0, .grants = {}};
    Give(schema.grants, owner, owner, {"USAGE", "CREATE"});
    Here().schemas[*name] = std::move(schema);
    return true;
  }

  bool DefaultPrivileges(Reader& reader) {
    if (!reader.Take("ALTER DEFAULT PRIVILEGES FOR ROLE")) return false;
    const auto roles = reader.Names();
    if (!roles) return false;
    const bool gives = reader.Take("GRANT ALL ON");
    if (!gives && !reader.Take("REVOKE")) return false;
    if (!gives && (!reader.Word() || !reader.Take("ON"))) return false;
    const auto kind = *reader.Word();
    if (!reader.Take(gives ? "TO" : "FROM")) return false;
    const auto grantees = Grantees(reader);
    for (const auto& role : *roles) {
      RoleOf(role);
      auto [row, first] = Here().defaults.try_emplace({role, kind});
      const bool open = kind == "FUNCTIONS" || kind == "TYPES";
      if (first) Give(row->second, role, role, AllRights(kind, server_.major));
      if (first && open) Give(row->second, "", role, AllRights(kind, server_.major));
      for (const auto& grantee : grantees)
        gives ? Give(row->second, grantee, role, AllRights(kind, server_.major)) : TakeAll(row->second, grantee);
    }
    return true;
  }

  /// What the database that the session is in, and the server, know of these roles.
  void DropOwned(const Names& roles) {
    auto& inside = Here();
    Names owned;
    for (const auto& [name, schema] : inside.schemas) {
      if (Among(roles, schema.owner)) owned.push_back(name);
    }
    for (const auto& schema : owned) Forget(schema);
    std::erase_if(inside.defaults, [&](const auto& entry) { return Among(roles, entry.first.first); });
    const auto strip = [&](std::vector<Grant>& grants) {
      std::erase_if(grants, [&](const Grant& grant) { return Among(roles, grant.grantee); });
    };
    for (auto& [of, grants] : inside.defaults) strip(grants);
    for (auto& [name, schema] : inside.schemas) strip(schema.grants);
    for (auto& [schema, outbox] : inside.outboxes) strip(outbox.grants);
    for (auto& [name, place] : server_.databases) strip(place.row.grants);
  }

  bool Holds(const std::string& role) const {
    const auto named = [&](const std::vector<Grant>& grants) {
      return std::ranges::any_of(grants, [&](const Grant& grant) { return grant.grantee == role; });
    };
    return std::ranges::any_of(server_.databases, [&](const auto& entry) {
      const auto& [row, inside] = entry.second;
      return row.owner == role || named(row.grants) ||
             std::ranges::any_of(inside.schemas,
                                 [&](const auto& s) { return s.second.owner == role || named(s.second.grants); }) ||
             std::ranges::any_of(inside.defaults,
                                 [&](const auto& d) { return d.first.first == role || named(d.second); }) ||
             std::ranges::any_of(inside.outboxes, [&](const auto& o) { return named(o.second.grants); });
    });
  }

  bool Ownership(Reader& reader) {
    if (reader.Take("DROP OWNED BY")) {
      const auto roles = reader.Names();
      if (!roles) return false;
      reader.Take("CASCADE");
      for (const auto& role : *roles) RoleOf(role);
      DropOwned(*roles);
      return true;
    }
    if (reader.Take("DROP ROLE")) {
      const auto roles = reader.Names();
      if (!roles) return false;
      for (const auto& role : *roles) {
        RoleOf(role);
        if (Holds(role)) throw Refused{"role \"" + role + "\" cannot be dropped because some objects depend on it"};
        server_.roles.erase(role);
        server_.settings.erase(role);
        std::erase_if(server_.members,
                      [&](const auto& entry) { return entry.first.first == role || entry.first.second == role; });
      }
      return true;
    }
    if (reader.Take("REASSIGN OWNED BY")) {
      const auto roles = reader.Names();
      if (!roles || !reader.Take("TO")) return false;
      const auto to = *reader.Name();
      for (const auto& role : *roles) RoleOf(role);
      Expect(to);
      for (auto& [name, schema] : Here().schemas) {
        if (Among(*roles, schema.owner)) schema.owner = to;
      }
      return true;
    }
    if (!reader.Take("ALTER SCHEMA")) return false;
    auto& schema = SchemaOf(*reader.Name());
    if (!reader.Take("OWNER TO")) return false;
    const auto to = *reader.Name();
    Expect(to);
    for (auto& grant : schema.grants) {
      if (grant.grantee == schema.owner) grant.grantee = to;
      if (grant.grantor == schema.owner) grant.grantor = to;
    }
    schema.owner = to;
    return true;
  }

  /// Sessions are not modelled: nobody's is open but the admin's.
  bool Sessions(Reader& reader) {
    if (!reader.Take("SELECT pg_terminate_backend")) return false;
    while (!reader.AtEnd() &&
           (reader.Word() || reader.Text() || reader.Name() || reader.Take("(") || reader.Take(")") ||
            reader.Take(",") || reader.Take("<") || reader.Take(">") || reader.Take("="))) {
    }
    return reader.AtEnd();
  }

  Server& server_;
  const std::string database_;
};

/// "Opening" a database is several statements in one text; nothing else has a semicolon outside of a function.
std::vector<std::string> Split(const std::string& script) {
  std::vector<std::string> statements;
  std::string current;
  char quote = 0;
  for (const char c : script) {
    if (quote ? c == quote : c == '\'' || c == '"') quote = quote ? 0 : c;
    if (c == ';' && !quote) {
      statements.push_back(std::move(current));
      current.clear();
    } else {
      current += c;
    }
  }
  statements.push_back(std::move(current));
  return statements;
}

}  // namespace

std::expected<Server, std::string> Run(const Server& before, const std::string& database,
                                       const std::vector<std::string>& script) {
  const auto place = before.databases.find(database.empty() ? std::string("postgres") : database);
  if (place == before.databases.end()) return std::unexpected("database \"" + database + "\" does not exist");
  if (!place->second.row.allows_connections)
    return std::unexpected("database \"" + database + "\" is not currently accepting connections");
  static const auto guard = postgres::GuardGrants();
  Server after = before;
  Interpreter interpreter(after, place->first);
  try {
    for (const auto& text : script) {
      // No tenant acts here, so what HoldOurs asks of a table that is kept is so.
      if (text.starts_with("LOCK TABLE") || text.starts_with("DO $check$")) continue;
      if (Among(guard, text)) {
        interpreter.Run(text);
        continue;
      }
      for (const auto& statement : Split(text)) interpreter.Run(statement);
    }
  } catch (const Refused& refused) {
    return std::unexpected(refused.message);
  }
  return after;
}

}  // namespace freehold::worlds
