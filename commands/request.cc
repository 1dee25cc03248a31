#include "commands/request.h"

#include "reconcilers/api/kinds.h"

namespace freehold::commands {
namespace {

base::Result<api::ServiceDatabase> ReadNow(kube::Reader& reader, const kube::Name& name) {
  const auto object = reader.Get(api::ServiceDatabaseType(), name);
  if (!object) return std::unexpected(object.error());
  return api::ReadServiceDatabase(*object);
}

base::Result<api::ServiceDatabase> Await(kube::RestClient& client, const kube::Name& name, const Wish& wish,
                                         const std::string& value, std::chrono::seconds timeout) {
  const kube::ListOptions only{.ns = name.ns, .label_selector = {}, .field_selector = "metadata.name=" + name.name};
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (std::chrono::steady_clock::now() < deadline) {
    auto now = ReadNow(client, name);
    if (!now || wish.fulfilled(*now, value)) return now;
    const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - std::chrono::steady_clock::now());
    const auto watched = client.Watch(api::ServiceDatabaseType(), only,
                                      {.resource_version = now->meta.resource_version, .timeout = left}, {},
                                      [](const base::Json&) { return false; });
    if (!watched && watched.error().reason != "Gone") return std::unexpected(watched.error());
  }
  return base::Retryable("TimedOut", std::string(wish.what) + " of " + ToString(name) + " was not answered in " +
                                         base::FormatDuration(timeout) + "; is the controller running?");
}

}  // namespace

base::Result<kube::Name> ParseName(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size()) {
    return base::Terminal("Usage", "\"" + text + "\" is not NAMESPACE/NAME of a ServiceDatabase");
  }
  return kube::Name{text.substr(0, slash), text.substr(slash + 1)};
}

base::Result<api::ServiceDatabase> Ask(kube::RestClient& client, const kube::Name& name, const Wish& wish,
                                       std::chrono::seconds timeout) {
  const auto before = ReadNow(client, name);
  if (!before) return before;
  const std::string value = base::FormatTime(base::SystemClock().Now());
  base::Json annotations = base::Json::object();
  for (const auto& [key, old] : before->meta.annotations) annotations[key] = old;
  annotations[wish.annotation] = value;
  const base::Json patch = base::Json::array(
      {{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", before->meta.resource_version}},
       {{"op", "add"}, {"path", "/metadata/annotations"}, {"value", annotations}}});
  const auto asked = client.JsonPatch(api::ServiceDatabaseType(), name, patch, "");
  if (!asked) return std::unexpected(asked.error());
  return Await(client, name, wish, value, timeout);
}

void AddFlags(CLI::App& command, const std::shared_ptr<WishFlags>& flags) {
  command.add_option("object", flags->object, "NAMESPACE/NAME of the ServiceDatabase")->required();
  command
      .add_option_function<int>(
          "--timeout", [flags](int seconds) { flags->timeout = std::chrono::seconds(seconds); },
          "How many seconds to wait")
      ->default_str("60");
  AddFlags(command, flags->cluster);
}

}  // namespace freehold::commands
