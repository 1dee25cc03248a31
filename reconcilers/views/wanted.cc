#include "reconcilers/views/wanted.h"

#include <algorithm>

#include "operator/base/text.h"
#include "reconcilers/views/file.h"

namespace freehold::views {
namespace {

using engines::ViewWanted;

struct Candidate {
  ViewWanted view;
  std::string file;
  std::set<std::string> reads;  ///< other views, by full name
};
using Candidates = std::map<std::string, Candidate>;

std::string SchemaOf(const std::string& full_name) { return full_name.substr(0, full_name.find('.')); }

class Collection {
 public:
  Collection(const std::string& database, const std::vector<Folder>& folders, const engines::ViewsSeen& seen)
      : seen_(seen) {
    wanted_.views.database = database;
    for (const auto& folder : folders) wanted_.views.schemas.insert(folder.spec.schema);
    for (const auto& folder : folders) Add(folder);
  }

  Wanted Run() {
    for (auto& [name, candidate] : candidates_) {
      std::erase_if(candidate.reads, [&](const auto& read) { return !wanted_.views.schemas.contains(SchemaOf(read)); });
    }
    for (bool placed = true; placed;) {
      placed = false;
      for (const auto& [name, candidate] : candidates_) placed = (!IsSettled(name) && Place(name, candidate)) || placed;
    }
    for (const auto& [name, candidate] : candidates_) {
      if (!IsSettled(name)) Fault(name, "it reads itself, by way of " + base::Join(WaysBack(name), ", "));
    }
    return std::move(wanted_);
  }

 private:
  void Add(const Folder& folder) {
    const auto& schema = folder.spec.schema;
    const auto there = seen_.schemas.find(schema);
    if (there != seen_.schemas.end() && !there->second.ours) {
      wanted_.troubles.push_back("schema " + schema + " is there and not made for views; name another");
      return;
    }
    if (!folder.files) {
      wanted_.views.left_alone.insert(schema);
      wanted_.troubles.push_back(folder.files.error());
      return;
    }
    for (const auto& [key, text] : *folder.files) {
      if (!IsViewFile(key)) continue;
      auto file = ReadViewFile(key, text);
      const auto name = schema + "." + key.substr(0, key.rfind('.'));
      files_[name] = key;
      if (!file) {
        Fault(name, file.error());
        continue;
      }
      auto digest = base::Sha256Hex(file->query + "\n" + base::Join(file->unique, ",")).substr(0, 32);
      candidates_[name] = {{.schema = schema,
                            .name = std::move(file->name),
                            .query = std::move(file->query),
                            .unique = std::move(file->unique),
                            .digest = std::move(digest),
                            .statement_timeout = folder.spec.statement_timeout},
                           key,
                           std::move(file->reads)};
    }
  }

  bool IsSettled(const std::string& name) const { return placed_.contains(name) || wanted_.faults.contains(name); }

  void Fault(const std::string& name, const std::string& why) {
    wanted_.faults[name] = files_[name] + ": " + why;
    wanted_.views.kept.insert(name);
  }

  /// Is it known by now what becomes of it?
  bool Place(const std::string& name, const Candidate& candidate) {
    for (const auto& read : candidate.reads) {
      const bool there = seen_.views.contains(read);
      const bool unknown = wanted_.views.left_alone.contains(SchemaOf(read));
      if (!files_.contains(read) && !unknown)
        return Fault(name, "it reads " + read + ", of which there is no file"), true;
      if (wanted_.faults.contains(read) && !there) return Fault(name, "it reads " + read + ", which isn't there"), true;
      if (candidates_.contains(read) && !IsSettled(read)) return false;
    }
    placed_.insert(name);
    wanted_.views.views.push_back(candidate.view);
    return true;
  }

  /// Those that it reads, and that read it in turn; when it only reads such, it is told so.
  std::vector<std::string> WaysBack(const std::string& name) const {
    std::vector<std::string> ways;
    for (const auto& read : candidates_.at(name).reads) {
      if (!IsSettled(read)) ways.push_back(read);
    }
    return ways;
  }

  const engines::ViewsSeen& seen_;
  Wanted wanted_;
  Candidates candidates_;
  std::map<std::string, std::string> files_;  ///< by full name
  std::set<std::string> placed_;
};

}  // namespace

std::map<std::string, std::string> FilesOf(const base::Json& config_map) {
  std::map<std::string, std::string> files;
  const auto data = config_map.find("data");
  if (data == config_map.end() || !data->is_object()) return files;
  for (const auto& [key, value] : data->items()) {
    if (value.is_string()) files[key] = value.get<std::string>();
  }
  return files;
}

Wanted WantedOf(const std::string& database, const std::vector<Folder>& folders, const engines::ViewsSeen& seen) {
  return Collection(database, folders, seen).Run();
}

std::vector<std::string> InOrder(const engines::ViewsSeen& seen, const std::set<std::string>& schemas) {
  std::vector<std::string> order;
  const auto placed = [&](const std::string& name) { return std::ranges::find(order, name) != order.end(); };
  const auto counts = [&](const std::string& name) {
    return schemas.contains(SchemaOf(name)) && !name.substr(name.find('.') + 1).starts_with("freehold_");
  };
  for (bool found = true; found;) {
    found = false;
    for (const auto& [name, view] : seen.views) {
      const bool waits =
          std::ranges::any_of(view.reads, [&](const auto& read) { return counts(read) && !placed(read); });
      if (!counts(name) || placed(name) || waits) continue;
      order.push_back(name);
      found = true;
    }
  }
  return order;
}

}  // namespace freehold::views
