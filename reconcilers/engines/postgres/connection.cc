#include "reconcilers/engines/postgres/connection.h"

#include <poll.h>

#include <map>
#include <optional>
#include <pqxx/pqxx>

#include "reconcilers/engines/postgres/failure.h"
#include "reconcilers/engines/postgres/watchdog.h"

namespace freehold::engines::postgres {
namespace {

using base::Failure;

// A little more than the statement_timeout that the server itself keeps.
constexpr auto kReplyWithin = std::chrono::seconds(75);

class PqxxConnection final : public Connection {
 public:
  PqxxConnection(const std::string& connect_string, Traffic& traffic) : traffic_(traffic), connection_(connect_string) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
    connection_.set_verbosity(pqxx::connection_base::terse);
  }

  Result<std::string> Ask(const Query& query) override {
    const auto ask = [&](pqxx::nontransaction& transaction) {
      const auto parameters = pqxx::prepare::make_dynamic_params(query.parameters);
      const auto prepared = PreparedAs(query.text);
      return prepared ? transaction.exec_prepared(*prepared, parameters)
                      : transaction.exec_params(query.text, parameters);
    };
    return Guarded(ask, {base::FailureClass::kRetryable, "ServerUnreachable", "", {}, 0});
  }

  Result<void> Do(const std::string& statements) override {
    const auto run = [&](pqxx::nontransaction& transaction) { return transaction.exec(statements); };
    auto done = Guarded(run, {base::FailureClass::kInDoubt, "ReplyLost", "", {}, 0});
    if (!done) return std::unexpected(std::move(done.error()));
    return {};
  }

  Result<void> Copy(const std::string& table, const std::string& value) override {
    const auto copy = [&](pqxx::nontransaction& transaction) {
      pqxx::stream_to stream(transaction, table);
      stream << std::make_tuple(value);
      stream.complete();
      return pqxx::result();
    };
    auto done = Guarded(copy, {base::FailureClass::kInDoubt, "ReplyLost", "", {}, 0});
    if (!done) return std::unexpected(std::move(done.error()));
    return {};
  }

  bool broken() const override { return broken_; }
  bool alive() const override {
    // Nothing is to be read from a session that was asked nothing, unless it was ended.
    pollfd socket{connection_.sock(), POLLIN | POLLRDHUP, 0};
    return !broken_ && poll(&socket, 1, 0) == 0;
  }
  int major() const override { return connection_.server_version() / 10000; }
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
  /// The first field of the first row of what `act` brings.
  template <class Act>
  std::string Run(Act act) {
    const auto watch = Watchdog::Instance().Watch(connection_.sock(), kReplyWithin);
    ++traffic_.round_trips;
    pqxx::nontransaction transaction(connection_);
    const pqxx::result rows = act(transaction);
    if (rows.empty() || rows[0][0].is_null()) return {};
    return {rows[0][0].c_str(), rows[0][0].size()};
  }

  /// The name of a prepared statement for what is asked more than once: planning takes longer than the answer.
  std::optional<std::string> PreparedAs(const std::string& text) {
    const auto [asked, first] = asked_.try_emplace(text);
    if (first) return std::nullopt;
    if (asked->second.empty()) {
      asked->second = "asked_" + std::to_string(++prepared_);
      connection_.prepare(asked->second, text);
      ++traffic_.round_trips;
    }
    return asked->second;
  }

  template <class Act>
  Result<std::string> Guarded(Act act, Failure when_lost) {
    const auto refused = [](const std::string& state, const std::exception& error) {
      return std::unexpected(StatementFailure(state, error.what()));
    };
    try {
      return Run(act);
    } catch (const pqxx::too_many_connections& error) {
      return refused("53300", error);
    } catch (const pqxx::broken_connection& error) {
      broken_ = true;
      when_lost.message = Tidy(error.what());
      return std::unexpected(std::move(when_lost));
    } catch (const pqxx::sql_error& error) {
      return refused(StateOf(error), error);
    } catch (const pqxx::transaction_rollback& error) {
      return refused("40001", error);
    } catch (const std::exception& error) {
      broken_ = true;
      when_lost.message = Tidy(error.what());
      return std::unexpected(std::move(when_lost));
    }
  }

  static std::string StateOf(const pqxx::sql_error& error) {
    if (!error.sqlstate().empty()) return error.sqlstate();
    if (dynamic_cast<const pqxx::insufficient_privilege*>(&error)) return "42501";
    if (dynamic_cast<const pqxx::insufficient_resources*>(&error)) return "53000";
    return {};
  }

  Traffic& traffic_;
  pqxx::connection connection_;
  bool broken_ = false;
  std::map<std::string, std::string> asked_;  ///< by text, the name of its prepared statement once it has one
  int prepared_ = 0;
};

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const base::Sensitive& connect_string, Traffic& traffic) {
  try {
    ++traffic.connections;
    return std::make_unique<PqxxConnection>(connect_string.Reveal(), traffic);
  } catch (const std::exception& error) {
    return std::unexpected(ConnectFailure(error.what()));
  }
}

}  // namespace freehold::engines::postgres
