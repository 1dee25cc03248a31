// What a server proves itself by. It may be changed while the server runs.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "operator/base/failure.h"
#include "operator/base/sensitive.h"

namespace boost::asio::ssl {
class context;
}

namespace freehold::serve {

/// PEM texts.
struct Identity {
  std::string certificate;  ///< with its chain, if it has one
  base::Sensitive key;
  bool operator==(const Identity&) const = default;
};

/// TLS 1.2 and newer. Thread-safe.
class Tls {
 public:
  /// Connections that begin from now on are shown this one; those that are there keep what they have.
  /// Terminal "InvalidTls" when it can't be used; what was used before stays.
  base::Result<void> Use(const Identity&);

  /// Null: nothing to use yet, connections are closed at once.
  std::shared_ptr<boost::asio::ssl::context> Current() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<boost::asio::ssl::context> context_;  ///< guarded by mutex_; never changed once it is here
};

}  // namespace freehold::serve
