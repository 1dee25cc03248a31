// Small files: certificates, tokens, configuration.
#pragma once

#include <filesystem>
#include <string>

#include "operator/base/failure.h"

namespace freehold::kube {

/// The whole file. Terminal "FileUnreadable" with the path and the system's reason; more than 16 MiB is unreadable too.
base::Result<std::string> ReadFile(const std::filesystem::path&);

/// Standard alphabet, white space ignored. Terminal "InvalidBase64" without quoting the text: it may be secret.
base::Result<std::string> DecodeBase64(const std::string& text);
std::string EncodeBase64(const std::string& bytes);

}  // namespace freehold::kube
