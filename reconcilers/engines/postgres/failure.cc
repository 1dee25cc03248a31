#include "reconcilers/engines/postgres/failure.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {
namespace {

using base::Failure;
using base::FailureClass;

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool Mentions(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](auto word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

Failure StatementFailure(const std::string& sqlstate, const std::string& message) {
  const auto text = Tidy(message);
  const auto family = sqlstate.substr(0, 2);
  if (sqlstate == "25006") return {FailureClass::kRetryable, "ServerReadOnly", text};
  if (sqlstate == "53100") return {FailureClass::kRetryable, "ServerOutOfSpace", text};
  // DROP DATABASE WITH (FORCE), where somebody is connected whom only a superuser may end.
  if (sqlstate == "42501" && Mentions(text, {"terminate process"}))
    return {FailureClass::kRetryable, "ServerBusy", text};
  if (sqlstate == "42501" || family == "28") return {FailureClass::kTerminal, "AdminDenied", text};
  const bool raced = (sqlstate == "XX000" && Mentions(text, {"concurrently"})) ||
                     (sqlstate == "23505" && Mentions(text, {"constraint \"pg_"}));
  // Out of resources; locked or in use; deadlock; cancelled by a timeout; changed by someone else at the same moment.
  if (IsOneOf(family, {"53", "55", "40"}) || sqlstate == "57014" || raced) {
    return {FailureClass::kRetryable, "ServerBusy", text};
  }
  if (IsOneOf(family, {"08", "57"})) return {FailureClass::kRetryable, "ServerUnreachable", text};
  return {FailureClass::kTerminal, "StatementFailed", sqlstate.empty() ? text : text + " (" + sqlstate + ")"};
}

Failure RowlessFailure(const std::string& sqlstate, const std::string& message) {
  const auto family = sqlstate.substr(0, 2);
  // Rights, a division by zero, more than one row, keys that are there twice; then resources, locks, time-outs.
  const bool quotes_nothing = IsOneOf(sqlstate, {"42501", "22012", "21000", "23505", "25006", "57014"}) ||
                              IsOneOf(family, {"08", "40", "53", "55", "57"});
  if (quotes_nothing) return StatementFailure(sqlstate, message);
  return StatementFailure(sqlstate, "a row can't be computed with; what the server said stands in its log");
}

Failure ConnectFailure(const std::string& message) {
  const auto text = Tidy(message);
  if (Mentions(text, {"too many", "remaining connection slots"})) return {FailureClass::kRetryable, "ServerBusy", text};
  if (Mentions(text, {"authentication failed", "no pg_hba.conf entry", "is not permitted to log in",
                      "permission denied for database", "pg_hba.conf rejects", "no password supplied"}) ||
      (Mentions(text, {"role \""}) && Mentions(text, {"does not exist"}))) {
    return {FailureClass::kTerminal, "AdminDenied", text};
  }
  if (Mentions(text, {"database \""}) && Mentions(text, {"does not exist", "is not currently accepting connections"})) {
    return {FailureClass::kTerminal, kNoSuchDatabase, text};
  }
  return {FailureClass::kRetryable, "ServerUnreachable", text};
}

std::string Tidy(const std::string& message) {
  std::string line = Masked(message);
  std::ranges::replace(line, '\n', ' ');
  const auto verifier = line.find("SCRAM-SHA-256$");
  if (verifier != std::string::npos) line.resize(verifier);
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace freehold::engines::postgres
