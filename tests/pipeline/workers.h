// The workers of Kafka Connect that tests share.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "await.h"
#include "operator/base/base64.h"
#include "operator_world.h"
#include "reconcilers/connect/reconciler.h"
#include "reconcilers/connect/rest_client.h"
#include "reconcilers/credentials/binding.h"

namespace freehold::test {

/// What dev/kafka-up made.
class Workers {
 public:
  const std::filesystem::path dir = std::getenv("FREEHOLD_TEST_CONNECT");
  std::string url() const { return Line("connect"); }
  /// Where one has to log in, and who may do everything there.
  std::string secure() const { return Line("secure"); }
  std::string admin_password() const { return Line("admin"); }

  /// What mounting the Secret of a namespace does in a cluster.
  void Mount(const std::string& ns) const {
    const auto secret = Cluster::Instance().admin().Get(credentials::SecretType(), {ns, connect::kPasswordsSecret});
    if (!secret || !secret->contains("data")) return;
    for (const auto& [key, value] : secret->at("data").items()) {
      const auto file = dir / "secrets" / key;
      std::ofstream(file.string() + ".new") << *base::DecodeBase64(value.get<std::string>());
      std::filesystem::rename(file.string() + ".new", file);
    }
  }
  /// "connect" or "broker". Returns once it is gone: who starts it again at once finds none.
  void Kill(const std::string& which = "connect") const {
    const auto process = static_cast<pid_t>(std::stol(Line(which + ".pid")));
    kill(process, SIGKILL);
    EXPECT_TRUE(Await(std::chrono::seconds(30), [&] { return kill(process, 0) != 0; })) << which << " is still there";
  }
  void Start() const { ASSERT_EQ(std::system(("dev/kafka-up " + dir.string() + " >&2").c_str()), 0); }

  std::map<std::string, connect::ConnectorSeen> List() const {
    const auto list = Client().List();
    return list ? *list : std::map<std::string, connect::ConnectorSeen>{{"unseen", {}}};
  }
  connect::RestClient Client() const {
    return connect::RestClient(
        *connect::TransportTo({.url = url(), .authorities = {}, .username = {}, .password = {}}));
  }

 private:
  std::string Line(const std::string& file) const {
    std::ifstream in(dir / file);
    std::string line;
    std::getline(in, line);
    return line;
  }
};

}  // namespace freehold::test
