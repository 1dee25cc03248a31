#include "reconcilers/connect/changes.h"

#include <algorithm>
#include <set>

namespace freehold::connect {
namespace {

std::vector<std::string> EntriesThatDiffer(const Config& wanted, const Config& seen) {
  std::set<std::string> entries;
  for (const auto& [key, value] : wanted) {
    const auto found = seen.find(key);
    if (found == seen.end() || found->second != value) entries.insert(key);
  }
  for (const auto& [key, value] : seen) {
    if (!wanted.contains(key)) entries.insert(key);
  }
  return {entries.begin(), entries.end()};
}

const char* VerbOf(Change::Act act) {
  switch (act) {
    case Change::Act::kMake:
      return "make-connector ";
    case Change::Act::kChange:
      return "change-connector ";
    case Change::Act::kRemove:
      return "delete-connector ";
  }
  return "";
}

/// A reference into the workers' Secret tells nothing.
std::string Masked(const std::string& key, const std::string& value) {
  return key.ends_with("password") && !value.starts_with("${") ? "***" : value;
}

/// What ends with '.' is what kept names begin with.
bool IsKept(const std::string& name, const std::set<std::string>& kept) {
  return kept.contains(name) ||
         std::ranges::any_of(kept, [&](const std::string& one) { return one.ends_with('.') && name.starts_with(one); });
}

}  // namespace

bool HasConfig(const ConnectorWanted& wanted, const ConnectorSeen* seen) {
  return seen && seen->config == wanted.config;
}

std::vector<Change> ChangesOf(const Workers& workers, const Wanted& wanted,
                              const std::vector<std::string>& parts_of_others,
                              const std::map<std::string, ConnectorSeen>& seen) {
  std::map<std::string, Change> changes;
  std::set<std::string> kept;
  for (const auto& part : wanted.unknown) kept.insert(NameOn(workers, part));
  for (const auto& part : parts_of_others) kept.insert(NameOn(workers, part));
  for (const auto& connector : wanted.connectors) {
    const auto name = NameOn(workers, connector.part);
    kept.insert(name);
    const auto found = seen.find(name);
    const auto* there = found == seen.end() ? nullptr : &found->second;
    if (HasConfig(connector, there)) continue;
    changes[name] = {.act = there ? Change::Act::kChange : Change::Act::kMake,
                     .name = name,
                     .config = connector.config,
                     .entries = EntriesThatDiffer(connector.config, there ? there->config : Config{})};
  }
  for (const auto& [name, connector] : seen) {
    if (!name.starts_with(workers.prefix + ".") || IsKept(name, kept)) continue;
    changes[name] = {.act = Change::Act::kRemove, .name = name};
  }
  std::vector<Change> all;
  for (auto& [name, change] : changes) all.push_back(std::move(change));
  return all;
}

std::string Describe(const Change& change) {
  std::string text = VerbOf(change.act) + change.name;
  for (const auto& key : change.entries) {
    const auto found = change.config.find(key);
    text += "\n    " + (found == change.config.end() ? "without " + key : key + "=" + Masked(key, found->second));
  }
  return text;
}

}  // namespace freehold::connect
