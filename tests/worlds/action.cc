#include "tests/worlds/action.h"

#include "operator/base/match.h"
#include "reconcilers/api/kinds.h"

namespace freehold::worlds {
namespace {

using base::Match;

std::string TextOf(const kube::ObjectMeta& meta) {
  std::string text = meta.uid + "@" + meta.resource_version + ":";
  for (const auto& finalizer : meta.finalizers) text += finalizer + ",";
  return text;
}

std::string TextOf(const stores::WriteSecret& s) {
  const auto& issued = s.issued;
  return ToString(s.name) + issued.login + "/" + issued.password.Reveal() + "/" + base::FormatTime(issued.at) + "/" +
         issued.previous_login + "/" + issued.answered + "/" + (s.replaces ? TextOf(*s.replaces) : "new");
}

}  // namespace

std::string TextOf(const Action& action) {
  std::string text = std::to_string(action.claim) + action.uid + (action.removal ? ToString(*action.removal) : "") +
                     (action.adopts ? "adopts" : "") + "|" + std::to_string(action.deed.index());
  text +=
      std::visit(Match{[](const Sql& s) {
                         std::string all = s.verb + "@" + s.database;
                         for (const auto& statement : s.statements) all += statement + ";\n";
                         return all;
                       },
                       [](const stores::VerifyLogin& s) { return s.database + s.login + s.password.Reveal(); },
                       [](const stores::WriteSecret& s) { return TextOf(s); },
                       [](const stores::HoldSecret& s) { return ToString(s.name) + TextOf(s.seen); },
                       [](const stores::DisownSecret& s) { return ToString(s.name) + s.resource_version; },
                       [](const stores::AddFinalizer& s) { return TextOf(s.meta); },
                       [](const stores::RemoveFinalizer& s) { return TextOf(s.meta); },
                       [](const ApplyStatus& s) { return s.meta.uid + api::StatusObject(s.meta, s.status).dump(); }},
                 action.deed);
  return text;
}

std::string NameOf(const Action& action) {
  return std::visit(Match{[](const Sql& s) {
                            std::string name = s.verb + ":";
                            for (const auto& statement : s.statements) {
                              auto line = engines::Masked(statement);
                              line = line.substr(0, line.find('\n'));
                              name += "\n       " + (line.size() > 150 ? line.substr(0, 150) + " …" : line);
                            }
                            return name;
                          },
                          [](const stores::VerifyLogin& s) { return "verify-login " + s.login; },
                          [](const stores::WriteSecret& s) {
                            return std::string(s.replaces ? "update-secret" : "create-secret") + " to name " +
                                   s.issued.login;
                          },
                          [](const stores::HoldSecret&) { return std::string("hold-secret"); },
                          [](const stores::DisownSecret&) { return std::string("disown-secret"); },
                          [](const stores::AddFinalizer&) { return std::string("add-finalizer"); },
                          [](const stores::RemoveFinalizer&) { return std::string("remove-finalizer"); },
                          [](const ApplyStatus& s) {
                            std::string name = "apply-status";
                            for (const auto& condition : s.status.conditions) {
                              name += " " + condition.type + "=" + ToString(condition.status) + "/" + condition.reason;
                            }
                            return name;
                          }},
                    action.deed);
}

std::string KindOf(const Action& action) {
  const auto name = NameOf(action);
  return name.substr(0, name.find_first_of(" :"));
}

}  // namespace freehold::worlds
