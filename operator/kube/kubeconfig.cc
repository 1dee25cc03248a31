#include "operator/kube/kubeconfig.h"

#include <yaml-cpp/yaml.h>

#include "operator/kube/files.h"

namespace freehold::kube {
namespace {

/// Left by the first fault, so that the parser below reads as the format does.
struct Fault {
  std::string field;
  std::string what;
};

/// A place in the document, which knows its name.
class Field {
 public:
  Field(YAML::Node node, std::string name) : node_(std::move(node)), name_(std::move(name)) {}

  Field At(const char* key) const {
    const std::string name = name_.empty() ? key : name_ + "." + key;
    if (!Given()) return {YAML::Node(YAML::NodeType::Undefined), name};
    if (!node_.IsMap()) throw Fault{name_, "must be a mapping"};
    return {node_[key], name};
  }

  bool Given() const { return node_.IsDefined() && !node_.IsNull(); }

  std::string Text() const {
    if (!Given()) return {};
    if (!node_.IsScalar()) throw Fault{name_, "must be a string"};
    return node_.Scalar();
  }

  std::string Required() const {
    std::string text = Text();
    if (text.empty()) throw Fault{name_, "is missing"};
    return text;
  }

  bool Flag() const {
    if (!Given()) return false;
    bool value = false;
    if (!YAML::convert<bool>::decode(node_, value)) throw Fault{name_, "must be true or false"};
    return value;
  }

  std::vector<Field> Items() const {
    std::vector<Field> items;
    if (!Given()) return items;
    if (!node_.IsSequence()) throw Fault{name_, "must be a list"};
    for (std::size_t i = 0; i < node_.size(); ++i) items.push_back({node_[i], name_ + "[" + std::to_string(i) + "]"});
    return items;
  }

  [[noreturn]] void Refuse(std::string what) const { throw Fault{name_, std::move(what)}; }

 private:
  YAML::Node node_;
  std::string name_;
};

class Parser {
 public:
  explicit Parser(const std::filesystem::path& file) : folder_(std::filesystem::absolute(file).parent_path()) {}

  Kubeconfig Parse(const Field& root) const {
    Kubeconfig config;
    config.current_context = root.At("current-context").Text();
    for (const Field& item : root.At("clusters").Items())
      config.clusters.emplace(item.At("name").Required(), Cluster(item.At("cluster")));
    for (const Field& item : root.At("users").Items())
      config.users.emplace(item.At("name").Required(), User(item.At("user")));
    for (const Field& item : root.At("contexts").Items())
      config.contexts.emplace(item.At("name").Required(), Context(item.At("context")));
    return config;
  }

 private:
  ClusterEntry Cluster(const Field& cluster) const {
    if (const Field proxy = cluster.At("proxy-url"); !proxy.Text().empty())
      proxy.Refuse("is not supported: name a server that can be reached without a proxy");
    return {.server = cluster.At("server").Required(),
            .tls_server_name = cluster.At("tls-server-name").Text(),
            .skip_verify = cluster.At("insecure-skip-tls-verify").Flag(),
            .authority = FileOrData(cluster, "certificate-authority", "certificate-authority-data")};
  }

  UserEntry User(const Field& user) const {
    for (const char* key : {"auth-provider", "as", "as-groups", "as-uid"}) {
      if (const Field field = user.At(key); field.Given())
        field.Refuse("is not supported: use a token, a client certificate or an exec plugin");
    }
    UserEntry entry{.certificate = FileOrData(user, "client-certificate", "client-certificate-data"),
                    .key = FileOrData(user, "client-key", "client-key-data"),
                    .username = user.At("username").Text(),
                    .password = base::Sensitive(user.At("password").Text())};
    if (entry.certificate.given() != entry.key.given()) user.Refuse("needs client-certificate and client-key together");
    entry.token.literal = base::Sensitive(user.At("token").Text());
    if (const std::string file = user.At("tokenFile").Text(); !file.empty()) entry.token = {.file = folder_ / file};
    if (const Field exec = user.At("exec"); exec.Given()) entry.exec = Exec(exec);
    return entry;
  }

  static ContextEntry Context(const Field& context) {
    return {.cluster = context.At("cluster").Required(),
            .user = context.At("user").Text(),
            .ns = context.At("namespace").Text()};
  }

  ExecPlugin Exec(const Field& exec) const {
    ExecPlugin plugin{.api_version = exec.At("apiVersion").Required(),
                      .command = exec.At("command").Required(),
                      .install_hint = exec.At("installHint").Text(),
                      .provide_cluster_info = exec.At("provideClusterInfo").Flag()};
    if (plugin.api_version != "client.authentication.k8s.io/v1" &&
        plugin.api_version != "client.authentication.k8s.io/v1beta1")
      exec.At("apiVersion").Refuse("must be client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1");
    if (exec.At("interactiveMode").Text() == "Always")
      exec.At("interactiveMode").Refuse("Always can't be had: freehold gives plugins no terminal");
    if (plugin.command.contains('/')) plugin.command = (folder_ / plugin.command).string();
    for (const Field& argument : exec.At("args").Items()) plugin.arguments.push_back(argument.Text());
    for (const Field& variable : exec.At("env").Items())
      plugin.environment.emplace_back(variable.At("name").Required(), variable.At("value").Text());
    return plugin;
  }

  /// As kubectl has it, data wins over a file.
  Material FileOrData(const Field& parent, const char* file, const char* data) const {
    Material material;
    if (const std::string path = parent.At(file).Text(); !path.empty()) material.file = folder_ / path;
    if (const std::string encoded = parent.At(data).Text(); !encoded.empty()) {
      auto decoded = DecodeBase64(encoded);
      if (!decoded) parent.At(data).Refuse("must be base64");
      material = {.literal = base::Sensitive(std::move(*decoded))};
    }
    return material;
  }

  const std::filesystem::path folder_;
};

}  // namespace

base::Result<Kubeconfig> ParseKubeconfig(const std::string& text, const std::filesystem::path& file) {
  const auto invalid = [&](const std::string& what) {
    return base::Terminal("InvalidConfig", file.string() + ": " + what);
  };
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsDefined() || root.IsNull()) return Kubeconfig{};
    if (!root.IsMap()) return invalid("is no kubeconfig: a mapping with clusters, users and contexts is expected");
    return Parser(file).Parse(Field(root, ""));
  } catch (const Fault& fault) {
    return invalid(fault.field + " " + fault.what);
  } catch (const YAML::Exception& bad) {
    return invalid("line " + std::to_string(bad.mark.line + 1) + ": is not valid YAML");
  }
}

Kubeconfig Merge(Kubeconfig first, Kubeconfig second) {
  if (first.current_context.empty()) first.current_context = std::move(second.current_context);
  first.clusters.merge(second.clusters);
  first.users.merge(second.users);
  first.contexts.merge(second.contexts);
  return first;
}

}  // namespace freehold::kube
