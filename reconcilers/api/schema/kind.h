// A whole object: what it is called, how it is listed, and the frame around spec and status.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "operator/kube/object.h"
#include "reconcilers/api/fault.h"
#include "reconcilers/api/schema/schema.h"

namespace freehold::api::schema {

/// A column of `kubectl get`.
struct Column {
  std::string name;
  std::string type;  ///< "string", "integer", "date"
  std::string path;  ///< ".spec.isolation"
  std::string description;
  bool wide = false;  ///< shown by -o wide only
};

struct KindFrame {
  kube::ResourceType type;
  std::string singular;
  std::string short_name;
  std::string description;
  std::vector<Column> columns;
  std::map<std::string, std::string> labels;  ///< of the CRD
  /// The controller writes its status: a new object says by observedGeneration -1 that it has not been seen, which tools
  /// that know kstatus would take for done otherwise.
  bool told = true;
};

/// Checks apiVersion and kind, that nothing unknown stands beside spec, and reads name, namespace, labels, annotations.
kube::ObjectMeta ReadFrame(const Json& object, const KindFrame&, const Scope&);

/// apiVersion, kind and metadata; only what is set.
Json WriteFrame(const kube::ObjectMeta&, const KindFrame&);

/// The column that every kind has for one of its conditions.
Column ConditionColumn(const std::string& condition, const std::string& description);
Column ReasonColumn();
Column AgeColumn();

/// A null `status`: the kind has none. `root` holds the rules that look at metadata.name and spec together.
Json Crd(const KindFrame&, Json spec, Json status, const std::vector<Json>& root);

/// The reference page, Markdown: every field of the CRD with type, default and rules.
std::string Reference(const KindFrame&, const Json& crd);

}  // namespace freehold::api::schema
