// Base64 with padding, as Secrets and kubeconfigs carry it. https://www.rfc-editor.org/rfc/rfc4648#section-4
#pragma once

#include <optional>
#include <string>

namespace freehold::base {

std::string EncodeBase64(const std::string& bytes);
/// None when `text` isn't base64. White space is not accepted.
std::optional<std::string> DecodeBase64(const std::string& text);

}  // namespace freehold::base
