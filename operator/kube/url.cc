#include "operator/kube/url.h"

#include "operator/kube/text.h"

namespace freehold::kube {

std::string CollectionPath(const ResourceType& type, const std::string& ns) {
  std::string path = type.group.empty() ? "/api/" : "/apis/" + type.group + "/";
  path += type.version;
  if (type.namespaced && !ns.empty()) path += "/namespaces/" + PercentEncode(ns);
  return path + "/" + type.plural;
}

std::string ObjectPath(const ResourceType& type, const Name& name, std::string_view subresource) {
  std::string path = CollectionPath(type, name.ns) + "/" + PercentEncode(name.name);
  if (!subresource.empty()) path += "/" + std::string(subresource);
  return path;
}

std::string Query(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    query += (query.empty() ? "?" : "&") + name + "=" + PercentEncode(value);
  }
  return query;
}

}  // namespace freehold::kube
