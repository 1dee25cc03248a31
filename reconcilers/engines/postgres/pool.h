// The few connections that one server is worked with.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconcilers/engines/engine.h"
#include "reconcilers/engines/postgres/connection.h"
#include "reconcilers/engines/postgres/tenure.h"

namespace freehold::engines::postgres {

/// Which connections are kept for the next lease.
enum class Keep {
  kWanted,  ///< to the maintenance database, the shared one, and where somebody stays
  kAll,     ///< as long as there is room
};

/// Thread-safe. At most ServerAccess::connections exist at once, all databases together, those of logins tried
/// included.
///
/// Guarantees: what was sent to the server before, by a process whose tenure is over or by a session of ours whose
/// reply was lost, has happened or never will when a connection is handed out; and none is handed out once the tenure
/// is over. So no statement comes between a look and what follows from it, however late it is. Assumption: those
/// processes had the same admin; sessions of another role are left alone.
class Pool : public std::enable_shared_from_this<Pool> {
 public:
  /// A place among those connections, with or without a connection in it. Returns both on destruction: a connection
  /// that is to be kept waits for the next lease, others are closed, as is a broken one.
  class Lease {
   public:
    Lease(std::shared_ptr<Pool> pool, std::string database, std::unique_ptr<Connection> connection);
    /// The same place, now with a connection.
    Lease(Lease&& place, std::unique_ptr<Connection> connection);
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) noexcept;
    ~Lease();
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    std::shared_ptr<Pool> pool_;
    std::string database_;
    std::unique_ptr<Connection> connection_;
  };

  /// Keeps connections to one database for the next lease, as long as it lives.
  class Stay final : public Engine::Stay {
   public:
    Stay(std::shared_ptr<Pool> pool, std::string database);
    ~Stay() override;

   private:
    const std::shared_ptr<Pool> pool_;
    const std::string database_;
  };

  /// `traffic` outlives the pool.
  Pool(ServerAccess, Traffic& traffic, Keep keep, std::optional<Tenure> tenure);

  /// A connection as admin. Retryable "ServerBusy" when no place became free in time, NotLeader when the tenure is
  /// over; otherwise what Connection::Open and EndSessions say.
  Result<Lease> Connect(const std::string& database);
  /// A place alone, for a connection as somebody else.
  Result<Lease> Reserve();

  /// A connection as admin that is not kept, for who has a place. Failures as Connect.
  Result<std::unique_ptr<Connection>> Open(const std::string& database, std::chrono::milliseconds reply_within);
  /// It is not used any more: if it broke, what it was at is over before another connection is handed out.
  void GiveUp(const Connection&);

  /// A connection to it is kept, so that connecting costs nothing. Somebody else may take it first.
  bool HasIdle(const std::string& database);

  /// What the admin may read. Asked by `connection`, once for the pool.
  Insights InsightsOf(Connection& connection);

  const ServerAccess& access() const { return access_; }

 private:
  // All of these with mutex_ held.
  bool Full() const;
  bool WaitForPlace(std::unique_lock<std::mutex>&);
  void TakePlace();
  std::unique_ptr<Connection> TakeIdle(const std::string& database);
  bool WorthKeeping(const std::string& database) const;

  /// Ends what came before; see Guarantees.
  Result<void> Fence(Connection&);
  void Return(const std::string& database, std::unique_ptr<Connection>);

  const ServerAccess access_;
  Traffic& traffic_;
  const Keep keep_;
  const std::optional<Tenure> tenure_;

  std::mutex mutex_;
  std::condition_variable freed_;
  int places_taken_ = 0;  // guarded by mutex_, as all below: leases and idle connections
  std::multimap<std::string, std::unique_ptr<Connection>> idle_;
  std::multiset<std::string> stays_;
  bool fenced_;            ///< no process of an earlier tenure has a session
  std::vector<int> lost_;  ///< server processes of broken connections
  std::optional<Insights> insights_;
};

/// The pools of all servers, by name. Thread-safe.
class Pools {
 public:
  explicit Pools(Keep keep = Keep::kWanted) : keep_(keep) {}
  /// For all pools that are made from now on.
  void Begin(Tenure tenure);
  /// Made anew when `access` is not what it was; leases of the former pool end with their users, all of them before
  /// this object does.
  std::shared_ptr<Pool> For(const ServerAccess& access);
  /// All servers together, since the start.
  const Traffic& traffic() const { return traffic_; }
  Traffic& traffic() { return traffic_; }

 private:
  const Keep keep_;
  Traffic traffic_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Pool>> pools_;  // guarded by mutex_
  std::optional<Tenure> tenure_;                        // guarded by mutex_
};

}  // namespace freehold::engines::postgres
