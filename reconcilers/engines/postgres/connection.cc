#include "reconcilers/engines/postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>

#include "reconcilers/engines/postgres/failure.h"
#include "reconcilers/engines/postgres/watchdog.h"

namespace freehold::engines::postgres {
namespace {

using base::Failure;

// Several statements in one message are one transaction, which ends with the message whatever happens.
constexpr const char* kOneSnapshot = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

struct Closes {
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
  void operator()(PGconn* session) const { PQfinish(session); }
  void operator()(PGresult* reply) const { PQclear(reply); }
};
using Session = std::unique_ptr<PGconn, Closes>;
using Reply = std::unique_ptr<PGresult, Closes>;

std::string FirstField(const Reply& reply) {
  if (PQntuples(reply.get()) == 0 || PQnfields(reply.get()) == 0) return {};
  return {PQgetvalue(reply.get(), 0, 0), static_cast<std::size_t>(PQgetlength(reply.get(), 0, 0))};
}

/// As COPY reads a value in its text format.
std::string AsCopied(const std::string& value) {
  static const std::map<char, const char*> kEscapes = {{'\\', "\\\\"}, {'\t', "\\t"}, {'\n', "\\n"}, {'\r', "\\r"}};
  std::string text;
  for (const char c : value) {
    const auto escape = kEscapes.find(c);
    text += escape == kEscapes.end() ? std::string(1, c) : escape->second;
  }
  return text;
}

class PqConnection final : public Connection {
 public:
  PqConnection(Session session, Traffic& traffic, std::chrono::milliseconds reply_within)
      : traffic_(traffic), reply_within_(reply_within), session_(std::move(session)) {
    PQsetErrorVerbosity(session_.get(), PQERRORS_TERSE);
  }

  Result<std::string> Ask(const Query& query) override {
    const auto prepared = PreparedAs(query.text);
    if (!prepared) return std::unexpected(prepared.error());
    std::vector<const char*> values;
    for (const auto& value : query.parameters) values.push_back(value.c_str());
    const int count = static_cast<int>(values.size());
    const auto replies = Exchange(kReadLost, [&](PGconn* session) {
      return prepared->empty()
                 ? PQsendQueryParams(session, query.text.c_str(), count, nullptr, values.data(), nullptr, nullptr, 0)
                 : PQsendQueryPrepared(session, prepared->c_str(), count, values.data(), nullptr, nullptr, 0);
    });
    if (!replies) return std::unexpected(replies.error());
    return FirstField(replies->back());
  }

  Result<std::vector<std::string>> AskAll(const std::vector<std::string>& questions) override {
    std::string script = kOneSnapshot;
    for (const auto& question : questions) script += ";\n" + question;
    const auto replies = Exchange(kReadLost, [&](PGconn* session) { return PQsendQuery(session, script.c_str()); });
    if (!replies) return std::unexpected(replies.error());
    std::vector<std::string> answers;
    std::transform(replies->begin() + 1, replies->end(), std::back_inserter(answers), FirstField);
    return answers;
  }

  Result<void> Do(const std::string& statements) override {
    const auto replies =
        Exchange(kChangeLost, [&](PGconn* session) { return PQsendQuery(session, statements.c_str()); });
    if (!replies) return std::unexpected(replies.error());
    return {};
  }

  Result<void> DoOne(const std::string& statement, bool reads_rows) override {
    // By the extended protocol, which takes no second statement.
    const auto send = [&](PGconn* session) {
      return PQsendQueryParams(session, statement.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0);
    };
    const auto replies = Exchange(kChangeLost, send, {}, reads_rows ? RowlessFailure : StatementFailure);
    if (!replies) return std::unexpected(replies.error());
    return {};
  }

  void Cancel() override {
    const std::unique_ptr<PGcancel, Closes> cancel(PQgetCancel(session_.get()));
    char unused[256];
    // When that fails it is over, or the server will end it by its statement_timeout.
    if (cancel) PQcancel(cancel.get(), unused, sizeof unused);
    shutdown(PQsocket(session_.get()), SHUT_RDWR);
  }

  Result<void> Copy(const std::string& table, const std::string& value) override {
    const auto copy = "COPY " + table + " FROM STDIN";
    const auto replies = Exchange(
        kChangeLost, [&](PGconn* session) { return PQsendQuery(session, copy.c_str()); }, AsCopied(value) + "\n");
    if (!replies) return std::unexpected(replies.error());
    return {};
  }

  bool broken() const override { return broken_; }
  bool alive() const override {
    // Nothing is to be read from a session that was asked nothing, unless it was ended.
    pollfd socket{PQsocket(session_.get()), POLLIN | POLLRDHUP, 0};
    return !broken_ && poll(&socket, 1, 0) == 0;
  }
  int pid() const override { return pid_; }
  int major() const override { return PQserverVersion(session_.get()) / 10000; }
  Insights insights() override {
    const auto seen = Ask({"SELECT concat(has_table_privilege('pg_catalog.pg_authid', 'SELECT'), "
                           "has_table_privilege('pg_catalog.pg_hba_file_rules', 'SELECT') AND "
                           "has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE'), "
                           "has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT'))",
                           {}})
                          .value_or("fff");
    return {.verifiers = seen[0] == 't', .access_file = seen[1] == 't', .conninfos = seen[2] == 't'};
  }

 private:
  struct Lost {
    base::FailureClass kind;
    const char* reason;
  };
  static constexpr Lost kReadLost{base::FailureClass::kRetryable, "ServerUnreachable"};
  static constexpr Lost kChangeLost{base::FailureClass::kInDoubt, "ReplyLost"};

  /// One round trip: the replies to all statements of one message, at least one; or the first failure, as `failure`
  /// makes it of SQLSTATE and message. `rows` is what a COPY gets.
  template <class Send>
  Result<std::vector<Reply>> Exchange(const Lost& lost, Send send, const std::string& rows = {},
                                      Failure (*failure)(const std::string&, const std::string&) = StatementFailure) {
    const auto watch = Watchdog::Instance().Watch(PQsocket(session_.get()), reply_within_);
    ++traffic_.round_trips;
    std::vector<Reply> replies;
    std::optional<Failure> refused;
    if (send(session_.get()) == 1) {
      while (Reply reply{PQgetResult(session_.get())}) {
        const auto status = PQresultStatus(reply.get());
        const bool copies = status == PGRES_COPY_IN;
        if (copies) {
          PQputCopyData(session_.get(), rows.data(), static_cast<int>(rows.size()));
          PQputCopyEnd(session_.get(), nullptr);
        }
        const bool fine =
            copies || status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
        if (!fine && !refused) refused = failure(StateOf(reply), PQresultErrorMessage(reply.get()));
        replies.push_back(std::move(reply));
      }
    }
    if (replies.empty() || PQstatus(session_.get()) != CONNECTION_OK) {
      broken_ = true;
      return std::unexpected(Failure{lost.kind, lost.reason, Tidy(PQerrorMessage(session_.get())), {}, 0});
    }
    if (refused) return std::unexpected(std::move(*refused));
    return replies;
  }

  static std::string StateOf(const Reply& reply) {
    const char* state = PQresultErrorField(reply.get(), PG_DIAG_SQLSTATE);
    return state ? state : "";
  }

  /// The name of a prepared statement for what is asked more than once: planning takes longer than the answer. Empty
  /// for what is asked for the first time.
  Result<std::string> PreparedAs(const std::string& text) {
    const auto [asked, first] = asked_.try_emplace(text);
    if (first || !asked->second.empty()) return asked->second;
    const auto name = "asked_" + std::to_string(++prepared_);
    const auto replies = Exchange(
        kReadLost, [&](PGconn* session) { return PQsendPrepare(session, name.c_str(), text.c_str(), 0, nullptr); });
    if (!replies) return std::unexpected(replies.error());
    return asked->second = name;
  }

  Traffic& traffic_;
  const std::chrono::milliseconds reply_within_;
  const Session session_;
  const int pid_ = PQbackendPID(session_.get());  ///< a session that broke doesn't tell it any more
  bool broken_ = false;
  std::map<std::string, std::string> asked_;  ///< by text, the name of its prepared statement once it has one
  int prepared_ = 0;
};

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const base::Sensitive& connect_string, Traffic& traffic,
                                                     std::chrono::milliseconds reply_within) {
  ++traffic.connections;
  Session session(PQconnectdb(connect_string.Reveal().c_str()));
  if (PQstatus(session.get()) != CONNECTION_OK) return std::unexpected(ConnectFailure(PQerrorMessage(session.get())));
  return std::make_unique<PqConnection>(std::move(session), traffic, reply_within);
}

}  // namespace freehold::engines::postgres
