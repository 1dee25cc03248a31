// Kubernetes RBAC as plain data: who may do what where (Kubernetes, Using RBAC Authorization).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/json.h"

namespace freehold::isolation {

/// One rule of a Role or ClusterRole. "*" is any; no names means every name.
struct RbacRule {
  std::vector<std::string> groups, resources, verbs, names;
};

struct Subject {
  std::string kind, ns, name;  ///< ns of ServiceAccounts only
  bool operator==(const Subject&) const = default;
};
/// "ServiceAccount shop/orders", "Group tenants".
std::string ToString(const Subject&);

/// What one binding gives one subject.
struct Permission {
  Subject subject;
  std::string ns;       ///< empty: in all namespaces
  std::string role;     ///< "ClusterRole edit"
  std::string binding;  ///< "RoleBinding shop/devs"
  std::vector<RbacRule> rules;

  /// Named so that the sentence reads: May("get", "", "secrets", "orders.freehold"). A subresource is "pods/exec".
  bool May(std::string_view verb, std::string_view group, std::string_view resource, std::string_view name) const;
};

/// Gathers the four kinds in any order; bindings to roles that aren't there give nothing.
class RbacBuilder {
 public:
  void AddRole(const base::Json& role);        ///< Role or ClusterRole, as the API server gives it
  void AddBinding(const base::Json& binding);  ///< RoleBinding or ClusterRoleBinding
  std::vector<Permission> Build() const;

 private:
  struct Binding {
    std::string ns, name, role_kind, role_name;
    std::vector<Subject> subjects;
  };
  std::map<std::pair<std::string, std::string>, std::vector<RbacRule>>
      roles_;  ///< by namespace ("" of ClusterRoles), name
  std::vector<Binding> bindings_;
};

}  // namespace freehold::isolation
