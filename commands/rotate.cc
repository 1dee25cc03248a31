#include <iostream>
#include <memory>
#include <thread>

#include "commands/cluster.h"
#include "reconcilers/api/kinds.h"

namespace freehold::commands {
namespace {

struct Flags {
  std::string object;
  std::chrono::seconds timeout{60};
  ClusterFlags cluster;
};

base::Result<kube::Name> ParseName(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size()) {
    return base::Terminal("Usage", "\"" + text + "\" is not NAMESPACE/NAME of a ServiceDatabase");
  }
  return kube::Name{text.substr(0, slash), text.substr(slash + 1)};
}

/// Is the request answered by a credential that works?
bool Answered(const api::ServiceDatabase& object, const std::string& request) {
  if (!object.status.credentials || object.status.credentials->rotate_request != request) return false;
  for (const auto& condition : object.status.conditions) {
    if (condition.type == "Ready") return condition.status == kube::Condition::Status::kTrue;
  }
  return false;
}

base::Result<api::ServiceDatabase> ReadNow(kube::Reader& reader, const kube::Name& name) {
  const auto object = reader.Get(api::ServiceDatabaseType(), name);
  if (!object) return std::unexpected(object.error());
  return api::ReadServiceDatabase(*object);
}

/// Follows the object until it says that the request was answered.
base::Result<api::ServiceDatabase> AwaitAnswer(kube::RestClient& client, const kube::Name& name,
                                               const std::string& request, std::chrono::seconds timeout) {
  const kube::ListOptions only{.ns = name.ns, .label_selector = {}, .field_selector = "metadata.name=" + name.name};
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (std::chrono::steady_clock::now() < deadline) {
    auto now = ReadNow(client, name);
    if (!now || Answered(*now, request)) return now;
    const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - std::chrono::steady_clock::now());
    const auto watched = client.Watch(api::ServiceDatabaseType(), only,
                                      {.resource_version = now->meta.resource_version, .timeout = left}, {},
                                      [](const base::Json&) { return false; });
    if (!watched && watched.error().reason != "Gone") return std::unexpected(watched.error());
  }
  return base::Retryable("TimedOut", "the rotation of " + ToString(name) + " was not answered in " +
                                         base::FormatDuration(timeout) + "; is the controller running?");
}

base::Result<api::ServiceDatabase> Rotate(kube::RestClient& client, const kube::Name& name,
                                          std::chrono::seconds timeout) {
  const auto before = ReadNow(client, name);
  if (!before) return before;
  const std::string request = base::FormatTime(base::SystemClock().Now());
  base::Json annotations = base::Json::object();
  for (const auto& [key, value] : before->meta.annotations) annotations[key] = value;
  annotations[api::kRotateAnnotation] = request;
  const base::Json patch = base::Json::array(
      {{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", before->meta.resource_version}},
       {{"op", "add"}, {"path", "/metadata/annotations"}, {"value", annotations}}});
  const auto asked = client.JsonPatch(api::ServiceDatabaseType(), name, patch, "");
  if (!asked) return std::unexpected(asked.error());
  return AwaitAnswer(client, name, request, timeout);
}

Ending Execute(const Flags& flags) {
  const auto name = ParseName(flags.object);
  if (!name) return Fail(name.error());
  const auto cluster = Connect(flags.cluster);
  if (!cluster) return Fail(cluster.error());
  const auto rotated = Rotate(*cluster->client, *name, flags.timeout);
  if (!rotated) return Fail(rotated.error());
  const auto& credentials = *rotated->status.credentials;
  std::cout << "Secret " << ToString(kube::Name{name->ns, api::SecretNameOf(*rotated)}) << " holds login "
            << credentials.login << ", which works";
  if (credentials.overlap_until)
    std::cout << "; the previous one works until " << base::FormatTime(*credentials.overlap_until);
  std::cout << "\n";
  return Ending::kHolds;
}

}  // namespace

Run AddRotate(CLI::App& app) {
  auto* command = app.add_subcommand("rotate", "Rotate a credential now and wait until the new one works");
  auto flags = std::make_shared<Flags>();
  command->add_option("object", flags->object, "NAMESPACE/NAME of the ServiceDatabase")->required();
  command
      ->add_option_function<int>(
          "--timeout", [flags](int seconds) { flags->timeout = std::chrono::seconds(seconds); },
          "How many seconds to wait")
      ->default_str("60");
  AddFlags(*command, flags->cluster);
  return [flags] { return Execute(*flags); };
}

}  // namespace freehold::commands
