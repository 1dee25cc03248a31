// What validation found, in the form that compilers use.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reconcilers/api/reasons.h"
#include "reconcilers/documents/resources.h"

namespace freehold::validation {

enum class Severity { kError, kWarning, kNote };
std::string ToString(Severity);  ///< "error", "warning", "note"

struct Finding {
  Severity severity = Severity::kError;
  std::string code;     ///< a Reason's word, or "Syntax", "Invalid", "Duplicate"
  std::string object;   ///< "ServiceDatabase shop/orders"; empty: none was understood
  std::string path;     ///< "spec.isolation"; empty: the object as a whole
  std::string message;  ///< with the remedy
  std::string file;     ///< empty: the object comes from a cluster
  documents::Position position;
  bool operator==(const Finding&) const = default;
};

/// "shop.yaml:12:5: error: ServiceDatabase shop/orders: spec.isolation: …".
std::string ToString(const Finding&);

/// True when none is an error.
bool Holds(std::span<const Finding>);

template <class Kind>
std::string Title(const Kind& object);  ///< "ServiceDatabase shop/orders"

/// Collects findings about resources.
class Findings {
 public:
  template <class Kind>
  void Add(Severity severity, std::string code, const documents::Resource<Kind>& resource, std::string path,
           std::string message) {
    const auto position = resource.origin.PositionOf(path);
    Add(Finding{severity, std::move(code), Title(*resource.object), std::move(path), std::move(message),
                resource.origin.file, position});
  }
  /// What can't be shown of its texts is left out.
  void Add(Finding finding);

  /// In the order of files and lines; equal ones once.
  std::vector<Finding> Take();

 private:
  std::vector<Finding> list_;
};

/// "shop.yaml:12:5", or the object's title when it comes from a cluster.
template <class Kind>
std::string PlaceOf(const documents::Resource<Kind>& resource, const std::string& path);

/// "ServiceDatabase shop/orders at shop.yaml:12:5", or only the title when it comes from a cluster.
template <class Kind>
std::string MentionOf(const documents::Resource<Kind>& resource, const std::string& path);

}  // namespace freehold::validation
