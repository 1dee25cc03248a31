#include "reconcilers/engines/postgres/pool.h"

#include <algorithm>

#include "reconcilers/engines/postgres/endpoint.h"

namespace freehold::engines::postgres {
namespace {

constexpr auto kWaitForPlace = std::chrono::seconds(15);

std::unexpected<base::Failure> NoPlace() {
  return base::Retryable("ServerBusy", "all connections that may be held to this server are in use");
}

}  // namespace

Pool::Lease::Lease(std::shared_ptr<Pool> pool, std::string database, std::unique_ptr<Connection> connection)
    : pool_(std::move(pool)), database_(std::move(database)), connection_(std::move(connection)) {}

Pool::Lease::Lease(Lease&& place, std::unique_ptr<Connection> connection)
    : pool_(std::move(place.pool_)), database_(std::move(place.database_)), connection_(std::move(connection)) {}

Pool::Lease& Pool::Lease::operator=(Lease&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(database_, other.database_);
  std::swap(connection_, other.connection_);
  return *this;
}

Pool::Lease::~Lease() {
  if (pool_) pool_->Return(database_, std::move(connection_));
}

Pool::Stay::Stay(std::shared_ptr<Pool> pool, std::string database)
    : pool_(std::move(pool)), database_(std::move(database)) {
  const std::lock_guard lock(pool_->mutex_);
  pool_->stays_.insert(database_);
}

Pool::Stay::~Stay() {
  decltype(pool_->idle_) closing;
  std::unique_lock lock(pool_->mutex_);
  pool_->stays_.erase(pool_->stays_.find(database_));
  if (pool_->WorthKeeping(database_)) return;
  while (auto idle = pool_->idle_.extract(database_)) {
    closing.insert(std::move(idle));
    --pool_->places_taken_;
  }
  lock.unlock();
  closing.clear();
  pool_->freed_.notify_all();
}

Pool::Pool(ServerAccess access, Traffic& traffic, Keep keep, std::optional<Tenure> tenure)
    : access_(std::move(access)), traffic_(traffic), keep_(keep), tenure_(std::move(tenure)), fenced_(!tenure_) {}

Result<Pool::Lease> Pool::Connect(const std::string& database) {
  std::unique_lock lock(mutex_);
  if (!WaitForPlace(lock)) return NoPlace();
  if (auto idle = TakeIdle(database)) {
    lock.unlock();
    Lease lease(shared_from_this(), database, std::move(idle));
    if (auto fenced = Fence(*lease); !fenced) return std::unexpected(std::move(fenced.error()));
    return lease;
  }
  TakePlace();
  lock.unlock();

  Lease place(shared_from_this(), database, nullptr);
  auto connection = Open(database, Connection::kReplyWithin);
  if (!connection) return std::unexpected(std::move(connection.error()));
  return Lease(std::move(place), std::move(*connection));
}

Result<std::unique_ptr<Connection>> Pool::Open(const std::string& database, std::chrono::milliseconds reply_within) {
  auto connection = Connection::Open(ConnectString(access_, database, SessionName(tenure_)), traffic_, reply_within);
  if (!connection) return connection;
  if (auto fenced = Fence(**connection); !fenced) return std::unexpected(std::move(fenced.error()));
  return connection;
}

Result<void> Pool::Fence(Connection& connection) {
  // Asked of a connection that there is: a successor ends those, and finds none that is made after this.
  if (tenure_ && !tenure_->lasts()) return base::NotLeader();
  std::unique_lock lock(mutex_);
  if (fenced_ && lost_.empty()) return {};
  const bool predecessors = !fenced_;
  const auto lost = lost_;
  lock.unlock();
  if (auto ended = EndSessions(connection, tenure_, predecessors, lost); !ended) return ended;
  lock.lock();
  fenced_ = true;
  std::erase_if(lost_, [&](int pid) { return std::ranges::count(lost, pid) > 0; });
  return {};
}

void Pool::GiveUp(const Connection& connection) {
  if (!connection.broken()) return;
  const std::lock_guard lock(mutex_);
  lost_.push_back(connection.pid());
}

Result<Pool::Lease> Pool::Reserve() {
  std::unique_lock lock(mutex_);
  if (!WaitForPlace(lock)) return NoPlace();
  TakePlace();
  return Lease(shared_from_this(), {}, nullptr);
}

bool Pool::HasIdle(const std::string& database) {
  const std::lock_guard lock(mutex_);
  return idle_.contains(database);
}

Insights Pool::InsightsOf(Connection& connection) {
  std::unique_lock lock(mutex_);
  if (insights_) return *insights_;
  lock.unlock();
  const auto seen = connection.insights();
  lock.lock();
  insights_ = seen;
  return seen;
}

bool Pool::Full() const { return places_taken_ >= std::max(1, access_.connections); }

bool Pool::WaitForPlace(std::unique_lock<std::mutex>& lock) {
  return freed_.wait_for(lock, kWaitForPlace, [this] { return !Full() || !idle_.empty(); });
}

void Pool::TakePlace() {
  if (Full()) {
    idle_.erase(idle_.begin());
  } else {
    ++places_taken_;
  }
}

std::unique_ptr<Connection> Pool::TakeIdle(const std::string& database) {
  for (auto found = idle_.find(database); found != idle_.end(); found = idle_.find(database)) {
    auto connection = std::move(idle_.extract(found).mapped());
    if (connection->alive()) return connection;
    --places_taken_;
  }
  return nullptr;
}

bool Pool::WorthKeeping(const std::string& database) const {
  return keep_ == Keep::kAll || database == access_.maintenance_database || database == access_.shared_database ||
         stays_.contains(database);
}

void Pool::Return(const std::string& database, std::unique_ptr<Connection> connection) {
  if (connection) GiveUp(*connection);
  std::unique_lock lock(mutex_);
  if (connection && WorthKeeping(database) && !connection->broken()) {
    idle_.emplace(database, std::move(connection));
  } else {
    --places_taken_;
  }
  lock.unlock();
  connection.reset();
  freed_.notify_one();
}

void Pools::Begin(Tenure tenure) {
  const std::lock_guard lock(mutex_);
  tenure_ = std::move(tenure);
}

std::shared_ptr<Pool> Pools::For(const ServerAccess& access) {
  const std::lock_guard lock(mutex_);
  auto& pool = pools_[access.name];
  if (!pool || pool->access() != access) pool = std::make_shared<Pool>(access, traffic_, keep_, tenure_);
  return pool;
}

}  // namespace freehold::engines::postgres
