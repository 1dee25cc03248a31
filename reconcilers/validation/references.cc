#include <algorithm>

#include "reconcilers/ownership/placement.h"
#include "reconcilers/validation/rules.h"

namespace freehold::validation {
namespace {

using api::Reason;
using Server = documents::Resource<api::DatabaseServer>;
using Database = documents::Resource<api::ServiceDatabase>;

bool Contains(const auto& list, const auto& item) { return std::ranges::find(list, item) != list.end(); }

void CheckMissing(const Database& database, const World& world, Findings& findings) {
  const auto severity = world.scope == Scope::kCluster ? Severity::kError : Severity::kNote;
  const auto& spec = database.object->spec;
  if (spec.server) {
    return findings.Add(severity, ToString(Reason::kServerNotFound), database, "spec.server",
                        "there is no DatabaseServer " + *spec.server +
                            (severity == Severity::kNote ? " among these resources" : "; create it or name another"));
  }
  if (severity == Severity::kNote) return;
  findings.Add(severity, ToString(Reason::kServerNotFound), database, "spec",
               "no DatabaseServer is the default for " + ToString(spec.engine) + "; name one in spec.server");
}

void CheckOffer(const Database& database, const Server& server, const World& world, Findings& findings) {
  const api::ServiceDatabase& object = *database.object;
  const api::DatabaseServerSpec& offer = server.object->spec;
  const std::string who = "DatabaseServer " + server.object->meta.name;
  const auto refuse = [&](Reason reason, const std::string& path, const std::string& message) {
    findings.Add(Severity::kError, ToString(reason), database, path, who + " " + message);
  };
  if (offer.engine != object.spec.engine) {
    refuse(
        Reason::kEngineNotSupported, "spec.engine",
        "is of engine " + ToString(offer.engine) + ", not " + ToString(object.spec.engine) + "; name another server");
  }
  if (!Contains(offer.isolation, object.spec.isolation)) {
    refuse(Reason::kIsolationNotOffered, "spec.isolation",
           "does not offer isolation " + ToString(object.spec.isolation) + "; choose another, or have it offered");
  }
  if (!Matches(offer.allowed_namespaces, world.resources.LabelsOf(object.meta.ns))) {
    refuse(Reason::kServerNotAllowed, "spec.server",
           "does not admit namespace " + object.meta.ns + "; choose another, or have the namespace admitted");
  }
  for (std::size_t at = 0; at < object.spec.extensions.size(); ++at) {
    if (Contains(offer.extensions, object.spec.extensions[at])) continue;
    refuse(Reason::kExtensionNotAllowed, "spec.extensions[" + std::to_string(at) + "]",
           "does not allow extension " + object.spec.extensions[at] + "; remove it, or have it allowed");
  }
  if (object.spec.isolation >= api::Isolation::kDatabase && StoreNameOf(object) == offer.shared_database) {
    refuse(Reason::kNameInvalid, object.spec.name ? "spec.name" : "spec",
           "keeps shared stores in database " + offer.shared_database + "; choose another spec.name");
  }
}

/// A store that was made stays where it is.
void CheckPlace(const Database& database, const Server& server, Findings& findings) {
  const auto& object = *database.object;
  const auto displaced = ownership::Displacement(object, *server.object);
  if (!displaced) return;
  const bool moves = object.status.store->server != server.object->meta.name;
  findings.Add(Severity::kError, ToString(displaced->reason), database,
               moves && object.spec.server ? "spec.server"
               : moves                     ? "spec"
                                           : "spec.isolation",
               displaced->message);
}

}  // namespace

const Server* ServerOf(const api::ServiceDatabase& object, const documents::Resources& resources) {
  const auto found = std::ranges::find_if(resources.servers, [&](const Server& server) {
    if (object.spec.server) return server.object->meta.name == *object.spec.server;
    if (object.status.store) return server.object->meta.name == object.status.store->server;
    return server.object->spec.is_default && server.object->spec.engine == object.spec.engine;
  });
  return found == resources.servers.end() ? nullptr : &*found;
}

void CheckServers(const World& world, Findings& findings) {
  std::map<api::EngineKind, const Server*> defaults;
  for (const Server& server : world.resources.servers) {
    if (!server.object->spec.is_default) continue;
    const auto [first, fresh] = defaults.emplace(server.object->spec.engine, &server);
    if (fresh || first->second->object->meta.name == server.object->meta.name) continue;
    findings.Add(Severity::kError, ToString(Reason::kServerAmbiguous), server, "spec.default",
                 ToString(server.object->spec.engine) + " has another default server: " +
                     MentionOf(*first->second, "spec.default") + "; keep one of them");
  }
}

void CheckReferences(const World& world, Findings& findings) {
  for (const Database& database : world.resources.databases) {
    const Server* server = ServerOf(*database.object, world.resources);
    if (server) {
      CheckOffer(database, *server, world, findings);
      CheckPlace(database, *server, findings);
    } else {
      CheckMissing(database, world, findings);
    }
  }
}

}  // namespace freehold::validation
