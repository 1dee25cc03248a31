#include "reconcilers/documents/resources.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "reconcilers/api/schema/path.h"

namespace freehold::documents {
namespace {

namespace fs = std::filesystem;

std::string TextAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// "freehold.dev/v1alpha1" and, so that a wrong version is told instead of being passed over, every other version.
bool IsOurs(const std::string& api_version) { return api_version.starts_with(std::string(api::kGroup) + "/"); }

template <class Kind>
void Keep(api::Reading<Kind> reading, const Origin& origin, const std::string& default_namespace,
          std::vector<Resource<Kind>>& into) {
  if (default_namespace.size() && reading.value.meta.ns.empty()) reading.value.meta.ns = default_namespace;
  into.push_back({std::make_shared<const Kind>(std::move(reading.value)), std::move(reading.faults), origin});
}

void AddNamespace(const Json& object, Resources& into) {
  const auto meta = object.find("metadata");
  if (meta == object.end() || !meta->is_object()) return;
  Labels& labels = into.namespaces[TextAt(*meta, "name")];
  const auto written = meta->find("labels");
  if (written == meta->end() || !written->is_object()) return;
  for (const auto& [key, value] : written->items()) {
    if (value.is_string()) labels[key] = value.get<std::string>();
  }
}

void AddConfigMap(const Json& object, const std::string& default_namespace, Resources& into) {
  const auto meta = object.find("metadata");
  if (meta == object.end() || !meta->is_object()) return;
  const auto ns = TextAt(*meta, "namespace");
  into.config_maps[{ns.empty() ? default_namespace : ns, TextAt(*meta, "name")}] = object;
}

void AddDocument(const Json& object, const Origin& origin, const std::string& default_namespace, Resources& into) {
  if (!object.is_object()) {
    into.faults.push_back({origin.file, origin.PositionOf(""), "not a Kubernetes object"});
    return;
  }
  const std::string kind = TextAt(object, "kind"), api_version = TextAt(object, "apiVersion");
  const auto items = object.find("items");
  if (kind.ends_with("List") && items != object.end() && items->is_array()) {
    for (std::size_t at = 0; at < items->size(); ++at) {
      Origin inner = origin;
      inner.prefix = api::schema::PathOf(origin.prefix.empty() ? "items" : origin.prefix + ".items", at);
      AddDocument((*items)[at], inner, default_namespace, into);
    }
    return;
  }
  if (kind.empty() || api_version.empty()) {
    into.faults.push_back(
        {origin.file, origin.PositionOf(""), "not a Kubernetes object: apiVersion and kind are missing"});
    return;
  }
  if (kind == "Namespace" && api_version == "v1") return AddNamespace(object, into);
  if (kind == "ConfigMap" && api_version == "v1") AddConfigMap(object, default_namespace, into);
  if (!IsOurs(api_version)) return void(++into.unknown);
  if (kind == "ServiceDatabase") {
    return Keep(api::ParseServiceDatabase(object), origin, default_namespace, into.databases);
  }
  if (kind == "DatabaseServer") return Keep(api::ParseDatabaseServer(object), origin, "", into.servers);
  if (kind == "DataPolicy") return Keep(api::ParseDataPolicy(object), origin, "", into.policies);
  if (kind == "EventBus") return Keep(api::ParseEventBus(object), origin, "", into.buses);
  if (kind == "ReportingWarehouse") return Keep(api::ParseReportingWarehouse(object), origin, "", into.warehouses);
  if (kind == "CredentialIndex") return void(++into.unknown);  // Made by the controller, not by a user.
  into.faults.push_back({origin.file, origin.PositionOf("kind"), "there is no kind " + kind + " in " + api_version});
}

base::Result<std::vector<std::string>> FilesOf(const std::string& source) {
  std::error_code error;
  if (!fs::exists(source, error)) return base::Terminal("FileUnreadable", source + ": no such file or directory");
  if (!fs::is_directory(source, error)) return std::vector{source};
  static const std::set<std::string> kEndings = {".yaml", ".yml", ".json"};
  std::set<std::string> files;
  auto entry = fs::recursive_directory_iterator(source, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const bool hidden = entry->path().filename().string().starts_with('.');
    if (hidden && entry->is_directory()) entry.disable_recursion_pending();
    if (!hidden && entry->is_regular_file() && kEndings.contains(entry->path().extension().string())) {
      files.insert(entry->path().lexically_normal().string());
    }
  }
  if (error) return base::Terminal("FileUnreadable", source + ": " + error.message());
  return std::vector<std::string>(files.begin(), files.end());
}

base::Result<std::string> Slurp(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf() || in.peek() == std::ifstream::traits_type::eof())) {
    return base::Terminal("FileUnreadable", file + ": can't be read");
  }
  return text.str();
}

}  // namespace

Labels Resources::LabelsOf(const std::string& ns) const {
  const auto found = namespaces.find(ns);
  Labels labels = found == namespaces.end() ? Labels{} : found->second;
  labels.try_emplace("kubernetes.io/metadata.name", ns);
  return labels;
}

void Add(Parsed parsed, const std::string& default_namespace, Resources& into) {
  for (TextFault& fault : parsed.faults) into.faults.push_back(std::move(fault));
  for (const Document& document : parsed.documents) {
    AddDocument(document.content, document.origin, default_namespace, into);
  }
}

base::Result<Resources> Load(const std::vector<std::string>& sources, std::istream& standard_input,
                             const std::string& default_namespace) {
  Resources resources;
  for (const std::string& source : sources) {
    if (source == "-") {
      std::ostringstream text;
      text << standard_input.rdbuf();
      Add(ParseText(text.str(), "-"), default_namespace, resources);
      continue;
    }
    const auto files = FilesOf(source);
    if (!files) return std::unexpected(files.error());
    for (const std::string& file : *files) {
      const auto text = Slurp(file);
      if (!text) return std::unexpected(text.error());
      Add(ParseText(*text, file), default_namespace, resources);
    }
  }
  return resources;
}

}  // namespace freehold::documents
