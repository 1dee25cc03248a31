// Cuts a stream of bytes into lines.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace freehold::http {

/// Feed bytes as they come; complete lines come out without their newline ("\n" or "\r\n"). Empty lines are dropped.
class LineSplitter {
 public:
  enum class Outcome { kMore, kEnded, kTooLong };

  /// `sink` returns false to end.
  LineSplitter(std::size_t limit, std::function<bool(std::string_view)> sink) : limit_(limit), sink_(std::move(sink)) {}

  /// kTooLong: a line exceeds the limit; kEnded: the sink wanted no more. Both are final.
  Outcome Feed(std::string_view bytes);

  /// Bytes of a line that never ended.
  std::size_t pending() const { return partial_.size(); }

 private:
  bool Emit(std::string_view line) const;

  const std::size_t limit_;
  const std::function<bool(std::string_view)> sink_;
  std::string partial_;
};

}  // namespace freehold::http
