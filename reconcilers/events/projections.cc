#include "reconcilers/events/projections.h"

#include <algorithm>

namespace freehold::events {
namespace {

using api::ProjectionOperation;

std::string PathOf(const ProjectedEntry& entry, const std::string& field) {
  return "spec.consumes[" + std::to_string(entry.index) + "].into" + (field.empty() ? "" : "." + field);
}

const api::ProjectedColumn* Find(const api::Projection& projection, const std::string& column) {
  const auto found = std::ranges::find(projection.columns, column, &api::ProjectedColumn::name);
  return found == projection.columns.end() ? nullptr : &*found;
}

class Check {
 public:
  Check(const api::ServiceDatabase& object, ProjectedTable& table) : object_(object), table_(table) {}

  void Run() {
    Name();
    for (const ProjectedEntry& entry : table_.entries) Agree(entry);
  }

 private:
  void Add(const ProjectedEntry& entry, const std::string& field, std::string message) {
    table_.faults.push_back(
        {object_.meta.full_name(), PathOf(entry, field), api::Reason::kProjectionInvalid, std::move(message)});
  }

  void Name() {
    const ProjectedEntry& first = table_.entries.front();
    if (object_.spec.isolation == api::Isolation::kTables) {
      Add(first, "", "isolation Tables has no schema of the service's own for a copy; raise isolation to Schema");
    }
    for (const auto& owned : object_.spec.owns) {
      if (std::ranges::find(owned.tables, table_.table) == owned.tables.end()) continue;
      Add(first, "table",
          "table " + table_.table + " is the service's own, of aggregate " + owned.aggregate + "; choose another name");
    }
  }

  void Agree(const ProjectedEntry& entry) {
    const api::Projection& into = entry.into();
    const api::Projection& shape = table_.shape();
    if (&into == &shape) return;
    const std::string there = "the other events that are kept in " + table_.table;
    if (into.key != shape.key) {
      return Add(entry, "key", "is " + into.key + ", but " + there + " have " + shape.key + "; let them agree");
    }
    for (std::size_t at = 0; at < into.columns.size(); ++at) {
      const auto& column = into.columns[at];
      const std::string field = "columns[" + std::to_string(at) + "]";
      const auto* same = Find(shape, column.name);
      if (!same) {
        Add(entry, field, "column " + column.name + " is not among those of " + there + "; add it there or remove it");
      } else if (same->type != column.type) {
        Add(entry, field + ".type",
            "column " + column.name + " is of type " + ToString(column.type) + ", but " + there + " have it as " +
                ToString(same->type) + "; let them agree");
      }
    }
    if (into.operation == ProjectionOperation::kDelete) return;
    for (const auto& column : shape.columns) {
      if (Find(into, column.name)) continue;
      Add(entry, "columns", "column " + column.name + " is missing, which " + there + " have; add it");
    }
  }

  const api::ServiceDatabase& object_;
  ProjectedTable& table_;
};

}  // namespace

const api::Projection& ProjectedTable::shape() const {
  const auto upsert = std::ranges::find_if(
      entries, [](const auto& entry) { return entry.into().operation == ProjectionOperation::kUpsert; });
  return upsert == entries.end() ? entries.front().into() : upsert->into();
}

std::vector<ProjectedTable> ProjectedTablesOf(const api::ServiceDatabase& object) {
  std::map<std::string, ProjectedTable> tables;
  for (std::size_t index = 0; index < object.spec.consumes.size(); ++index) {
    const auto& consumed = object.spec.consumes[index];
    if (!consumed.into) continue;
    auto& table = tables[consumed.into->table];
    table.table = consumed.into->table;
    table.entries.push_back({index, &consumed});
  }
  std::vector<ProjectedTable> list;
  for (auto& [name, table] : tables) {
    Check(object, table).Run();
    list.push_back(std::move(table));
  }
  return list;
}

}  // namespace freehold::events
