#include "tests/unit/hostile_server.h"

#include <arpa/inet.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

namespace freehold {
namespace {

std::size_t BodyLength(const std::string& head) {
  const auto at = head.find("Content-Length:");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 15));
}

}  // namespace

std::size_t Peer::Read(char* bytes, std::size_t size) {
  const ssize_t count = ssl_ ? SSL_read(ssl_, bytes, static_cast<int>(size)) : ::recv(fd_, bytes, size, 0);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

std::string Peer::ReadRequest() {
  std::string request;
  char byte = 0;
  while (!request.ends_with("\r\n\r\n")) {
    if (Read(&byte, 1) == 0) return {};
    request += byte;
  }
  for (std::size_t left = BodyLength(request); left > 0; --left) {
    if (Read(&byte, 1) == 0) return {};
    request += byte;
  }
  return request;
}

bool Peer::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ssl_ ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                               : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool Peer::Reply(int status, std::string_view body, std::string_view headers) {
  return Send("HTTP/1.1 " + std::to_string(status) + " X\r\n" + std::string(headers) +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
}

bool Peer::Chunk(std::string_view bytes) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return Send(size + std::string(bytes) + "\r\n");
}

void Peer::WaitGone() {
  char byte = 0;
  while (Read(&byte, 1) > 0) {
  }
}

std::string Peer::ServerName() const {
  const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
  return name ? name : "";
}

std::string Peer::ClientName() const {
  X509* certificate = SSL_get1_peer_certificate(ssl_);
  if (!certificate) return {};
  char name[100] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  X509_free(certificate);
  return name;
}

HostileServer::HostileServer(Script script, std::optional<TestCertificate> tls) : script_(std::move(script)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to clients that have gone
  if (tls) tls_ = tls->MakeServerContext();
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  ::listen(listener_, 128);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  accepting_ = std::jthread([this] { Accept(); });
}

HostileServer::~HostileServer() {
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  threads_.clear();
  ::close(listener_);
  SSL_CTX_free(tls_);
}

std::string HostileServer::Url(const std::string& host) const {
  return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_);
}

int HostileServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void HostileServer::Accept() {
  while (true) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    ++connections_;
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { Serve(fd); });
  }
}

void HostileServer::Serve(int fd) {
  SSL* ssl = tls_ ? SSL_new(tls_) : nullptr;
  if (ssl) SSL_set_fd(ssl, fd);
  if (!ssl || SSL_accept(ssl) == 1) {
    Peer peer(fd, ssl);
    script_(peer);
  }
  SSL_free(ssl);
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  ::close(fd);
}

}  // namespace freehold
