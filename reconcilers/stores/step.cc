#include "reconcilers/stores/step.h"

#include "operator/base/match.h"
#include "operator/base/text.h"

namespace freehold::stores {

using base::Match;

bool IsPaused(const kube::ObjectMeta& meta) {
  const auto paused = meta.annotations.find(api::kPausedAnnotation);
  return paused != meta.annotations.end() && paused->second == "true";
}

runtime::Effect EffectOf(const Step& step, const std::string& server) {
  return std::visit(
      Match{[](const AddFinalizer& s) {
              return runtime::Effect{"api", "add-finalizer", ToString(s.meta.full_name())};
            },
            [](const RemoveFinalizer& s) {
              return runtime::Effect{"api", "remove-finalizer", ToString(s.meta.full_name())};
            },
            [](const WriteSecret& s) {
              return runtime::Effect{"api", s.replaces ? "update-secret" : "create-secret", ToString(s.name)};
            },
            [](const HoldSecret& s) {
              return runtime::Effect{"api", "hold-secret", ToString(s.name)};
            },
            [](const DisownSecret& s) {
              return runtime::Effect{"api", "disown-secret", ToString(s.name)};
            },
            [&](const VerifyLogin& s) {
              return runtime::Effect{"sql", "verify-login", server + "/" + s.login};
            },
            [&](const engines::Step& s) {
              return runtime::Effect{"sql", s.verb, server + "/" + s.target};
            }},
      step);
}

std::string Summary(std::span<const Step> steps, const std::string& server) {
  std::vector<std::string> parts;
  for (const Step& step : steps) {
    const auto effect = EffectOf(step, server);
    parts.push_back(effect.verb + " " + effect.target);
  }
  return base::Join(parts);
}

std::string Describe(const Step& step, const std::string& server) {
  const runtime::Effect effect = EffectOf(step, server);
  std::string text = effect.verb + " " + effect.target;
  const auto* script = std::get_if<engines::Step>(&step);
  if (!script) return text;
  if (!script->database.empty()) text += "  (in " + script->database + ")";
  if (!script->shortcut.empty())
    text += "\n    " + engines::Masked(script->shortcut) + "\n  or, if the server refuses that,";
  for (const std::string& statement : script->statements) text += "\n    " + engines::Masked(statement);
  return text;
}

}  // namespace freehold::stores
