#include "operator/kube/credentials.h"

#include <spdlog/spdlog.h>

#include <mutex>

#include "operator/kube/files.h"

namespace freehold::kube {
namespace {

using base::Result;
using base::Sensitive;
using CredentialsPointer = std::shared_ptr<const http::Credentials>;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr auto kReread = std::chrono::seconds(60);
constexpr auto kSoonExpired = std::chrono::seconds(10);
constexpr auto kPluginPause = std::chrono::seconds(10);
constexpr auto kPluginLimit = std::chrono::seconds(60);

Result<Sensitive> Read(const Material& material) {
  if (material.file.empty()) return material.literal;
  auto content = ReadFile(material.file);
  if (!content) return std::unexpected(content.error());
  if (content->empty()) return base::Terminal("FileUnreadable", material.file.string() + ": is empty");
  return Sensitive(std::move(*content));
}

std::string Trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string::npos ? std::string() : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Sensitive Authorization(const Identity& identity, const Sensitive& token) {
  if (!token.empty()) return Sensitive("Bearer " + Trimmed(token.Reveal()));
  if (identity.username.empty()) return {};
  return Sensitive("Basic " + EncodeBase64(identity.username + ":" + identity.password.Reveal()));
}

Result<CredentialsPointer> ReadAll(const Identity& identity) {
  const auto authority = Read(identity.authority);
  if (!authority) return std::unexpected(authority.error());
  const auto certificate = Read(identity.certificate);
  if (!certificate) return std::unexpected(certificate.error());
  auto key = Read(identity.key);
  if (!key) return std::unexpected(key.error());
  const auto token = Read(identity.token);
  if (!token) return std::unexpected(token.error());
  return std::make_shared<const http::Credentials>(http::Credentials{
      {authority->Reveal(), certificate->Reveal(), std::move(*key)}, Authorization(identity, *token)});
}

class FileCredentials final : public http::CredentialSource {
 public:
  FileCredentials(Identity identity, const base::Clock& clock) : identity_(std::move(identity)), clock_(clock) {}

  Result<CredentialsPointer> Current() override {
    const std::lock_guard lock(mutex_);
    if (current_ && clock_.Steady() < read_again_) return current_;
    read_again_ = clock_.Steady() + kReread;
    auto fresh = ReadAll(identity_);
    if (fresh) return current_ = std::move(*fresh);
    if (!current_) return base::Retryable("CredentialsUnavailable", fresh.error().message);
    spdlog::warn("credentials stay as they were: {}", fresh.error().message);
    return current_;
  }

  void Refused() override {
    const std::lock_guard lock(mutex_);
    read_again_ = SteadyTime();
  }

 private:
  const Identity identity_;
  const base::Clock& clock_;
  std::mutex mutex_;
  CredentialsPointer current_;
  SteadyTime read_again_;
};

class ExecCredentials final : public http::CredentialSource {
 public:
  ExecCredentials(ExecPlugin plugin, ExecCluster cluster, std::shared_ptr<http::CredentialSource> base,
                  const base::Clock& clock)
      : plugin_(std::move(plugin)), cluster_(std::move(cluster)), base_(std::move(base)), clock_(clock) {}

  Result<CredentialsPointer> Current() override {
    auto below = base_->Current();
    if (!below) return below;
    const std::lock_guard lock(mutex_);
    if (Worn()) {
      if (auto renewed = Renew(**below); !renewed) return std::unexpected(renewed.error());
    }
    if (!current_ || below_ != *below) Combine(*below);
    return current_;
  }

  void Refused() override {
    const std::lock_guard lock(mutex_);
    refused_ = true;
  }

 private:
  bool Worn() const {
    if (!credential_) return true;
    if (credential_->expires && clock_.Now() + kSoonExpired >= *credential_->expires) return true;
    return refused_ && clock_.Steady() >= run_at_ + kPluginPause;
  }

  Result<void> Renew(const http::Credentials& below) {
    cluster_.authority_pem = below.tls.authorities;
    run_at_ = clock_.Steady();
    auto fresh = RunExecPlugin(plugin_, cluster_, kPluginLimit);
    if (!fresh) return std::unexpected(fresh.error());
    credential_ = std::move(*fresh);
    refused_ = false;
    current_ = nullptr;
    return {};
  }

  void Combine(const CredentialsPointer& below) {
    http::Credentials combined = *below;
    if (!credential_->token.empty())
      combined.authorization = Sensitive("Bearer " + Trimmed(credential_->token.Reveal()));
    if (!credential_->certificate_pem.empty()) {
      combined.tls.client_certificate = credential_->certificate_pem;
      combined.tls.client_key = credential_->key_pem;
    }
    current_ = std::make_shared<const http::Credentials>(std::move(combined));
    below_ = below;
  }

  const ExecPlugin plugin_;
  ExecCluster cluster_;
  const std::shared_ptr<http::CredentialSource> base_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::optional<ExecCredential> credential_;
  bool refused_ = false;
  SteadyTime run_at_;
  CredentialsPointer below_;
  CredentialsPointer current_;
};

}  // namespace

std::shared_ptr<http::CredentialSource> MakeFileCredentials(Identity identity, const base::Clock& clock) {
  return std::make_shared<FileCredentials>(std::move(identity), clock);
}

std::shared_ptr<http::CredentialSource> MakeExecCredentials(ExecPlugin plugin, ExecCluster cluster,
                                                            std::shared_ptr<http::CredentialSource> base,
                                                            const base::Clock& clock) {
  return std::make_shared<ExecCredentials>(std::move(plugin), std::move(cluster), std::move(base), clock);
}

}  // namespace freehold::kube
