// How one log line looks.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "operator/runtime/log.h"

namespace freehold::runtime::log {

struct Event {
  std::chrono::system_clock::time_point time;
  Level level = Level::kInfo;
  std::string_view logger;
  std::string_view message;
  Fields fields;
};

/// One JSON object: ts (RFC 3339 with milliseconds), level, logger, msg, then the fields. A field of one of those four
/// names gets a trailing underscore. Bytes that are not UTF-8 become U+FFFD.
std::string JsonLine(const Event& event);

/// "2026-03-01T12:00:00.000Z INFO  stores  credential rotated  store=shop/orders". Values with blanks, quotes, equals
/// signs or control characters are quoted and escaped as in JSON, so that a line is a line.
std::string TextLine(const Event& event);

}  // namespace freehold::runtime::log
