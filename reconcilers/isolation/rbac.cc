#include "reconcilers/isolation/rbac.h"

#include <algorithm>

namespace freehold::isolation {
namespace {

using base::Json;

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<std::string> Texts(const Json& object, const char* key) {
  std::vector<std::string> texts;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return texts;
  for (const auto& item : *found) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

const Json& Part(const Json& object, const char* key) {
  static const Json kNothing = Json::object();
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? kNothing : *found;
}

bool Covers(const std::vector<std::string>& allowed, std::string_view asked) {
  return std::ranges::any_of(allowed, [&](const std::string& entry) { return entry == "*" || entry == asked; });
}

/// "*/exec" covers the subresource of everything.
bool CoversResource(const std::vector<std::string>& allowed, std::string_view asked) {
  if (Covers(allowed, asked)) return true;
  const auto slash = asked.find('/');
  return slash != std::string_view::npos && Covers(allowed, "*" + std::string(asked.substr(slash)));
}

Subject SubjectOf(const Json& json) { return {Text(json, "kind"), Text(json, "namespace"), Text(json, "name")}; }

}  // namespace

std::string ToString(const Subject& subject) {
  return subject.kind + " " + (subject.ns.empty() ? "" : subject.ns + "/") + subject.name;
}

bool Permission::May(std::string_view verb, std::string_view group, std::string_view resource,
                     std::string_view name) const {
  return std::ranges::any_of(rules, [&](const RbacRule& rule) {
    const bool named = rule.names.empty() || std::ranges::find(rule.names, name) != rule.names.end();
    return named && Covers(rule.verbs, verb) && Covers(rule.groups, group) && CoversResource(rule.resources, resource);
  });
}

void RbacBuilder::AddRole(const Json& role) {
  const auto& meta = Part(role, "metadata");
  std::vector<RbacRule> rules;
  for (const auto& rule : Part(role, "rules")) {
    rules.push_back({.groups = Texts(rule, "apiGroups"),
                     .resources = Texts(rule, "resources"),
                     .verbs = Texts(rule, "verbs"),
                     .names = Texts(rule, "resourceNames")});
  }
  roles_[{Text(meta, "namespace"), Text(meta, "name")}] = std::move(rules);
}

void RbacBuilder::AddBinding(const Json& binding) {
  const auto& meta = Part(binding, "metadata");
  const auto& role = Part(binding, "roleRef");
  Binding bound{.ns = Text(meta, "namespace"),
                .name = Text(meta, "name"),
                .role_kind = Text(role, "kind"),
                .role_name = Text(role, "name"),
                .subjects = {}};
  for (const auto& subject : Part(binding, "subjects")) bound.subjects.push_back(SubjectOf(subject));
  bindings_.push_back(std::move(bound));
}

std::vector<Permission> RbacBuilder::Build() const {
  std::vector<Permission> permissions;
  for (const auto& binding : bindings_) {
    const auto role = roles_.find({binding.role_kind == "ClusterRole" ? "" : binding.ns, binding.role_name});
    if (role == roles_.end()) continue;
    const std::string name =
        binding.ns.empty() ? "ClusterRoleBinding " + binding.name : "RoleBinding " + binding.ns + "/" + binding.name;
    for (const auto& subject : binding.subjects) {
      permissions.push_back({.subject = subject,
                             .ns = binding.ns,
                             .role = binding.role_kind + " " + binding.role_name,
                             .binding = name,
                             .rules = role->second});
    }
  }
  return permissions;
}

}  // namespace freehold::isolation
