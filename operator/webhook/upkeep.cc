#include "operator/webhook/upkeep.h"

#include <algorithm>
#include <utility>

#include "operator/runtime/log.h"

namespace freehold::webhook {
namespace {

using base::Json;
using base::Result;
using runtime::Again;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("webhook");
/// Make, trust, promote, and find nothing to do; one more when somebody interferes.
constexpr int kRounds = 5;
/// The Secret and the configuration are looked at that often: either may be removed or replaced.
constexpr std::chrono::milliseconds kLook = std::chrono::seconds(10);

Result<void> Dropping(const Result<Json>& reply) {
  if (!reply) return std::unexpected(reply.error());
  return {};
}

}  // namespace

Outcome Upkeep::Reconcile() {
  for (int round = 0; round < kRounds; ++round) {
    const auto turn = Step();
    if (!turn && turn.error().kind == base::FailureClass::kTerminal) {
      Complain(turn.error().message);
      return Again{.after = kLook};
    }
    if (!turn) return Failed{turn.error()};
    if (turn->action != Action::kKeep) continue;
    complaint_.clear();
    const std::chrono::milliseconds wait = turn->again - parts_.clock.Now();
    return Again{.after = std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds(100), kLook)};
  }
  return Failed{{base::FailureClass::kRetryable, "NotConverging", "the webhook's certificate does not settle", {}, 0}};
}

void Upkeep::Complain(const std::string& why) {
  if (std::exchange(complaint_, why) == why) return;
  kLog.Warn("the webhook's certificate can't be kept", {{"error", why}});
}

Result<Turn> Upkeep::Step() {
  const auto target = LookAtTarget();
  if (!target) return std::unexpected(target.error());
  const auto keyring = LookAtKeyring();
  if (!keyring) return std::unexpected(keyring.error());
  const auto trusts = [&](const std::string& bundle) { return bundle == keyring->authorities; };
  const Seen seen{.names = target->names,
                  .current = HeldOf(keyring->current, keyring->authorities),
                  .next = keyring->next ? HeldOf(*keyring->next, keyring->authorities) : std::nullopt,
                  .trusted = std::ranges::all_of(target->bundles, trusts),
                  .now = parts_.clock.Now()};
  const Turn turn = Judge(seen, schedule_);
  Result<void> done;
  switch (turn.action) {
    case Action::kKeep:
      break;
    case Action::kIssue:
      done = Write(IssuedAnew(*keyring, seen.names, schedule_, seen.now));
      break;
    case Action::kPrepare:
      done = Write(WithNext(*keyring, seen.names, schedule_, seen.now));
      break;
    case Action::kTrust:
      done = Trust(*target, *keyring);
      break;
    case Action::kPromote:
      done = Write(Promoted(*keyring));
      break;
  }
  if (!done) return std::unexpected(done.error());
  return turn;
}

Result<Target> Upkeep::LookAtTarget() {
  const auto object = parts_.reader.Get(ConfigurationType(), {"", configuration_});
  if (!object) return std::unexpected(object.error());
  return ReadTarget(*object);
}

Result<Keyring> Upkeep::LookAtKeyring() {
  const auto object = parts_.reader.Get(SecretType(), secret_);
  if (!object && object.error().http_status == 404) return Keyring{};
  if (!object) return std::unexpected(object.error());
  return ReadKeyring(*object);
}

Result<void> Upkeep::Write(const Keyring& keyring) {
  const auto written = parts_.gate.Pass({"api", "write-webhook-secret", ToString(secret_)}, [&] {
    if (keyring.resource_version.empty()) {
      return Dropping(parts_.writer.Create(SecretType(), secret_.ns, SecretOf(keyring, secret_)));
    }
    return Dropping(parts_.writer.JsonPatch(SecretType(), secret_, PatchTo(keyring)));
  });
  if (written) {
    const auto held = HeldOf(keyring.next ? *keyring.next : keyring.current, keyring.authorities);
    kLog.Info(keyring.next ? "the webhook's next certificate is made" : "the webhook's certificate is in place",
              {{"ends", held ? base::FormatTime(held->ends) : ""}});
  }
  return written;
}

Result<void> Upkeep::Trust(const Target& target, const Keyring& keyring) {
  return parts_.gate.Pass({"api", "trust-webhook", configuration_}, [&] {
    return Dropping(
        parts_.writer.JsonPatch(ConfigurationType(), {"", configuration_}, TrustPatch(target, keyring.authorities)));
  });
}

}  // namespace freehold::webhook
