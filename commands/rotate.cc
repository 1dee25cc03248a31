#include <iostream>
#include <memory>

#include "commands/request.h"
#include "operator/kube/conditions.h"

namespace freehold::commands {
namespace {

/// Is the request answered by a credential that works?
bool Rotated(const api::ServiceDatabase& object, const std::string& request) {
  if (!object.status.credentials || object.status.credentials->rotate_request != request) return false;
  const auto* ready = kube::FindCondition(object.status.conditions, "Ready");
  return ready && ready->status == kube::Condition::Status::kTrue;
}

Ending Execute(const WishFlags& flags) {
  const auto name = ParseName(flags.object);
  if (!name) return Fail(name.error());
  const auto cluster = Connect(flags.cluster);
  if (!cluster) return Fail(cluster.error());
  const auto rotated = Ask(*cluster->client, *name, {api::kRotateAnnotation, "the rotation", &Rotated}, flags.timeout);
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
  auto flags = std::make_shared<WishFlags>();
  AddFlags(*command, flags);
  return [flags] { return Execute(*flags); };
}

}  // namespace freehold::commands
