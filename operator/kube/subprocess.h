// Runs another program and takes what it prints.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "operator/base/failure.h"
#include "operator/base/sensitive.h"

namespace freehold::kube {

struct Command {
  std::string program;  ///< looked up in PATH unless it has a slash
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  ///< on top of ours
};

/// Its standard output (at most 1 MiB); standard input is empty, standard error is ours.
/// Retryable "CommandFailed" when it can't be started, ends with another status than 0, prints more, or is killed
/// because `limit` passed.
base::Result<base::Sensitive> RunCommand(const Command&, std::chrono::seconds limit);

}  // namespace freehold::kube
