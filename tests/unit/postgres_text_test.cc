// Names, values, markers and verifiers as PostgreSQL reads them.
#include <gmock/gmock.h>

#include "reconcilers/engines/postgres/acl.h"
#include "reconcilers/engines/postgres/failure.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/look.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/scram.h"
#include "reconcilers/engines/postgres/utf8.h"

namespace freehold::engines::postgres {
namespace {

using base::FailureClass;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Quote, DoublesWhatWouldEndANameOrAValue) {
  EXPECT_EQ(QuoteName("orders"), "\"orders\"");
  EXPECT_EQ(QuoteName("o\"; DROP"), "\"o\"\"; DROP\"");
  EXPECT_EQ(QuoteName("s", "t"), "\"s\".\"t\"");
  EXPECT_EQ(QuoteValue("it's"), "'it''s'");
  EXPECT_EQ(QuoteValue("\\'"), "E'\\\\'''");
  EXPECT_EQ(QuoteValues({}), "NULL");
  EXPECT_EQ(QuoteValues({"a", "b"}), "'a', 'b'");
  EXPECT_EQ(ConnectParameter("password", "a'b\\ c"), "password='a\\'b\\\\ c' ");
}

TEST(Quote, ReadsAListOfNamesAsTheServerPrintsIt) {
  EXPECT_THAT(ParseNames("orders, \"Odd, \"\"one\""), ElementsAre("orders", "Odd, \"one"));
  EXPECT_THAT(ParseNames(""), ElementsAre());
  EXPECT_THAT(ParseNames("\"\""), ElementsAre(""));
}

TEST(Look, PutsItsAnswersTogetherBySection) {
  EXPECT_EQ(
      Document(
          {{"roles", "[1]", "shared"}, {"slots", "null", ""}, {"outbox", "{}", "local"}, {"feeds", "2", "shared"}}),
      R"({"slots":null,"local":{"outbox":{}},"shared":{"roles":[1],"feeds":2}})");
  EXPECT_EQ(Document({}), "{}");
}

TEST(Acl, IsReadAsTheServerPrintsIt) {
  EXPECT_THAT(ParseAcl("=Tc/postgres"),
              ElementsAre(Grant{"", "postgres", "TEMPORARY", false}, Grant{"", "postgres", "CONNECT", false}));
  EXPECT_THAT(ParseAcl("orders_a=c*/orders_owner"), ElementsAre(Grant{"orders_a", "orders_owner", "CONNECT", true}));
  EXPECT_THAT(ParseAcl("\"odd \"\"=/one\"=C/\"a-b\""), ElementsAre(Grant{"odd \"=/one", "a-b", "CREATE", false}));
  EXPECT_THAT(ParseAcl("\"/\"=c?/o"), ElementsAre(Grant{"/", "o", "CONNECT", false}));
  for (const auto* odd : {"", "orders", "\"orders", "=", "=/"}) EXPECT_THAT(ParseAcl(odd), ElementsAre()) << odd;
}

TEST(Acl, IsPrintedAsTheServerPrintsIt) {
  EXPECT_EQ(PrintAcl({"orders_a", "orders_owner", "CONNECT", false}), "orders_a=c/orders_owner");
}

TEST(Fill, NeverLooksIntoWhatItFilledIn) { EXPECT_EQ(Fill("{a} {b} {c}", {{"a", "{b}"}, {"b", "x"}}), "{b} x {c}"); }

TEST(Marker, IsReadBackAsItWasWritten) {
  for (const Marker& marker : {Marker{"7c9e", "shop/orders"}, Marker{"", "shop/orders"}, Marker{"u", "a, uid b/c"}}) {
    EXPECT_EQ(ParseMarker(PrintMarker(marker)), marker);
  }
  EXPECT_EQ(PrintMarker({"", "shop/orders"}), "freehold: released, was shop/orders");
}

TEST(Marker, IsNothingElse) {
  for (const auto* comment :
       {"", "a database", kSharedComment, "freehold: owned by shop/orders", "freehold: owned by x, uid "}) {
    EXPECT_FALSE(ParseMarker(comment)) << comment;
  }
}

// RFC 7677, section 3.
TEST(Scram, DerivesTheKeysOfTheRfc) {
  const std::string salt = "\x5B\x6D\x99\x68\x9D\x12\x35\x8E\xEC\xA0\x4B\x14\x12\x36\xFA\x81";
  EXPECT_EQ(ScramVerifier(base::Sensitive("pencil"), salt),
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
            "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
}

TEST(Scram, IsTakenApartAgain) {
  const auto salt = RandomSalt();
  const auto parts = ParseScram(ScramVerifier(base::Sensitive("secret"), salt));
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->salt, salt);
  EXPECT_EQ(parts->iterations, kScramIterations);
  EXPECT_NE(RandomSalt(), salt);
}

TEST(Scram, OfAnotherFormIsRefused) {
  for (const auto* text :
       {"", "md5d41d8cd98f00b204e9800998ecf8427e", "SCRAM-SHA-256$", "SCRAM-SHA-256$4096:abcd$abcd",
        "SCRAM-SHA-256$4096:abcd$abcd:abcd", "SCRAM-SHA-256$x:W22ZaA==$a:b", "SCRAM-SHA-256$-1:a$b:c"}) {
    EXPECT_FALSE(ParseScram(text)) << text;
  }
}

TEST(Masked, LeavesOutTheBodiesOfFunctions) {
  EXPECT_EQ(Masked("CREATE FUNCTION f() AS $x$\nBEGIN\nEND\n$x$ LANGUAGE plpgsql"),
            "CREATE FUNCTION f() AS $x$ … $x$ LANGUAGE plpgsql");
  EXPECT_EQ(Masked("SELECT '$'\n"), "SELECT '$'\n");
}

TEST(Masked, HidesPasswordsAndVerifiers) {
  EXPECT_EQ(Masked("ALTER ROLE a PASSWORD 'SCRAM-SHA-256$4096:x$y:z' LOGIN"), "ALTER ROLE a PASSWORD '***' LOGIN");
  EXPECT_EQ(Masked("A PASSWORD 'it''s'; B PASSWORD 'x'"), "A PASSWORD '***'; B PASSWORD '***'");
  EXPECT_EQ(Masked("A PASSWORD 'open"), "A PASSWORD '***");
  EXPECT_EQ(Masked("ALTER ROLE a PASSWORD NULL"), "ALTER ROLE a PASSWORD NULL");
}

TEST(Utf8, ReplacesBytesThatAreNone) {
  EXPECT_EQ(ValidUtf8("gr\xC3\xBCn"), "gr\xC3\xBCn");
  EXPECT_EQ(ValidUtf8("gr\xFCn\xC3"), "gr\xEF\xBF\xBDn\xEF\xBF\xBD");
}

TEST(Names, OfWhatIsSharedFitWhateverTheDatabaseIsCalled) {
  EXPECT_EQ(ServicesRole("apps"), "freehold_services_apps");
  const std::string tall(63, 'x');
  EXPECT_LE(ServicesRole(tall).size(), 63U);
  EXPECT_NE(ServicesRole(tall), ServicesRole(tall.substr(1) + "y"));
  EXPECT_EQ(OutboxTable(LayoutOf(api::Isolation::kSchema, "orders", "orders", "apps")), "outbox");
  EXPECT_EQ(OutboxTable(LayoutOf(api::Isolation::kTables, "orders", "orders", "apps")), "orders_outbox");
}

TEST(Layouts, FollowTheIsolation) {
  const auto own = LayoutOf(api::Isolation::kDatabase, "orders_db", "orders", "apps");
  EXPECT_EQ(own.database, "orders_db");
  EXPECT_EQ(own.schema, "orders");
  EXPECT_EQ(own.owner, "orders_db_owner");
  EXPECT_THAT(own.logins, ElementsAre("orders_db_a", "orders_db_b"));
  EXPECT_EQ(LayoutOf(api::Isolation::kSchema, "orders", "orders", "apps").database, "apps");
  EXPECT_EQ(LayoutOf(api::Isolation::kTables, "orders", "orders", "apps").schema, kSharedSchema);
}

struct Refusal {
  std::string state;
  FailureClass kind;
  std::string reason;
};

class RefusedStatement : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedStatement, IsClassedByItsSqlstate) {
  const auto failure = StatementFailure(GetParam().state, "ERROR: no");
  EXPECT_EQ(failure.kind, GetParam().kind);
  EXPECT_EQ(failure.reason, GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(, RefusedStatement,
                         testing::Values(Refusal{"25006", FailureClass::kRetryable, "ServerReadOnly"},
                                         Refusal{"53100", FailureClass::kRetryable, "ServerOutOfSpace"},
                                         Refusal{"42501", FailureClass::kTerminal, "AdminDenied"},
                                         Refusal{"28P01", FailureClass::kTerminal, "AdminDenied"},
                                         Refusal{"53300", FailureClass::kRetryable, "ServerBusy"},
                                         Refusal{"55P03", FailureClass::kRetryable, "ServerBusy"},
                                         Refusal{"40P01", FailureClass::kRetryable, "ServerBusy"},
                                         Refusal{"57014", FailureClass::kRetryable, "ServerBusy"},
                                         Refusal{"XX000", FailureClass::kTerminal, "StatementFailed"},
                                         Refusal{"57P01", FailureClass::kRetryable, "ServerUnreachable"},
                                         Refusal{"42601", FailureClass::kTerminal, "StatementFailed"},
                                         Refusal{"42P07", FailureClass::kTerminal, "StatementFailed"}));

TEST(Failures, OfARaceAreWorthAnotherTry) {
  EXPECT_EQ(StatementFailure("XX000", "ERROR:  tuple concurrently updated").reason, "ServerBusy");
  EXPECT_EQ(StatementFailure("42501", "ERROR:  permission denied to terminate process").kind, FailureClass::kRetryable);
}

TEST(FailedConnection, IsClassedByTheServersWords) {
  EXPECT_EQ(ConnectFailure("FATAL:  password authentication failed for user \"x\"\n").reason, "AdminDenied");
  EXPECT_EQ(ConnectFailure("FATAL:  role \"x\" does not exist").reason, "AdminDenied");
  EXPECT_EQ(ConnectFailure("FATAL:  database \"x\" does not exist").reason, kNoSuchDatabase);
  EXPECT_EQ(ConnectFailure("FATAL:  sorry, too many clients already").reason, "ServerBusy");
  EXPECT_EQ(ConnectFailure("Connection refused").reason, "ServerUnreachable");
  EXPECT_EQ(ConnectFailure("FATAL:  the database system is starting up").kind, FailureClass::kRetryable);
}

TEST(Failures, NeverQuoteAVerifier) {
  EXPECT_THAT(StatementFailure("42601", "syntax error at SCRAM-SHA-256$4096:abc\nLINE 1").message,
              Not(HasSubstr("4096")));
}

}  // namespace
}  // namespace freehold::engines::postgres
