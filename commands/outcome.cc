#include <iostream>

#include "commands/command.h"

namespace freehold::commands {

void AddFlags(CLI::App& command, ClusterFlags& flags) {
  command.add_option("--kubeconfig", flags.kubeconfig,
                     "The kubeconfig to use instead of $KUBECONFIG or ~/.kube/config");
  command.add_option("--context", flags.context, "The context of the kubeconfig to use instead of its current one");
}

void AddFlags(CLI::App& command, SourceFlags& flags) {
  command.add_option("-f,--filename", flags.files,
                     "A file, a directory, or - for standard input; without it the cluster is asked");
  AddFlags(command, flags.cluster);
}

Ending Fail(const base::Failure& failure) {
  std::cerr << "freehold: " << failure.message << "\n";
  return Ending::kFailed;
}

}  // namespace freehold::commands
