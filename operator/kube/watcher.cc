#include "operator/kube/watcher.h"

namespace freehold::kube {

Name NameOf(const Json& object) {
  const auto text = [&](const char* key) {
    const Json::json_pointer path(std::string("/metadata/") + key);
    return object.contains(path) && object.at(path).is_string() ? object.at(path).get<std::string>() : std::string();
  };
  return {text("namespace"), text("name")};
}

}  // namespace freehold::kube
