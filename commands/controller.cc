#include <memory>

#include "commands/command.h"
#include "commands/controller/process.h"

namespace freehold::commands {
namespace {

struct Flags {
  ControllerOptions options;
  std::string resync = "60s";
  std::string certificate_lifetime = "2160h";
  std::string log_format = "json";
  std::string log_level = "info";
};

Ending Execute(Flags flags) {
  const auto resync = base::ParseDuration(flags.resync);
  if (!resync) return Fail(resync.error());
  if (*resync < std::chrono::seconds(1)) return Fail({.message = "--resync must be at least 1s"});
  const auto lifetime = base::ParseDuration(flags.certificate_lifetime);
  if (!lifetime) return Fail(lifetime.error());
  if (*lifetime < std::chrono::seconds(10))
    return Fail({.message = "--webhook-certificate-lifetime must be at least 10s"});
  const auto format = runtime::log::ParseFormat(flags.log_format);
  if (!format) return Fail(format.error());
  const auto level = runtime::log::ParseLevel(flags.log_level);
  if (!level) return Fail(level.error());
  flags.options.resync = *resync;
  flags.options.webhook.certificate_lifetime = std::chrono::floor<std::chrono::seconds>(*lifetime);
  flags.options.log = {.format = *format, .level = *level, .sink = {}};

  const auto ending = RunController(flags.options);
  if (!ending) return Fail(ending.error());
  return *ending == runtime::Ending::kClean ? Ending::kHolds : Ending::kFindings;
}

}  // namespace

Run AddController(CLI::App& app) {
  auto* command = app.add_subcommand("controller", "Run the operator");
  auto flags = std::make_shared<Flags>();
  ControllerOptions& options = flags->options;
  AddFlags(*command, options.cluster);
  command->add_option("-n,--namespace", options.ns, "The operator's own namespace: its lease and the admin credentials")
      ->capture_default_str();
  command->add_flag("--leader-elect,!--no-leader-elect", options.leader_elect, "Work only while holding the lease");
  command->add_option("--resync", flags->resync, "How often the world is looked at afresh")->capture_default_str();
  command->add_option("--workers", options.workers, "Stores of one server that are worked on at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_option("--metrics-bind-address", options.metrics_address, "Where /metrics is served")
      ->capture_default_str();
  command->add_option("--health-probe-bind-address", options.probe_address, "Where /healthz and /readyz are served")
      ->capture_default_str();
  command->add_option("--webhook-bind-address", options.webhook.address,
                      "Where the admission webhook is served; empty: nowhere");
  command
      ->add_option("--webhook-name", options.webhook.name,
                   "Its ValidatingWebhookConfiguration, and the Secret that keeps its certificate")
      ->capture_default_str();
  command
      ->add_option("--webhook-certificate-lifetime", flags->certificate_lifetime,
                   "How long its certificates hold; after two thirds of that a new one is made")
      ->capture_default_str();
  command->add_option("--log-format", flags->log_format, "json or text")->capture_default_str();
  command->add_option("--log-level", flags->log_level, "debug, info, warn or error")->capture_default_str();
  return [flags] { return Execute(*flags); };
}

}  // namespace freehold::commands
