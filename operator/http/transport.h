// HTTP as its callers see it: one request, one reply, or one reply read line by line while it lasts.
//
// Failures of every call:
//   Retryable "Unreachable"            nothing was sent, or only a read was: repeat at will.
//   Retryable "CredentialsUnavailable" the credential source has none at the moment; nothing was sent.
//   Retryable "Stopped"                a stop was requested before anything was sent, or during a read.
//   InDoubt   "ReplyLost"              a write was sent and its reply never came whole.
//   Terminal  "ReplyTooLarge", "BadRequest"   it can't succeed as asked.
// A reply of any status is a success here; what it means is the caller's business.
//
// A write is delivered at least once, not exactly once: a kept connection that turns out dead is opened again below.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "operator/base/failure.h"

namespace freehold::http {

using base::Result;

struct IgnoreCase {
  bool operator()(const std::string& left, const std::string& right) const;
};
/// Repeated headers arrive as one, joined by ", ".
using Headers = std::map<std::string, std::string, IgnoreCase>;

struct Request {
  std::string method = "GET";
  std::string target;  ///< path and query, percent-encoded, below the endpoint's own path
  Headers headers;
  std::string body;
  std::chrono::milliseconds deadline{30'000};  ///< from now to the end of the reply (of its headers, when streamed)
  std::stop_token stop;                        ///< a requested stop ends the call at once
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;
};

struct StreamLimits {
  std::chrono::milliseconds idle{60'000};    ///< silence longer than this ends the stream as a failure
  std::size_t line_bytes = 8 * 1024 * 1024;  ///< a longer line ends it as Terminal "ReplyTooLarge"
};

/// Gets each complete line without its newline; returns false to end the stream.
using LineSink = std::function<bool(std::string_view line)>;

/// Thread-safe. Calls block the calling thread, never longer than their deadline plus a moment.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Result<Response> Send(const Request&) = 0;
  /// Lines of a 2xx reply go to `sink` and its body is returned empty; another reply is returned whole.
  /// Success when the server ended the stream, the sink did, or a stop was requested.
  virtual Result<Response> Stream(const Request&, const StreamLimits&, const LineSink& sink) = 0;
};

}  // namespace freehold::http
