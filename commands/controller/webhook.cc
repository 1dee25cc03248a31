#include "commands/controller/webhook.h"

#include "commands/controller/listen.h"
#include "operator/runtime/log.h"
#include "reconcilers/admission/review.h"

namespace freehold::commands {
namespace {

using base::Result;
using runtime::Deadline;
using runtime::Part;

constexpr runtime::log::Logger kLog("webhook");
constexpr const char* kPath = "/review";
/// API servers keep idle connections for a minute and a half.
constexpr std::chrono::minutes kIdle{2};
/// Longer than a request is on its way.
constexpr std::chrono::seconds kFarewell{1};
/// A review is there at once or the API server has given up on it.
constexpr std::chrono::seconds kPatience{10};
const std::vector<double> kBuckets{0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5};

runtime::Counter Reviews(runtime::Metrics& metrics, const char* result) {
  return metrics.AddCounter("freehold_webhook_reviews_total", "What the admission webhook answered",
                            {{"result", result}});
}

webhook::Schedule ScheduleOf(const WebhookOptions& options) { return {.lifetime = options.certificate_lifetime}; }

}  // namespace

Webhook::Webhook(const WebhookOptions& options, const std::string& ns, Parts parts)
    : options_(options),
      parts_(parts),
      secret_{ns, options.name},
      upkeep_({parts.client, parts.client, parts.gate, parts.clock}, secret_, options.name, ScheduleOf(options)),
      renewal_(
          "webhook", [this](const kube::Name&) { return upkeep_.Reconcile(); }, [](const kube::Name&) { return ""; },
          parts.clock, parts.metrics),
      allowed_(Reviews(parts.metrics, "allowed")),
      refused_(Reviews(parts.metrics, "refused")),
      malformed_(Reviews(parts.metrics, "malformed")),
      seconds_(parts.metrics.AddHistogram("freehold_webhook_review_seconds", "How long a review took", kBuckets)),
      ends_(parts.metrics.AddGauge("freehold_webhook_certificate_expiry_timestamp_seconds",
                                   "When the served certificate ends, in Unix time; 0: none is served")),
      ends_shown_(parts.metrics.BeforeText([this] {
        const std::lock_guard lock(mutex_);
        const auto ends = follower_ ? follower_->ends() : std::nullopt;
        ends_.Set(ends ? std::chrono::duration<double>(ends->time_since_epoch()).count() : 0);
      })) {}

Part Webhook::Serving() {
  return {.name = "webhook",
          .start = [this](std::stop_token) -> Result<void> {
            auto settings = ListenOn(options_.address);
            if (!settings) return std::unexpected(settings.error());
            settings->timeout = kPatience;
            settings->idle = kIdle;
            settings->farewell = kFarewell;
            settings->tls = tls_;
            serve::Routes routes;
            routes.Add("POST", kPath, [this](const serve::Request& request) { return Answer(request); });
            auto server = serve::Server::Start(*settings, std::move(routes));
            if (!server) return std::unexpected(server.error());
            const std::lock_guard lock(mutex_);
            server_ = std::move(*server);
            follower_ =
                std::make_unique<webhook::Follower>(parts_.client, secret_, tls_, ScheduleOf(options_).polling());
            return {};
          },
          .stop =
              [this](Deadline deadline) {
                std::unique_lock lock(mutex_);
                const auto follower = std::move(follower_);
                const auto server = std::move(server_);
                lock.unlock();
                return server->Stop(deadline);
              }};
}

Part Webhook::Renewing() {
  return {.name = "webhook's certificate",
          .start = [this](std::stop_token) -> Result<void> {
            renewal_.Add(secret_);
            renewal_.Start();
            return {};
          },
          .stop = [this](Deadline deadline) { return renewal_.Drain(deadline); }};
}

bool Webhook::Serves() const {
  const std::lock_guard lock(mutex_);
  return follower_ && follower_->ends();
}

serve::Response Webhook::Answer(const serve::Request& request) {
  const auto began = parts_.clock.Steady();
  const auto review = base::ParseJson(request.body);
  const auto parsed = review ? admission::ParseRequest(*review) : std::unexpected(review.error());
  if (!parsed) {
    malformed_.Add();
    return {.status = 400, .body = parsed.error().message + "\n"};
  }
  const auto verdict = admission::Review(*parsed, parts_.world, parts_.clock.Now());
  (verdict.allowed ? allowed_ : refused_).Add();
  if (!verdict.allowed) kLog.Info("refused", {{"review", parsed->uid}, {"why", verdict.message}});
  serve::Response response{.content_type = "application/json", .body = ReplyTo(*parsed, verdict).dump()};
  seconds_.Observe(parts_.clock.Steady() - began);
  return response;
}

}  // namespace freehold::commands
