// The shared-table design: two services that name the same table as theirs.
#include <optional>

#include "reconcilers/validation/rules.h"

namespace freehold::validation {
namespace {

using Database = documents::Resource<api::ServiceDatabase>;

/// One mention of a table in `owns`.
struct Mention {
  const Database* database;
  std::string aggregate;
  std::string table;
  std::string path;

  const api::ServiceDatabase& object() const { return *database->object; }
};

std::vector<Mention> MentionsOf(const Database& database) {
  std::vector<Mention> mentions;
  const auto& owns = database.object->spec.owns;
  for (std::size_t at = 0; at < owns.size(); ++at) {
    for (std::size_t table = 0; table < owns[at].tables.size(); ++table) {
      if (api::IsOwnInEveryStore(owns[at].tables[table])) continue;
      mentions.push_back({&database, owns[at].aggregate, owns[at].tables[table],
                          "spec.owns[" + std::to_string(at) + "].tables[" + std::to_string(table) + "]"});
    }
  }
  return mentions;
}

std::string ServerNameOf(const api::ServiceDatabase& object, const documents::Resources& resources) {
  const auto* server = ServerOf(object, resources);
  return server ? server->object->meta.name : object.spec.server.value_or("");
}

/// In Tables mode all services of a server share one schema, so that equal names are one table.
bool AreOneTable(const Mention& a, const Mention& b, const documents::Resources& resources) {
  return a.object().spec.isolation == api::Isolation::kTables && b.object().spec.isolation == api::Isolation::kTables &&
         a.object().spec.engine == b.object().spec.engine &&
         ServerNameOf(a.object(), resources) == ServerNameOf(b.object(), resources);
}

void Report(const Mention& first, const Mention& later, Severity severity, Findings& findings) {
  const std::string said = severity == Severity::kError ? "is owned by" : "has the name of one of";
  const std::string code = ToString(api::Reason::kTableOwnedByAnother);
  findings.Add(severity, code, *later.database, later.path,
               "table " + later.table + " " + said + " service " + api::ServiceOf(first.object()) + " (" +
                   MentionOf(*first.database, first.path) +
                   "); keep it in one service and let the other consume events, keep a read model or call an API");
  findings.Add(Severity::kNote, code, *first.database, first.path,
               "table " + first.table + " is named by service " + api::ServiceOf(later.object()) + " (" +
                   MentionOf(*later.database, later.path) + "), too");
}

/// How bad it is that both name the table, if it is at all.
std::optional<Severity> Judge(const Mention& first, const Mention& later, const documents::Resources& resources) {
  const bool same_namespace = first.object().meta.ns == later.object().meta.ns;
  if (same_namespace && api::ServiceOf(first.object()) == api::ServiceOf(later.object())) return std::nullopt;
  if (AreOneTable(first, later, resources)) return Severity::kError;
  if (!same_namespace) return std::nullopt;
  return first.aggregate == later.aggregate ? Severity::kError : Severity::kWarning;
}

}  // namespace

void CheckTables(const World& world, Findings& findings) {
  std::map<std::string, std::vector<Mention>> seen;
  for (const Database& database : world.resources.databases) {
    for (const Mention& mention : MentionsOf(database)) {
      auto& others = seen[mention.table];
      for (const Mention& first : others) {
        const auto severity = Judge(first, mention, world.resources);
        if (!severity) continue;
        Report(first, mention, *severity, findings);
        break;
      }
      others.push_back(mention);
    }
  }
}

}  // namespace freehold::validation
