// Objects that are wrong in one place, made from their kind's own schema.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "reconcilers/api/kinds.h"

namespace freehold::api {

/// One field of a sound object, replaced or removed.
struct Mutation {
  std::string kind;
  std::string path;  ///< of the field, as faults name it: "spec.owns[0].tables[1]"
  std::string what;  ///< for people: "removed", "the text \"pg_x\""
  Json object;       ///< the whole of it
};

/// Texts that break a program which takes them for something harmless.
const std::vector<std::string>& HostileTexts();

/// Sound objects of all kinds that users write; together they have every field.
std::vector<Json> WholeObjects();

/// The CRD of the object's kind, and within it the schema of one version's `spec`.
const Json& CrdOf(const Json& object);
Json SpecSchemaOf(const Json& object);

/// Paths of all fields of a schema, without indexes: "spec.owns[].tables[]".
std::set<std::string> FieldsOf(const Json& schema, const std::string& path);

/// Every field of `spec` in turn: each hostile text where it holds a text, values of other types, out of range, too
/// many items, equal ones; removed; and a field beside it that is unknown.
/// Of all these each `step`th.
std::vector<Mutation> MutationsOf(const Json& object, int step = 1);

/// 1 when FREEHOLD_MUTATIONS is set, otherwise the usual one.
int StepOfMutations(int usual);

}  // namespace freehold::api
