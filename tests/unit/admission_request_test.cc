// AdmissionReviews, read and answered.
#include <gmock/gmock.h>

#include "reconcilers/admission/request.h"

namespace freehold::admission {
namespace {

using base::Json;

Json Review(Json request) {
  request["uid"] = "review-1";
  return {{"apiVersion", "admission.k8s.io/v1"}, {"kind", "AdmissionReview"}, {"request", std::move(request)}};
}
Json Kind(const std::string& kind) { return {{"group", "freehold.dev"}, {"version", "v1alpha1"}, {"kind", kind}}; }
Json Object(const Json& spec) { return {{"metadata", {{"name", "orders"}, {"namespace", "shop"}}}, {"spec", spec}}; }

template <class Change>
Change Read(const Json& request) {
  const auto parsed = ParseRequest(Review(request));
  EXPECT_TRUE(parsed);
  EXPECT_EQ(parsed->uid, "review-1");
  EXPECT_TRUE(std::holds_alternative<Change>(parsed->change)) << parsed->change.index();
  return std::get<Change>(parsed->change);
}

TEST(AReview, TellsWhatBecomesOfTheObject) {
  const auto made = Read<Change<api::ServiceDatabase>>(
      {{"kind", Kind("ServiceDatabase")}, {"object", Object(Json::object())}, {"oldObject", nullptr}});
  EXPECT_FALSE(made.before);
  EXPECT_EQ(made.after->meta.full_name(), (kube::Name{"shop", "orders"}));
  const auto gone = Read<Change<api::ServiceDatabase>>(
      {{"kind", Kind("ServiceDatabase")}, {"object", nullptr}, {"oldObject", Object(Json::object())}});
  EXPECT_TRUE(gone.before);
  EXPECT_FALSE(gone.after);
  EXPECT_EQ(gone.subject().meta.name, "orders");
}

TEST(AReview, OfAnythingElseIsOfNoConcern) {
  Read<Elsewhere>({{"kind", Kind("CredentialIndex")}, {"object", Object(Json::object())}});
  Read<Elsewhere>({{"kind", {{"group", "apps"}, {"kind", "ServiceDatabase"}}}, {"object", Object(Json::object())}});
  Read<Elsewhere>({{"kind", Kind("ServiceDatabase")}, {"subResource", "status"}, {"object", Object(Json::object())}});
  Read<Elsewhere>({{"kind", Kind("ServiceDatabase")}});
  Read<Elsewhere>(Json::object());
}

TEST(AReview, OfAnObjectThatCannotBeReadSaysSo) {
  const auto unreadable =
      Read<Unreadable>({{"kind", Kind("ServiceDatabase")}, {"object", Object({{"isolation", "Galaxy"}})}});
  EXPECT_THAT(unreadable.why, testing::HasSubstr("spec.isolation"));
}

TEST(AReview, TakesAnObjectWhoseOldFormCannotBeReadForNew) {
  const auto change = Read<Change<api::ServiceDatabase>>({{"kind", Kind("ServiceDatabase")},
                                                          {"object", Object(Json::object())},
                                                          {"oldObject", Object({{"isolation", "Galaxy"}})}});
  EXPECT_FALSE(change.before);
  EXPECT_TRUE(change.after);
}

TEST(AReview, ThatIsNoneIsRefused) {
  EXPECT_EQ(ParseRequest(Json::array()).error().reason, "InvalidReview");
  EXPECT_EQ(ParseRequest({{"apiVersion", "admission.k8s.io/v1beta1"}, {"kind", "AdmissionReview"}}).error().reason,
            "InvalidReview");
  EXPECT_EQ(ParseRequest({{"apiVersion", "admission.k8s.io/v1"}, {"kind", "AdmissionReview"}}).error().message,
            "the AdmissionReview holds no request");
}

TEST(AReply, SaysNoMoreThanThatWhenAllIsWell) {
  EXPECT_EQ(ReplyTo({"review-1", Elsewhere{}}, {}), Json({{"apiVersion", "admission.k8s.io/v1"},
                                                          {"kind", "AdmissionReview"},
                                                          {"response", {{"uid", "review-1"}, {"allowed", true}}}}));
}

TEST(AReply, SaysWhyNot) {
  const Json response = ReplyTo({"review-1", Elsewhere{}}, {.allowed = false, .message = "no"})["response"];
  EXPECT_EQ(response["allowed"], false);
  EXPECT_EQ(response["status"], Json({{"code", 403}, {"reason", "Forbidden"}, {"message", "no"}}));
}

TEST(AReply, KeepsWarningsAsShortAsTheApiServerAsks) {
  // 85 times three bytes is one byte short of what fits beside the mark; the cut must not go through a character.
  std::string text;
  for (int i = 0; i < 100; ++i) text += "€";
  Verdict verdict{.warnings = {text, "short"}};
  Json warnings = ReplyTo({"review-1", Elsewhere{}}, verdict)["response"]["warnings"];
  EXPECT_LE(warnings[0].get<std::string>().size(), 256u);
  EXPECT_THAT(warnings[0].get<std::string>(), testing::EndsWith("€…"));
  EXPECT_NO_THROW(warnings.dump());
  EXPECT_EQ(warnings[1], "short");

  verdict.warnings.assign(25, "again");
  warnings = ReplyTo({"review-1", Elsewhere{}}, verdict)["response"]["warnings"];
  EXPECT_EQ(warnings.size(), 10u);
  EXPECT_EQ(warnings.back(), "and 16 more: freehold validate tells all");
}

}  // namespace
}  // namespace freehold::admission
