// Copies of credentials: what is recognised, however it is wrapped, and what is not.
#include <gmock/gmock.h>
#include <zlib.h>

#include "operator/base/base64.h"
#include "reconcilers/credentials/password.h"
#include "reconcilers/isolation/copies.h"
#include "reconcilers/isolation/layers.h"

namespace freehold::isolation {
namespace {

using base::Json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const base::Timestamp kNow = *base::ParseTime("2026-05-04T03:02:01Z");
const std::string kPassword = "Zk3bQ9xVtR7mW2pL5nC8yF4hJ6gD1sAe";
const std::string kOther = "aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV";

std::string Base64(const std::string& text) { return base::EncodeBase64(text); }

std::string Gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = text.size();
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = packed.size();
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// In lines of 76 characters, indented, as in YAML.
std::string Folded(const std::string& text) {
  std::string folded;
  for (std::size_t at = 0; at < text.size(); at += 76) folded += "\n    " + text.substr(at, 76);
  return folded;
}

std::string Url(const std::string& password) {
  return "postgresql://orders_db_a:" + password + "@pg.example.internal:5432/orders_db?sslmode=verify-full";
}

struct ValueCase {
  const char* what;
  std::string value;
  bool found;
};
void PrintTo(const ValueCase& value, std::ostream* out) { *out << value.what; }

class OneValue : public testing::TestWithParam<ValueCase> {};

TEST_P(OneValue, IsACopyOrNot) {
  CopySearch search(false);
  search.Add("shop/orders", {"shop", "orders.freehold"}, base::Sensitive(kPassword));
  search.Look("ConfigMap", {{"metadata", {{"namespace", "ops"}, {"name", "c"}}}, {"data", {{"k", GetParam().value}}}});
  EXPECT_THAT(search.Edges(kNow), SizeIs(GetParam().found ? 1 : 0)) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    , OneValue,
    testing::Values(
        ValueCase{"the password itself", kPassword, true}, ValueCase{"with a line end", kPassword + "\n", true},
        ValueCase{"in a URL", Url(kPassword), true},
        ValueCase{"in a file of variables", "USER=x\nPASSWORD=" + kPassword + "\nDEBUG=1\n", true},
        ValueCase{"in quotes", "password: \"" + kPassword + "\"", true},
        ValueCase{"among letters on both sides", "prefix" + kPassword + "suffix", true},
        ValueCase{"after a run of the same alphabet", std::string(500, 'x') + kPassword, true},
        ValueCase{"twice", kPassword + kPassword, true}, ValueCase{"as base64", Base64(kPassword), true},
        ValueCase{"as base64 without padding", Base64(kPassword).substr(0, 43), true},
        ValueCase{"as base64 with a user before", Base64("orders_db_a:" + kPassword), true},
        ValueCase{"as base64 shifted by one", Base64("x" + kPassword), true},
        ValueCase{"as base64 shifted by two", Base64("xy" + kPassword), true},
        ValueCase{"as base64 behind letters", "auth" + Base64(kPassword), true},
        ValueCase{"as base64 in JSON", R"({"auths":{"r":{"auth":")" + Base64("u:" + kPassword) + R"("}}})", true},
        ValueCase{"as base64 in lines", "config: |" + Folded(Base64(std::string(70, '.') + Url(kPassword))) + "\nx: y",
                  true},
        ValueCase{"as base64 of base64", Base64("password=" + Base64(kPassword)), true},
        ValueCase{"as gzip in base64", Base64(Gzip("values: {password: " + kPassword + "}")), true},
        ValueCase{"as Helm keeps a release",
                  Base64(Gzip(R"({"manifest":"kind: Secret\ndata:\n  p: )" + Base64(kPassword) + R"("})")), true},
        ValueCase{"another password", kOther, false}, ValueCase{"another in a URL", Url(kOther), false},
        ValueCase{"nothing", "", false}, ValueCase{"all but its last character", kPassword.substr(0, 31), false},
        ValueCase{"all but its first character", kPassword.substr(1), false},
        ValueCase{"with one character changed", "X" + kPassword.substr(1), false},
        ValueCase{"backwards", std::string(kPassword.rbegin(), kPassword.rend()), false},
        ValueCase{"cut in two", kPassword.substr(0, 16) + " " + kPassword.substr(16), false},
        ValueCase{"gzip that is broken", Base64(Gzip(kPassword).substr(0, 12)), false}));

Json Secret(const std::string& ns, const std::string& name, const std::map<std::string, std::string>& entries) {
  Json data = Json::object();
  for (const auto& [key, value] : entries) data[key] = Base64(value);
  return {{"metadata", {{"namespace", ns}, {"name", name}}}, {"data", data}};
}

class Copies : public testing::Test {
 protected:
  Copies() {
    search.Add("shop/orders", {"shop", "orders.freehold"}, base::Sensitive(kPassword));
    search.Add("shop/cart", {"shop", "cart.freehold"}, base::Sensitive(kOther));
  }
  CopySearch search{true};
};

TEST_F(Copies, AreOneFindingForEachObjectThatNamesItsKeysAndNoValue) {
  for (int twice = 0; twice < 2; ++twice) {
    search.Look("Secret", Secret("ops", "env", {{"PASSWORD", kPassword}, {"URL", Url(kPassword)}, {"x", "y"}}));
  }
  const auto edges = search.Edges(kNow);
  ASSERT_THAT(edges, SizeIs(1));
  EXPECT_TRUE(edges[0].finding());
  EXPECT_EQ(edges[0].store, "shop/orders");
  EXPECT_EQ(edges[0].severity, Severity::kHigh);
  EXPECT_EQ(edges[0].ground, Ground::kCopies);
  EXPECT_EQ(edges[0].evidence, "Secret ops/env: key PASSWORD, key URL");
  EXPECT_THAT(edges[0].remedy, HasSubstr("freehold rotate shop/orders"));
  EXPECT_THAT(edges[0].path + edges[0].principal, AllOf(HasSubstr("Secret ops/env"), Not(HasSubstr(kPassword))));
}

TEST_F(Copies, AreNotTheSecretItself) {
  search.Look("Secret", Secret("shop", "orders.freehold", {{"password", kPassword}, {"uri", Url(kPassword)}}));
  EXPECT_THAT(search.Edges(kNow), IsEmpty());
  search.Look("ConfigMap", {{"metadata", {{"namespace", "shop"}, {"name", "orders.freehold"}}},
                            {"data", {{"password", kPassword}}}});
  EXPECT_THAT(search.Edges(kNow), SizeIs(1)) << "a ConfigMap of that name is";
}

TEST_F(Copies, MayBeOfSeveralStoresInOneObject) {
  search.Look("Secret", Secret("ops", "all", {{"a", kPassword}, {"b", kOther}}));
  EXPECT_THAT(search.Edges(kNow), SizeIs(2));
  search.Look("Secret", Secret("shop", "cart.freehold", {{"password", kOther}, {"stolen", kPassword}}));
  EXPECT_THAT(search.Edges(kNow), SizeIs(3)) << "the credential of one in the Secret of another";
}

TEST_F(Copies, AreFoundInAnnotationsAndBinaryData) {
  search.Look("Secret", {{"metadata",
                          {{"namespace", "ops"},
                           {"name", "applied"},
                           {"annotations",
                            {{"kubectl.kubernetes.io/last-applied-configuration",
                              R"({"data":{"p":")" + Base64(kPassword) + R"("}})"}}}}}});
  search.Look("ConfigMap",
              {{"metadata", {{"namespace", "ops"}, {"name", "blob"}}}, {"binaryData", {{"b", Base64(kPassword)}}}});
  const auto edges = search.Edges(kNow);
  ASSERT_THAT(edges, SizeIs(2));
  EXPECT_EQ(edges[0].evidence, "ConfigMap ops/blob: key b");
  EXPECT_THAT(edges[1].evidence, HasSubstr("annotation kubectl.kubernetes.io/last-applied-configuration"));
}

TEST_F(Copies, OfAPreviousPasswordAreCandidatesUntilSomebodyTellsThem) {
  const std::string previous = "Old0Old1Old2Old3Old4Old5Old6Old7";
  search.Look("Secret", Secret("ops", "env",
                               {{"URL", Url(previous)},
                                {"current", kPassword},
                                {"digest", "0123456789abcdef0123456789abcdef"},
                                {"longer", previous + "x"}}));
  ASSERT_THAT(search.candidates(), SizeIs(1));
  const auto& candidate = search.candidates().begin()->second;
  EXPECT_EQ(candidate.word.Reveal(), previous);
  for (const auto& place : candidate.places) search.FoundPrevious("shop/cart", place);
  const auto edges = search.Edges(kNow);
  ASSERT_THAT(edges, SizeIs(2));
  EXPECT_EQ(edges[0].evidence, "Secret ops/env: key URL (the previous password)");
}

TEST_F(Copies, AreLookedForInObjectsOfAnyShape) {
  for (const Json& object : {Json::object(), Json{{"metadata", "x"}}, Json{{"metadata", Json::object()}, {"data", 7}},
                             Json{{"metadata", Json::object()}, {"data", {{"a", 1}, {"b", "not base64!"}}}}}) {
    EXPECT_NO_THROW(search.Look("Secret", object));
  }
  EXPECT_THAT(search.Edges(kNow), IsEmpty());
}

TEST(KnownPasswordsOfOurs, AreRecognisedAmongThousands) {
  KnownPasswords known;
  std::vector<base::Sensitive> passwords;
  for (std::size_t i = 0; i < 2000; ++i) known.Add(passwords.emplace_back(credentials::MintPassword()), i);
  for (std::size_t i = 0; i < passwords.size(); i += 97) {
    EXPECT_THAT(known.FindIn("x" + passwords[i].Reveal()), ElementsAre(i));
  }
  EXPECT_THAT(known.FindIn(credentials::MintPassword().Reveal()), IsEmpty());
}

TEST(Layers, AreUnpackedToALimitOnly) {
  const std::string bomb = Gzip(Gzip(std::string(20 << 20, 'A')));
  std::size_t most = 0;
  EachLayer(bomb, [&](std::string_view text) { most = std::max(most, text.size()); });
  EXPECT_LE(most, (16u << 20) + (1u << 16));
}

}  // namespace
}  // namespace freehold::isolation
