// A value that must not be shown: passwords, tokens, Secret content.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace freehold::base {

/// Prints as "***" whichever way it is printed; the content is had by Reveal() only, so that every use can be
/// found by that name. The memory is overwritten on destruction.
class Sensitive {
 public:
  Sensitive() = default;
  explicit Sensitive(std::string value) : value_(std::move(value)) {}
  Sensitive(const Sensitive&) = default;
  Sensitive(Sensitive&&) = default;
  Sensitive& operator=(const Sensitive&) = default;
  Sensitive& operator=(Sensitive&&) = default;
  ~Sensitive();

  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  bool operator==(const Sensitive&) const = default;

 private:
  std::string value_;
};

std::ostream& operator<<(std::ostream&, const Sensitive&);

}  // namespace freehold::base
