// The kubeconfig format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/failure.h"
#include "operator/base/sensitive.h"
#include "operator/kube/exec_plugin.h"

namespace freehold::kube {

/// Something given literally or as a file; relative paths are already made absolute.
struct Material {
  base::Sensitive literal;
  std::filesystem::path file;
  bool given() const { return !literal.empty() || !file.empty(); }
};

struct ClusterEntry {
  std::string server;
  std::string tls_server_name;
  bool skip_verify = false;
  Material authority;
};

struct UserEntry {
  Material certificate;
  Material key;
  Material token;
  std::string username;
  base::Sensitive password;
  std::optional<ExecPlugin> exec;
};

struct ContextEntry {
  std::string cluster;
  std::string user;
  std::string ns;
};

struct Kubeconfig {
  std::string current_context;
  std::map<std::string, ClusterEntry> clusters;
  std::map<std::string, UserEntry> users;
  std::map<std::string, ContextEntry> contexts;
};

/// `file` is for messages and relative paths. Terminal "InvalidConfig" names file, field and remedy.
base::Result<Kubeconfig> ParseKubeconfig(const std::string& text, const std::filesystem::path& file);

/// What `first` says wins.
Kubeconfig Merge(Kubeconfig first, Kubeconfig second);

}  // namespace freehold::kube
