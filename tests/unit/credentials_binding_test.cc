#include <gtest/gtest.h>

#include "reconcilers/credentials/binding.h"
#include "reconcilers/credentials/password.h"

namespace freehold::credentials {
namespace {

const Endpoint kEndpoint{.host = "db.example",
                         .database = "orders_db",
                         .schema = "orders",
                         .sslmode = "verify-full",
                         .ca_pem = "-----BEGIN CERTIFICATE-----\n"};
const kube::OwnerReference kOwner{"freehold.dev/v1alpha1", "ServiceDatabase", "orders", "uid-1", true, true};

Issued AnIssue() {
  return {.login = "orders_db_b",
          .password = MintPassword(),
          .at = base::Timestamp(std::chrono::seconds(1'700'000'000)),
          .previous_login = "orders_db_a",
          .answered = "please"};
}

TEST(Binding, WhatIsWrittenIsReadBack) {
  const Issued issued = AnIssue();
  const auto seen =
      ReadSecret(SecretObject({"shop", "orders.freehold"}, kOwner, kEndpoint, issued), "uid-1", kEndpoint);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->ours);
  EXPECT_TRUE(seen->current);
  ASSERT_TRUE(seen->issued);
  EXPECT_EQ(seen->issued->login, "orders_db_b");
  EXPECT_EQ(seen->issued->password, issued.password);
  EXPECT_EQ(seen->issued->at, issued.at);
  EXPECT_EQ(seen->issued->previous_login, "orders_db_a");
  EXPECT_EQ(seen->issued->answered, "please");
}

TEST(Binding, HasTheKeysOfTheServiceBindingSpecification) {
  const auto entries = Entries(kEndpoint, "orders_db_a", base::Sensitive("secret"));
  for (const char* key : {"type", "provider", "host", "port", "database", "username", "password", "uri", "jdbc-url",
                          "schema", "sslmode", "certificates"}) {
    EXPECT_TRUE(entries.contains(key)) << key;
  }
  EXPECT_EQ(entries.at("uri").Reveal(),
            "postgresql://orders_db_a:secret@db.example:5432/orders_db?sslmode=verify-full");
}

TEST(Binding, ASecretOfAnotherOwnerIsNotOurs) {
  const auto object = SecretObject({"shop", "orders.freehold"}, kOwner, kEndpoint, AnIssue());
  const auto seen = ReadSecret(object, "uid-2", kEndpoint);
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->ours);
  EXPECT_FALSE(seen->issued);
}

TEST(Binding, ADamagedSecretIssuesNothing) {
  auto object = SecretObject({"shop", "orders.freehold"}, kOwner, kEndpoint, AnIssue());
  object["data"]["password"] = "aHVudGVyMg==";
  const auto seen = ReadSecret(object, "uid-1", kEndpoint);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->ours);
  EXPECT_FALSE(seen->issued);
}

TEST(Binding, AServerThatMovedMakesTheSecretStale) {
  const auto object = SecretObject({"shop", "orders.freehold"}, kOwner, kEndpoint, AnIssue());
  Endpoint moved = kEndpoint;
  moved.host = "new.example";
  const auto seen = ReadSecret(object, "uid-1", moved);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->issued);
  EXPECT_FALSE(seen->current);
}

TEST(Password, HasTheFormOfOursAndNoTwoAreEqual) {
  const auto one = MintPassword(), two = MintPassword();
  EXPECT_TRUE(IsMinted(one));
  EXPECT_NE(one, two);
  EXPECT_FALSE(IsMinted(base::Sensitive("hunter2")));
}

}  // namespace
}  // namespace freehold::credentials
