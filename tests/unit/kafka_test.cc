// Kafka's protocol and its logins, by known examples. The real broker is in tests/pipeline.
#include <gmock/gmock.h>

#include "operator/base/base64.h"
#include "operator/kafka/connection.h"
#include "operator/kafka/scram.h"

namespace freehold::kafka {
namespace {

using testing::ElementsAre;

TEST(KafkaWire, ReadsWhatItWrote) {
  const std::string long_text(300, 'x');
  Request request;
  request.Int8(-1).Int16(-2).Int32(70000).Bool(true).String("topic").NoString().Bytes("bytes").List(1).Int8(7);
  request.CompactString(long_text).CompactList(2).Int8(1).Int8(2).CompactNoList().NoTags();
  Reply reply(request.text());
  EXPECT_EQ(reply.Int8(), -1);
  EXPECT_EQ(reply.Int16(), -2);
  EXPECT_EQ(reply.Int32(), 70000);
  EXPECT_EQ(reply.Int8(), 1);
  EXPECT_EQ(reply.String(), "topic");
  EXPECT_EQ(reply.String(), "");
  EXPECT_EQ(reply.Bytes(), "bytes");
  std::vector<int> items;
  reply.Each([&] { items.push_back(reply.Int8()); });
  EXPECT_THAT(items, ElementsAre(7));
  EXPECT_EQ(reply.CompactString(), long_text);
  reply.CompactEach([&] { items.push_back(reply.Int8()); });
  EXPECT_THAT(items, ElementsAre(7, 1, 2));
  reply.CompactEach([&] { items.push_back(reply.Int8()); });
  EXPECT_THAT(items, ElementsAre(7, 1, 2));
  reply.Tags();
  EXPECT_TRUE(reply.ok());
  reply.Int8();
  EXPECT_FALSE(reply.ok());
}

TEST(KafkaWire, TakesLengthsThatLieForTheEndOfTheReply) {
  for (const std::string& lie :
       {std::string("\x7f\xff", 2), std::string("\x7f\xff\xff\xff", 4), std::string(9, '\xff')}) {
    Reply text(lie), list(lie), compact(lie), tags(lie);
    text.String();
    list.Each([&] { list.Int32(); });
    compact.CompactEach([&] { compact.Int32(); });
    tags.Tags();
    EXPECT_TRUE(!text.ok() || lie[0] == '\xff') << "null";
    EXPECT_TRUE(!list.ok() || lie[0] == '\xff') << "null";
    EXPECT_FALSE(compact.ok() && tags.ok());
  }
}

TEST(KafkaLogin, ProvesThePasswordAndAsksForProof) {
  // By Python's hashlib and hmac after RFC 5802: user "user", password "pencil", SHA-512, 4096 iterations.
  ScramLogin login("user", base::Sensitive("pencil"), "rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(login.First(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  const std::string nonce = "rOprNGfwEbeRWgbNEkqO02431b08-2f0a-4a1b-8f5e-1b0a4ea6e3f0";
  const auto final = login.Final("r=" + nonce + ",s=Yin2FuHTt/M0kJWb0t9OI32n2VmOGi3m+JfjOvuDF88=,i=4096");
  ASSERT_TRUE(final);
  EXPECT_EQ(*final, "c=biws,r=" + nonce +
                        ",p=DmCKu6ujUuOczeWRaYqtQ51nec1Hl5KtkbkltJYsKB7Hyr34Zhp6fP6gZIAx+67hHwFn3c0TI2HNP/7J5qMvDw==");
  EXPECT_TRUE(
      login.Trusts("v=b8Y9r55lItcBcS7eMHBpGothxLKHB/yCx/xvuUbKHS+GG3Y2OrTiyEENC2LoD4DpazbF5zSlyIdqyN4Tvmv3aw=="));
  EXPECT_FALSE(login.Trusts("v=AAAA"));
  EXPECT_FALSE(login.Trusts("e=other-error"));
}

TEST(KafkaLogin, RefusesAServersMessageThatIsNotToItsOwn) {
  for (const auto* message : {"", "r=other,s=AAAA,i=4096", "r=mine,s=AAAA,i=4096", "r=mine2,s=,i=4096",
                              "r=mine2,s=AAAA,i=0", "r=mine2,s=AAAA,i=2000000", "s=AAAA,i=4096"}) {
    EXPECT_FALSE(ScramLogin("u", base::Sensitive("p"), "mine").Final(message)) << message;
  }
  EXPECT_FALSE(ScramLogin("u", base::Sensitive("p"), "mine").Trusts("v="));
}

TEST(KafkaConnection, TellsThatNobodyAnswers) {
  const Access access{
      .bootstrap_servers = {"127.0.0.1:1"}, .tls = false, .authorities = {}, .username = "u", .password = {}};
  const auto connection = Connection::Open(access, std::chrono::seconds(1));
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().reason, "KafkaUnreachable");
  EXPECT_EQ(connection.error().kind, base::FailureClass::kRetryable);
}

}  // namespace
}  // namespace freehold::kafka
