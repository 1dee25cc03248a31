#include "operator/serve/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

#include "operator/serve/certificate.h"

namespace freehold::serve {

namespace ssl = boost::asio::ssl;

base::Result<void> Tls::Use(const Identity& identity) {
  if (const auto facts = ReadIdentity(identity); !facts) return std::unexpected(facts.error());
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  boost::system::error_code error;
  context->use_certificate_chain(boost::asio::buffer(identity.certificate), error);
  if (!error) context->use_private_key(boost::asio::buffer(identity.key.Reveal()), ssl::context::pem, error);
  if (error) {
    ERR_clear_error();
    return base::Terminal("InvalidTls", "the certificate can't be used: " + error.message());
  }
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
  return {};
}

std::shared_ptr<ssl::context> Tls::Current() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

}  // namespace freehold::serve
