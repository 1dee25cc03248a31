// A plain client, as a service or a person has it.
#pragma once

#include <functional>
#include <memory>
#include <pqxx/pqxx>
#include <string>

namespace freehold::engines::postgres {

/// Throws pqxx exceptions when the server refuses. Copies share one session.
class Client {
 public:
  explicit Client(const std::string& connect_string);
  /// A session that this process keeps when its user is done with it, and gives, as if new, to the next who asks with
  /// the same words. What ALTER ROLE and ALTER DATABASE … SET changed meanwhile it doesn't know.
  static Client Kept(const std::string& connect_string);
  /// Ends those that nobody uses.
  static void EndKept();

  /// The first field of the first row, empty when there is none.
  std::string Ask(const std::string& sql);
  bool IsAlive();
  /// Is it notified on the channel, within ten seconds, of what `act` does?
  bool Hears(const std::string& channel, const std::function<void()>& act);

 private:
  explicit Client(std::shared_ptr<pqxx::connection>);
  std::shared_ptr<pqxx::connection> connection_;
};

}  // namespace freehold::engines::postgres
