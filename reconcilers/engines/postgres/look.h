// A look: a handful of small questions that are asked at once, and one JSON document of their answers.
//
// What a question costs is parsing and planning it, anew on most connections: each new catalog, function and operator
// that it names is looked up first. So they are small, and what need not be asked is not.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/engines/postgres/connection.h"

namespace freehold::engines::postgres {

struct Question {
  std::string key;      ///< where the answer stands in the document; empty: it is asked for the sake of the others
  std::string text;     ///< a SELECT of one JSON value
  std::string section;  ///< the object in the document that it stands in; empty: the document itself
};
using Questions = std::vector<Question>;

/// One after the other.
Questions Joined(std::vector<Questions> parts);
/// All of them in that section.
Questions In(const std::string& section, Questions);

struct Answer {
  std::string key, json, section;
};

/// In the order of the questions. One round trip, one snapshot.
Result<std::vector<Answer>> AskAll(Connection&, const Questions&);
/// {"section": {"key": answer …}, "key": answer …}.
std::string Document(const std::vector<Answer>&);

}  // namespace freehold::engines::postgres
