#include "operator/kube/api_reply.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "operator/kube/text.h"

namespace freehold::kube {
namespace {

using base::Failure;
using base::FailureClass;
using base::Json;

struct Status {
  int code = 0;
  std::string reason;
  std::string message;
  std::optional<std::chrono::milliseconds> after;
};

Status ParseStatus(const Json& json) {
  Status status;
  if (!json.is_object()) return status;
  if (const auto code = json.find("code"); code != json.end() && code->is_number_integer())
    status.code = code->get<int>();
  if (const auto reason = json.find("reason"); reason != json.end() && reason->is_string())
    status.reason = reason->get<std::string>();
  if (const auto message = json.find("message"); message != json.end() && message->is_string())
    status.message = message->get<std::string>();
  static const Json::json_pointer kAfter("/details/retryAfterSeconds");
  if (json.contains(kAfter) && json.at(kAfter).is_number_integer() && json.at(kAfter).get<int>() > 0)
    status.after = std::chrono::seconds(json.at(kAfter).get<int>());
  return status;
}

/// Only the form in seconds: the API server sends no other.
std::optional<std::chrono::milliseconds> RetryAfter(const http::Headers& headers) {
  const auto found = headers.find("Retry-After");
  if (found == headers.end()) return std::nullopt;
  int seconds = 0;
  const auto [end, error] = std::from_chars(found->second.data(), found->second.data() + found->second.size(), seconds);
  if (error != std::errc() || seconds < 0 || seconds > 3600) return std::nullopt;
  return std::chrono::seconds(seconds);
}

struct Meaning {
  FailureClass kind;
  std::string reason;
};

Meaning MeaningOf(const Status& status, bool write) {
  const Meaning unavailable{FailureClass::kRetryable, "ApiUnavailable"};
  switch (status.code) {
    case 400:
    case 422:
      return {FailureClass::kTerminal, "Invalid"};
    case 401:
      return {FailureClass::kRetryable, "Unauthorized"};
    case 403:
      return {FailureClass::kTerminal, "Forbidden"};
    case 404:
      return {FailureClass::kTerminal, "NotFound"};
    case 409:
      return {FailureClass::kTerminal, status.reason == "AlreadyExists" ? "AlreadyExists" : "Conflict"};
    case 410:
      return {FailureClass::kTerminal, "Gone"};
    case 429:
      return {FailureClass::kRetryable, "TooManyRequests"};
    case 503:
      return unavailable;
  }
  if (status.code >= 500) return write ? Meaning{FailureClass::kInDoubt, "ApiReplyLost"} : unavailable;
  return {FailureClass::kTerminal, status.reason.empty() ? "UnexpectedReply" : status.reason};
}

Failure Build(const Status& status, bool write, const std::string& what) {
  Meaning meaning = MeaningOf(status, write);
  const std::string said =
      status.message.empty() ? "the API server replied " + std::to_string(status.code) : status.message;
  return {meaning.kind, std::move(meaning.reason), what + ": " + said, status.after, status.code};
}

}  // namespace

Failure FailureOf(const http::Response& response, bool write, const std::string& what) {
  constexpr std::size_t kQuoted = 300;
  const auto json = base::ParseJson(response.body);
  Status status = json ? ParseStatus(*json) : Status{};
  if (!json && !response.body.empty()) status.message = CutUtf8(response.body, kQuoted);
  status.code = response.status;
  if (const auto after = RetryAfter(response.headers)) status.after = after;
  return Build(status, write, what);
}

Failure FailureOf(const Json& json, const std::string& what) {
  Status status = ParseStatus(json);
  if (status.code == 0 && (status.reason == "Expired" || status.reason == "Gone")) status.code = 410;
  if (status.code == 0) status.code = 500;
  return Build(status, false, what);
}

Failure FailureOf(const Failure& transport, const std::string& what) {
  Failure failure = transport;
  failure.message = what + ": " + failure.message;
  if (failure.reason == "Unreachable") failure.reason = "ApiUnreachable";
  if (failure.reason == "ReplyLost") failure.reason = "ApiReplyLost";
  return failure;
}

bool IsUnanswered(const Failure& failure) {
  constexpr std::array kReasons{"ApiUnreachable", "ApiUnavailable", "ApiReplyLost", "TooManyRequests"};
  return std::ranges::find(kReasons, failure.reason) != kReasons.end();
}

std::vector<std::string> WarningsOf(const http::Headers& headers) {
  std::vector<std::string> warnings;
  const auto found = headers.find("Warning");
  if (found == headers.end()) return warnings;
  std::string_view rest = found->second;
  for (auto at = rest.find("299 "); at != std::string_view::npos; at = rest.find("299 ")) {
    rest.remove_prefix(at);
    const auto open = rest.find('"');
    if (open == std::string_view::npos) break;
    rest.remove_prefix(open + 1);
    std::string text;
    while (!rest.empty() && rest.front() != '"') {
      if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
      text += rest.front();
      rest.remove_prefix(1);
    }
    if (!rest.empty()) rest.remove_prefix(1);
    warnings.push_back(std::move(text));
  }
  return warnings;
}

}  // namespace freehold::kube
