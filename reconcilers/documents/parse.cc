#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "reconcilers/documents/builder.h"

namespace freehold::documents {

Parsed ParseText(const std::string& text, const std::string& file) {
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
