// Users' resources as they stand in files, typed.
#pragma once

#include <istream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "operator/base/failure.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/documents/document.h"

namespace freehold::documents {

/// One resource, what is wrong with it in itself, and where it was read.
template <class Kind>
struct Resource {
  std::shared_ptr<const Kind> object;
  std::vector<api::Fault> faults;
  Origin origin;
};

using Labels = std::map<std::string, std::string>;

/// A set of resources, in the order in which they were read. Kinds that users of ours don't write are counted and
/// passed over.
struct Resources {
  std::vector<Resource<api::ServiceDatabase>> databases;
  std::vector<Resource<api::DatabaseServer>> servers;
  std::vector<Resource<api::DataPolicy>> policies;
  std::vector<Resource<api::EventBus>> buses;
  std::vector<Resource<api::ReportingWarehouse>> warehouses;
  std::map<kube::Name, Json> config_maps;    ///< whatever they are for; counted as unknown, too
  std::map<std::string, Labels> namespaces;  ///< labels of the namespaces that were among them
  std::vector<TextFault> faults;
  int unknown = 0;

  /// `kubernetes.io/metadata.name`, which every namespace has, included.
  Labels LabelsOf(const std::string& ns) const;
};

template <class Kind>
std::vector<std::shared_ptr<const Kind>> Objects(const std::vector<Resource<Kind>>& resources) {
  std::vector<std::shared_ptr<const Kind>> objects;
  for (const Resource<Kind>& resource : resources) objects.push_back(resource.object);
  return objects;
}

/// Sorts documents by kind; Lists are unrolled. Objects without a namespace are taken to be in `default_namespace`.
void Add(Parsed parsed, const std::string& default_namespace, Resources& into);

/// Reads files, directories (with all below them: .yaml, .yml, .json, by name, hidden ones aside) and "-", which is
/// `standard_input`. Terminal "FileUnreadable" when one can't be read or doesn't exist.
base::Result<Resources> Load(const std::vector<std::string>& sources, std::istream& standard_input,
                             const std::string& default_namespace = "default");

}  // namespace freehold::documents
