#include "reconcilers/stores/carry.h"

#include "operator/base/match.h"
#include "reconcilers/api/finalizer.h"
#include "reconcilers/stores/reconciler.h"

namespace freehold::stores {
namespace {

using base::Json;
using base::Match;
using base::Result;

/// Our keys over those that others have put there.
Json Merged(const std::map<std::string, std::string>& theirs, const Json& ours) {
  Json merged = Json::object();
  for (const auto& [key, value] : theirs) merged[key] = value;
  merged.update(ours);
  return merged;
}

Result<Json> Create(kube::Writer& writer, const kube::Name& name, const Json& object) {
  auto created = writer.Create(credentials::SecretType(), name.ns, object);
  if (!created && created.error().http_status == 409) {
    return base::InDoubt("SecretAppeared", "Secret " + ToString(name) + " was made in the meantime");
  }
  return created;
}

std::unexpected<base::Failure> SecretChanged(const kube::Name& name) {
  return base::InDoubt("SecretChanged", "Secret " + ToString(name) + " was changed in the meantime");
}

Result<Json> Update(kube::Writer& writer, const kube::Name& name, const Json& object, const kube::ObjectMeta& seen) {
  const Json& meta = object.at("metadata");
  const Json patch = Json::array(
      {{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", seen.resource_version}},
       {{"op", "add"}, {"path", "/metadata/labels"}, {"value", Merged(seen.labels, meta.at("labels"))}},
       {{"op", "add"}, {"path", "/metadata/annotations"}, {"value", Merged(seen.annotations, meta.at("annotations"))}},
       {{"op", "add"}, {"path", "/data"}, {"value", object.at("data")}}});
  auto patched = writer.JsonPatch(credentials::SecretType(), name, patch);
  if (!patched && patched.error().http_status == 422) {
    return SecretChanged(name);
  }
  return patched;
}

}  // namespace

Result<std::string> Hold(kube::Writer& writer, const HoldSecret& step) {
  const auto& version = step.seen.resource_version;
  const Json annotations = Merged(step.seen.annotations, {{"freehold.dev/held", version}});
  const auto patched =
      writer.JsonPatch(credentials::SecretType(), step.name,
                       Json::array({{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", version}},
                                    {{"op", "add"}, {"path", "/metadata/annotations"}, {"value", annotations}}}));
  if (!patched && (patched.error().http_status == 422 || patched.error().http_status == 404)) {
    return SecretChanged(step.name);
  }
  if (!patched) return std::unexpected(patched.error());
  const auto meta = kube::ParseMeta(*patched);
  if (!meta) return std::unexpected(meta.error());
  return meta->resource_version;
}

void AfterHold(const std::string& resource_version, WriteSecret& write) {
  if (write.replaces) write.replaces->resource_version = resource_version;
}

Result<void> Disown(kube::Writer& writer, const DisownSecret& step) {
  const Json patch =
      Json::array({{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", step.resource_version}},
                   {{"op", "remove"}, {"path", "/metadata/ownerReferences"}}});
  return kube::Dropping(writer.JsonPatch(credentials::SecretType(), step.name, patch));
}

Result<Json> Write(kube::Writer& writer, const WriteSecret& step) {
  const Json object = credentials::SecretObject(step.name, step.owner, step.endpoint, step.issued);
  return Write(writer, step.name, object, step.replaces ? &*step.replaces : nullptr);
}

Result<Json> Write(kube::Writer& writer, const kube::Name& name, const Json& secret, const kube::ObjectMeta* replaces) {
  return replaces ? Update(writer, name, secret, *replaces) : Create(writer, name, secret);
}

Result<void> Reconciler::Carry(const std::vector<Step>& steps, const engines::ServerAccess& access, GivenUp* given_up,
                               std::optional<Json>* secret) {
  std::string held;
  std::optional<Json> written;
  for (Step step : steps) {
    if (auto* write = std::get_if<WriteSecret>(&step); write && !held.empty()) AfterHold(held, *write);
    const auto done =
        parts_.gate.Pass(EffectOf(step, access.name), [&] { return CarryOne(step, access, held, written); });
    if (done) continue;
    const auto* sql = std::get_if<engines::Step>(&step);
    const bool spared = given_up && sql && sql->best_effort && done.error().kind != base::FailureClass::kNotLeader;
    if (!spared) return done;
    (*given_up)[{sql->verb, sql->target}] = done.error().message;
  }
  if (secret) *secret = std::move(written);
  return {};
}

Result<void> Reconciler::CarryOne(const Step& step, const engines::ServerAccess& access, std::string& held,
                                  std::optional<Json>& written) {
  return std::visit(
      Match{[&](const AddFinalizer& s) {
              return api::PatchFinalizer(parts_.writer, api::ServiceDatabaseType(), s.meta, true);
            },
            [&](const RemoveFinalizer& s) {
              return api::PatchFinalizer(parts_.writer, api::ServiceDatabaseType(), s.meta, false);
            },
            [&](const engines::Step& s) { return parts_.engine.Run(access, s); },
            [&](const VerifyLogin& s) { return parts_.engine.TryLogin(access, s.database, s.login, s.password); },
            [&](const HoldSecret& s) -> Result<void> {
              auto version = Hold(parts_.writer, s);
              if (!version) return std::unexpected(version.error());
              held = std::move(*version);
              return {};
            },
            [&](const WriteSecret& s) -> Result<void> {
              auto secret = Write(parts_.writer, s);
              if (!secret) return std::unexpected(secret.error());
              written = std::move(*secret);
              return {};
            },
            [&](const DisownSecret& s) { return Disown(parts_.writer, s); }},
      step);
}

}  // namespace freehold::stores
