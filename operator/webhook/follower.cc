#include "operator/webhook/follower.h"

#include <utility>

#include "operator/runtime/log.h"

namespace freehold::webhook {
namespace {

constexpr runtime::log::Logger kLog("webhook");
constexpr std::chrono::milliseconds kFirst = std::chrono::seconds(1);

}  // namespace

Follower::Follower(kube::Reader& reader, kube::Name secret, std::shared_ptr<serve::Tls> tls,
                   std::chrono::milliseconds period)
    : reader_(reader),
      secret_(std::move(secret)),
      tls_(std::move(tls)),
      period_(period),
      thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

Follower::~Follower() = default;

std::optional<base::Timestamp> Follower::ends() const {
  const std::lock_guard lock(mutex_);
  return ends_;
}

void Follower::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    Look();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, ends_ ? period_ : std::min(kFirst, period_), [] { return false; });
  }
}

void Follower::Look() {
  const auto object = reader_.Get(SecretType(), secret_);
  if (!object) {
    if (object.error().http_status != 404) {
      kLog.Warn("the webhook's Secret can't be read", {{"error", object.error().message}});
    }
    return;
  }
  const auto keyring = ReadKeyring(*object);
  if (!keyring || keyring->current == served_) return;
  const auto held = HeldOf(keyring->current, keyring->authorities);
  const auto used = held ? tls_->Use(keyring->current) : base::Result<void>{};
  if (!used || !held) {
    kLog.Warn("the webhook's certificate is of no use",
              {{"error", used ? "nobody vouches for it" : used.error().message}});
    return;
  }
  served_ = keyring->current;
  kLog.Info("serving the webhook's certificate", {{"ends", base::FormatTime(held->ends)}});
  const std::lock_guard lock(mutex_);
  ends_ = held->ends;
}

}  // namespace freehold::webhook
