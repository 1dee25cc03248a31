// A TLS client that trusts one authority, over a blocking socket on the loopback.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>

namespace freehold {

/// Reads fail after 20 s.
class TlsClient {
 public:
  /// Trusts what `authorities` (PEM) holds, and only a certificate for `name`. Look at connected().
  TlsClient(std::uint16_t port, const std::string& authorities, const std::string& name, int version = TLS1_3_VERSION) {
    signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL.
    SSL_CTX_set_max_proto_version(context_.get(), version);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    BIO* bio = BIO_new_mem_buf(authorities.data(), static_cast<int>(authorities.size()));
    while (X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr)) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), certificate);
      X509_free(certificate);
    }
    BIO_free(bio);
    ERR_clear_error();
    const timeval patience{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const int at_once = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    ssl_.reset(SSL_new(context_.get()));
    in_addr unused{};
    if (inet_pton(AF_INET, name.c_str(), &unused) == 1) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), name.c_str());
    } else {
      SSL_set1_host(ssl_.get(), name.c_str());
    }
    SSL_set_fd(ssl_.get(), socket_);
    connected_ = SSL_connect(ssl_.get()) == 1;
    verdict_ = SSL_get_verify_result(ssl_.get());
    ERR_clear_error();
  }
  ~TlsClient() {
    ssl_.reset();
    close(socket_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool connected() const { return connected_; }
  /// X509_V_OK or why the server's certificate isn't accepted.
  long verdict() const { return verdict_; }

  void Send(std::string_view text) { SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())); }

  /// Sends a request and reads its whole response, which has a Content-Length. Empty: the server closed before.
  std::string Ask(std::string_view request) {
    Send(request);
    std::string text;
    char bytes[16384];
    while (!IsWhole(text)) {
      const int got = SSL_read(ssl_.get(), bytes, sizeof bytes);
      if (got <= 0) return {};
      text.append(bytes, static_cast<std::size_t>(got));
    }
    return text;
  }

  /// Reads up to and including `end`; all that came if the server closes before.
  std::string ReadTo(std::string_view end) {
    std::string text;
    char byte = 0;
    while (!text.ends_with(end) && SSL_read(ssl_.get(), &byte, 1) == 1) text += byte;
    ERR_clear_error();
    return text;
  }
  /// Reads that many bytes; fewer if the server closes before.
  std::string Read(std::size_t size) {
    std::string text(size, '\0');
    std::size_t have = 0;
    for (int got; have < size && (got = SSL_read(ssl_.get(), &text[have], static_cast<int>(size - have))) > 0;) {
      have += static_cast<std::size_t>(got);
    }
    text.resize(have);
    return text;
  }
  std::string ReadAll() {
    std::string text;
    char bytes[4096];
    for (int got; (got = SSL_read(ssl_.get(), bytes, sizeof bytes)) > 0;)
      text.append(bytes, static_cast<std::size_t>(got));
    ERR_clear_error();
    return text;
  }

 private:
  static bool IsWhole(const std::string& text) {
    static const std::string kLength = "Content-Length: ";
    const auto end = text.find("\r\n\r\n"), length = text.find(kLength);
    return end != text.npos && length < end &&
           text.size() >= end + 4 + std::stoul(text.substr(length + kLength.size()));
  }

  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
  const int socket_ = socket(AF_INET, SOCK_STREAM, 0);
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
  bool connected_ = false;
  long verdict_ = 0;
};

}  // namespace freehold
