#include <simdjson.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "reconcilers/documents/builder.h"

namespace freehold::documents {

namespace {

/// The first line that is not UTF-8; zero: all of it is.
int LineThatIsNotUtf8(const std::string& text) {
  if (simdjson::validate_utf8(text)) return 0;
  std::istringstream in(text);
  int line = 0;
  for (std::string bytes; std::getline(in, bytes);) {
    ++line;
    if (!simdjson::validate_utf8(bytes)) return line;
  }
  return line;
}

}  // namespace

Parsed ParseText(const std::string& text, const std::string& file) {
  if (const int line = LineThatIsNotUtf8(text); line > 0) {
    return {.documents = {}, .faults = {{file, {line, 1}, "not UTF-8; save the file in that encoding"}}};
  }
  Builder builder(file);
  std::optional<TextFault> fault;
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    fault = TextFault{file, {error.mark.line + 1, error.mark.column + 1}, "not YAML: " + error.msg};
  }
  Parsed parsed = builder.Take();
  if (fault) parsed.faults.push_back(std::move(*fault));
  return parsed;
}

}  // namespace freehold::documents
