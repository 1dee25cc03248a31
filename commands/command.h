// What all commands share: how one is added to the command line, and how it ends.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "operator/base/failure.h"

namespace freehold::commands {

/// The exit codes of every command but `controller`.
enum class Ending {
  kHolds = 0,     ///< what was asked holds; nothing is to be done
  kFindings = 1,  ///< findings, or steps to do
  kFailed = 2,    ///< used wrongly, or could not look
};

/// Runs when its subcommand was named.
using Run = std::function<Ending()>;

/// How to reach a cluster. Flags that every command has which may ask one.
struct ClusterFlags {
  std::string kubeconfig;
  std::string context;
};
void AddFlags(CLI::App&, ClusterFlags&);

/// Where the objects come from: files, or the cluster when none are named.
struct SourceFlags {
  std::vector<std::string> files;  ///< each a file, a directory, or "-"
  ClusterFlags cluster;
};
void AddFlags(CLI::App&, SourceFlags&);

/// Prints "freehold: <message>" to standard error.
Ending Fail(const base::Failure&);

// One per subcommand: adds it to `app`; what it returns is run if it was named.
Run AddController(CLI::App& app);
Run AddValidate(CLI::App& app);
Run AddPlan(CLI::App& app);
Run AddAudit(CLI::App& app);
Run AddMatrix(CLI::App& app);
Run AddWhoCan(CLI::App& app);
Run AddGraph(CLI::App& app);
Run AddOwnedData(CLI::App& app);
Run AddEvents(CLI::App& app);
Run AddReport(CLI::App& app);
Run AddRotate(CLI::App& app);
Run AddCrds(CLI::App& app);
Run AddDocs(CLI::App& app);
Run AddCompletion(CLI::App& app);
Run AddVersion(CLI::App& app);

}  // namespace freehold::commands
