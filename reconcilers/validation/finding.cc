#include "reconcilers/validation/finding.h"

#include <algorithm>
#include <tuple>

namespace freehold::validation {
namespace {

std::string PlaceOf(const std::string& file, const documents::Position& position) {
  if (position.line == 0) return file;
  return file + ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
}

/// As it can be shown: without characters that end the line or turn what stands beside them around, and not for ever.
std::string Plain(const std::string& text) {
  // LRM, RLM; embeddings and overrides; isolates; ALM, as UTF-8.
  static const std::vector<std::string> kTurning = {"\u200E", "\u200F", "\u202A", "\u202B", "\u202C", "\u202D",
                                                    "\u202E", "\u2066", "\u2067", "\u2068", "\u2069", "\u061C"};
  constexpr std::size_t kLongest = 1000;
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
  std::string plain;
  std::size_t at = 0;
  while (at < text.size() && (plain.size() < kLongest || continues(at))) {
    const auto turning =
        std::ranges::find_if(kTurning, [&](const auto& mark) { return text.compare(at, mark.size(), mark) == 0; });
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool shown = byte >= 0x20 && byte != 0x7f && turning == kTurning.end();
    plain += shown ? text[at] : '?';
    at += turning == kTurning.end() ? 1 : turning->size();
  }
  return at == text.size() ? plain : plain + "...";
}

std::string TitleOf(const kube::ResourceType& type, const kube::ObjectMeta& meta) {
  return type.kind + " " + ToString(meta.full_name());
}

}  // namespace

std::string ToString(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return {};
}

std::string ToString(const Finding& finding) {
  std::string text;
  if (!finding.file.empty()) text += PlaceOf(finding.file, finding.position) + ": ";
  text += ToString(finding.severity) + ": ";
  if (!finding.object.empty()) text += finding.object + ": ";
  if (!finding.path.empty()) text += finding.path + ": ";
  return text + finding.message;
}

bool Holds(std::span<const Finding> findings) {
  return std::ranges::none_of(findings, [](const Finding& finding) { return finding.severity == Severity::kError; });
}

void Findings::Add(Finding finding) {
  for (auto* text : {&finding.object, &finding.path, &finding.message}) *text = Plain(*text);
  list_.push_back(std::move(finding));
}

std::vector<Finding> Findings::Take() {
  const auto order = [](const Finding& finding) {
    return std::tuple(finding.file, finding.position, finding.object, finding.severity, finding.path, finding.message);
  };
  std::ranges::stable_sort(list_, {}, order);
  const auto repeated = std::ranges::unique(list_);
  list_.erase(repeated.begin(), repeated.end());
  return std::move(list_);
}

template <>
std::string Title(const api::ServiceDatabase& object) {
  return TitleOf(api::ServiceDatabaseType(), object.meta);
}
template <>
std::string Title(const api::DatabaseServer& object) {
  return TitleOf(api::DatabaseServerType(), object.meta);
}
template <>
std::string Title(const api::DataPolicy& object) {
  return TitleOf(api::DataPolicyType(), object.meta);
}
template <>
std::string Title(const api::EventBus& object) {
  return TitleOf(api::EventBusType(), object.meta);
}

template <>
std::string Title(const api::ReportingWarehouse& object) {
  return TitleOf(api::ReportingWarehouseType(), object.meta);
}

template <class Kind>
std::string PlaceOf(const documents::Resource<Kind>& resource, const std::string& path) {
  if (resource.origin.file.empty()) return Title(*resource.object);
  return PlaceOf(resource.origin.file, resource.origin.PositionOf(path));
}
template std::string PlaceOf(const documents::Resource<api::ServiceDatabase>&, const std::string&);
template std::string PlaceOf(const documents::Resource<api::DatabaseServer>&, const std::string&);
template std::string PlaceOf(const documents::Resource<api::DataPolicy>&, const std::string&);
template std::string PlaceOf(const documents::Resource<api::EventBus>&, const std::string&);
template std::string PlaceOf(const documents::Resource<api::ReportingWarehouse>&, const std::string&);

template <class Kind>
std::string MentionOf(const documents::Resource<Kind>& resource, const std::string& path) {
  const std::string title = Title(*resource.object);
  return resource.origin.file.empty() ? title : title + " at " + PlaceOf(resource, path);
}
template std::string MentionOf(const documents::Resource<api::ServiceDatabase>&, const std::string&);
template std::string MentionOf(const documents::Resource<api::DatabaseServer>&, const std::string&);
template std::string MentionOf(const documents::Resource<api::DataPolicy>&, const std::string&);
template std::string MentionOf(const documents::Resource<api::EventBus>&, const std::string&);
template std::string MentionOf(const documents::Resource<api::ReportingWarehouse>&, const std::string&);

}  // namespace freehold::validation
