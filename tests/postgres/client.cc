#include "tests/postgres/client.h"

#include <map>
#include <mutex>

namespace freehold::engines::postgres {
namespace {

class Idle {
 public:
  std::unique_ptr<pqxx::connection> Take(const std::string& connect_string) {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(connect_string);
    if (found == sessions_.end()) return nullptr;
    return std::move(sessions_.extract(found).mapped());
  }
  /// One that can't be made as new, as in a failed transaction, is ended.
  void Return(const std::string& connect_string, std::unique_ptr<pqxx::connection> session) {
    try {
      pqxx::nontransaction(*session).exec("DISCARD ALL");
    } catch (const pqxx::failure&) {
      return;
    }
    const std::lock_guard lock(mutex_);
    sessions_.emplace(connect_string, std::move(session));
  }
  void End() {
    const std::lock_guard lock(mutex_);
    sessions_.clear();
  }

 private:
  std::mutex mutex_;
  std::multimap<std::string, std::unique_ptr<pqxx::connection>> sessions_;  // guarded by mutex_
};

Idle& IdleSessions() {
  static Idle idle;
  return idle;
}

}  // namespace

Client::Client(const std::string& connect_string) : Client(std::make_shared<pqxx::connection>(connect_string)) {}

Client::Client(std::shared_ptr<pqxx::connection> connection) : connection_(std::move(connection)) {}

Client Client::Kept(const std::string& connect_string) {
  auto session = IdleSessions().Take(connect_string);
  if (!session) session = std::make_unique<pqxx::connection>(connect_string);
  return Client(std::shared_ptr<pqxx::connection>(session.release(), [connect_string](pqxx::connection* used) {
    IdleSessions().Return(connect_string, std::unique_ptr<pqxx::connection>(used));
  }));
}

void Client::EndKept() { IdleSessions().End(); }

std::string Client::Ask(const std::string& sql) {
  pqxx::nontransaction transaction(*connection_);
  const auto rows = transaction.exec(sql);
  return rows.empty() || rows[0].size() == 0 || rows[0][0].is_null() ? std::string() : rows[0][0].as<std::string>();
}

bool Client::IsAlive() {
  try {
    return Ask("SELECT 1") == "1";
  } catch (const pqxx::failure&) {
    return false;
  }
}

bool Client::Hears(const std::string& channel, const std::function<void()>& act) {
  struct Receiver final : pqxx::notification_receiver {
    using pqxx::notification_receiver::notification_receiver;
    void operator()(const std::string&, int) override { heard = true; }
    bool heard = false;
  } receiver(*connection_, channel);
  act();
  connection_->await_notification(10, 0);
  return receiver.heard;
}

}  // namespace freehold::engines::postgres
