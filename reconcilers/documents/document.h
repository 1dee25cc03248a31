// A document as it stands in a file: its content, and where each part of it is.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "operator/base/json.h"

namespace freehold::documents {

using base::Json;

/// Counted from one; zero: unknown.
struct Position {
  int line = 0;
  int column = 0;
  auto operator<=>(const Position&) const = default;
};

/// Of every path of a document ("spec.owns[0].tables"): where its name stands, or for items of a list where they begin.
using PositionTable = std::map<std::string, Position>;

/// Where an object was read. Empty `file`: nowhere, it comes from a cluster.
struct Origin {
  std::string file;
  std::shared_ptr<const PositionTable> positions;
  std::string prefix;  ///< path of the object in its document: "items[2]" in a List

  /// Of the value at `path` of the object, or of the nearest part around it that is there.
  Position PositionOf(const std::string& path) const;
};

struct Document {
  Json content;
  Origin origin;
};

/// What is wrong with a text before it is known what it means.
struct TextFault {
  std::string file;
  Position position;
  std::string message;
  bool operator==(const TextFault&) const = default;
};

struct Parsed {
  std::vector<Document> documents;
  std::vector<TextFault> faults;
};

/// Reads all documents of one YAML or JSON text. What follows a syntax fault is not read; keys that are given twice are
/// faults, the first one counts. Plain words become booleans, numbers and null as kubectl takes them.
Parsed ParseText(const std::string& text, const std::string& file);

}  // namespace freehold::documents
