#include "operator/base/sensitive.h"

#include <openssl/crypto.h>

namespace freehold::base {

Sensitive::~Sensitive() { OPENSSL_cleanse(value_.data(), value_.size()); }

std::ostream& operator<<(std::ostream& out, const Sensitive&) { return out << "***"; }

}  // namespace freehold::base
