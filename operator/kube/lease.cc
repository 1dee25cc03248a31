#include "operator/kube/lease.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace freehold::kube {
namespace {

const ResourceType kLeases{"coordination.k8s.io", "v1", "leases", "Lease", true};

}  // namespace

Lease::Lease(Client& client, Name name, std::string self, LeaseSettings settings, LeaseHooks hooks,
             const base::Clock& clock)
    : client_(client),
      name_(std::move(name)),
      self_(std::move(self)),
      settings_(settings),
      hooks_(std::move(hooks)),
      clock_(clock) {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

Lease::~Lease() = default;

bool Lease::Leading() const { return clock_.Steady() < until_.load(); }

bool Lease::WaitLeading(std::chrono::milliseconds limit, std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::move(stop), limit, [this] { return Leading(); });
}

void Lease::Run(const std::stop_token& stop) {
  while (!stop.stop_requested() && Tick()) {
    constexpr auto kShortest = std::chrono::milliseconds(1);
    auto pause = std::max(kShortest, std::chrono::ceil<std::chrono::milliseconds>(settings_.retry_period));
    if (leading_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_.load() - clock_.Steady());
      pause = std::clamp(left, kShortest, pause);
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, pause, [] { return false; });
  }
}

bool Lease::Tick() {
  if (leading_ && !Leading()) return Lose("it could not be renewed in time");
  if (!object_) {
    if (const auto looked = Look(); !looked) {
      spdlog::warn("lease {}: {}", ToString(name_), looked.error().message);
      return true;
    }
  }
  const auto began = clock_.Steady();
  switch (DecideLease(self_, leading_, seen_, began)) {
    case LeaseMove::kWait:
      object_.reset();
      return true;
    case LeaseMove::kLost:
      return Lose("another process holds it");
    case LeaseMove::kCreate:
    case LeaseMove::kAcquire:
    case LeaseMove::kRenew:
      break;
  }
  const auto written = Write(NextRecord(self_, seen_, clock_.Wall(), settings_));
  if (written) {
    Lead(began + settings_.renew_deadline);
    return true;
  }
  object_.reset();
  const bool raced = written.error().reason == "Conflict" || written.error().reason == "AlreadyExists";
  if (!raced) spdlog::warn("lease {}: {}", ToString(name_), written.error().message);
  return true;
}

base::Result<void> Lease::Look() {
  const auto found = client_.Get(kLeases, name_);
  if (found) {
    Keep(*found);
    return {};
  }
  if (found.error().reason != "NotFound") return std::unexpected(found.error());
  object_ = Json{{"apiVersion", kLeases.api_version()},
                 {"kind", kLeases.kind},
                 {"metadata", {{"name", name_.name}, {"namespace", name_.ns}}}};
  seen_.reset();
  return {};
}

void Lease::Keep(const Json& lease) {
  LeaseRecord record = ParseLeaseRecord(lease);
  object_ = lease;
  if (!seen_ || seen_->record != record) seen_ = LeaseObservation{std::move(record), clock_.Steady()};
}

base::Result<void> Lease::Write(const LeaseRecord& record) {
  Json lease = *object_;
  lease["spec"] = ToJson(record);
  const auto written = seen_ ? client_.Replace(kLeases, name_, lease) : client_.Create(kLeases, name_.ns, lease);
  if (!written) return std::unexpected(written.error());
  Keep(*written);
  return {};
}

void Lease::Lead(SteadyTime until) {
  if (!leading_) epoch_ = seen_->record.transitions;
  {
    const std::lock_guard lock(mutex_);
    until_ = until;
  }
  changed_.notify_all();
  if (std::exchange(leading_, true)) return;
  spdlog::info("lease {}: leading as {} in epoch {}", ToString(name_), self_, epoch_.load());
  if (hooks_.on_started) hooks_.on_started(epoch_);
}

bool Lease::Lose(const std::string& why) {
  until_ = SteadyTime{};
  leading_ = false;
  spdlog::error("lease {} is lost: {}", ToString(name_), why);
  if (hooks_.on_stopped) hooks_.on_stopped(why);
  return false;
}

base::Result<void> Lease::Release() {
  until_ = SteadyTime{};
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  until_ = SteadyTime{};
  if (!std::exchange(leading_, false)) return {};
  constexpr int kAttempts = 3;
  base::Result<void> released;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (!object_) {
      if (auto looked = Look(); !looked) return looked;
    }
    if (!seen_ || seen_->record.holder != self_) return {};
    released = Write(ReleasedRecord(seen_->record));
    if (released) return released;
    object_.reset();
  }
  return released;
}

}  // namespace freehold::kube
