// The certificates that a server's certificate is checked against, as a file, which is all that libpq takes.
#pragma once

#include <string>

namespace freehold::engines::postgres {

/// A path to `ca_pem` that only this process can open; the same one for equal content. It lives in memory, so that a
/// read-only root file system does. Empty: the path of the system's own bundle. Thread-safe.
std::string TrustFile(const std::string& ca_pem);

}  // namespace freehold::engines::postgres
