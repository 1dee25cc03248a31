#include "operator/http/transport.h"

#include <strings.h>

namespace freehold::http {

bool IgnoreCase::operator()(const std::string& left, const std::string& right) const {
  return ::strcasecmp(left.c_str(), right.c_str()) < 0;
}

}  // namespace freehold::http
