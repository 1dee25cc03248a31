// Whom a password is shown to: a server that proves by its certificate who it is. What stands between is refused before
// it hears anything.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "reconcilers/engines/postgres/connection.h"
#include "reconcilers/engines/postgres/endpoint.h"
#include "tests/unit/certificates.h"

namespace freehold::engines::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Says yes to TLS, shows its certificate, asks for the password in plain text, and notes what it is told.
class MiddleMan {
 public:
  explicit MiddleMan(const TestCertificate& certificate) : context_(certificate.MakeServerContext()) {
    SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);
    std::signal(SIGPIPE, SIG_IGN);  // Who doesn't trust it hangs up.
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 8);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] {
      for (int client; (client = accept(listener_, nullptr, nullptr)) >= 0;) Talk(client);
    });
  }
  ~MiddleMan() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    SSL_CTX_free(context_);
  }

  int port() const { return port_; }
  std::string heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  void Talk(int client) {
    char request[8];
    if (recv(client, request, sizeof request, MSG_WAITALL) == sizeof request && send(client, "S", 1, 0) == 1) {
      SSL* ssl = SSL_new(context_);
      SSL_set_fd(ssl, client);
      if (SSL_accept(ssl) == 1) {
        Note(ssl);
        static constexpr char kPlainText[] = {'R', 0, 0, 0, 8, 0, 0, 0, 3};
        SSL_write(ssl, kPlainText, sizeof kPlainText);
        Note(ssl);
      }
      SSL_free(ssl);
    }
    close(client);
  }
  void Note(SSL* ssl) {
    char bytes[4096];
    const int got = SSL_read(ssl, bytes, sizeof bytes);
    const std::lock_guard lock(mutex_);
    if (got > 0) heard_.append(bytes, static_cast<std::size_t>(got));
  }

  SSL_CTX* context_;
  int listener_ = -1, port_ = 0;
  std::mutex mutex_;
  std::string heard_;  // guarded by mutex_
  std::jthread thread_;
};

class PostgresTls : public testing::Test {
 protected:
  base::Failure Connect(MiddleMan& server, const std::string& ca, api::TlsMode tls = api::TlsMode::kVerifyFull) {
    const ServerAccess access{.name = "main",
                              .host = "localhost",
                              .port = server.port(),
                              .tls = tls,
                              .ca_pem = ca,
                              .username = "admin",
                              .password = base::Sensitive("canary-of-the-admin")};
    const auto opened = Connection::Open(ConnectString(access, "postgres"), traffic_);
    EXPECT_FALSE(opened);
    return opened ? base::Failure{} : opened.error();
  }
  void ExpectRefused(const TestCertificate& certificate, const std::string& ca) {
    MiddleMan server(certificate);
    const auto failure = Connect(server, ca);
    EXPECT_EQ(failure.reason, "ServerUnreachable");
    EXPECT_EQ(failure.kind, base::FailureClass::kRetryable);
    EXPECT_THAT(failure.message, HasSubstr("certificate"));
    EXPECT_EQ(server.heard(), "");
  }

  TestAuthority authority_;
  Traffic traffic_;
};

TEST_F(PostgresTls, IsTheDefault) { EXPECT_EQ(ServerAccess{}.tls, api::TlsMode::kVerifyFull); }

TEST_F(PostgresTls, TellsAServerThatItTrustsWhoComes) {
  MiddleMan server(authority_.Issue("server", "DNS:localhost"));
  const auto failure = Connect(server, authority_.pem());
  EXPECT_THAT(server.heard(), HasSubstr("admin"));
  EXPECT_THAT(failure.message, Not(HasSubstr("canary")));
}

TEST_F(PostgresTls, TellsNothingToACertificateOfAnotherAuthority) {
  ExpectRefused(TestAuthority().Issue("server", "DNS:localhost"), authority_.pem());
}

TEST_F(PostgresTls, TellsNothingToACertificateForAnotherName) {
  ExpectRefused(authority_.Issue("localhost", "DNS:elsewhere.example"), authority_.pem());
}

TEST_F(PostgresTls, TellsNothingToACertificateThatHasExpired) {
  ExpectRefused(authority_.Issue("server", "DNS:localhost", TestAuthority::Life::kOver), authority_.pem());
}

TEST_F(PostgresTls, TellsNothingWhereTheAuthorityItselfHasExpired) {
  const TestAuthority ended(TestAuthority::Life::kOver);
  ExpectRefused(ended.Issue("server", "DNS:localhost"), ended.pem());
}

TEST_F(PostgresTls, TakesUpAnAuthorityThatWasRotated) {
  const TestAuthority next;
  MiddleMan server(next.Issue("server", "DNS:localhost"));
  Connect(server, authority_.pem());
  EXPECT_EQ(server.heard(), "");
  Connect(server, authority_.pem() + next.pem());
  EXPECT_THAT(server.heard(), HasSubstr("admin"));
}

}  // namespace
}  // namespace freehold::engines::postgres
