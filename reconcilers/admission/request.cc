#include "reconcilers/admission/request.h"

#include "reconcilers/api/kinds.h"

namespace freehold::admission {
namespace {

using base::Json;

constexpr const char* kApiVersion = "admission.k8s.io/v1";
constexpr int kForbidden = 403;
constexpr std::size_t kWarningBytes = 256;
constexpr std::size_t kWarnings = 10;

std::string TextAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <class Kind>
base::Result<std::shared_ptr<const Kind>> ReadAt(const Json& request, const char* key,
                                                 base::Result<Kind> (*read)(const Json&)) {
  const auto object = request.find(key);
  if (object == request.end() || object->is_null()) return nullptr;
  auto parsed = read(*object);
  if (!parsed) return std::unexpected(parsed.error());
  return std::make_shared<const Kind>(std::move(*parsed));
}

template <class Kind>
decltype(Request::change) ReadChange(const Json& request, base::Result<Kind> (*read)(const Json&)) {
  auto after = ReadAt(request, "object", read);
  if (!after) return Unreadable{after.error().message};
  auto before = ReadAt(request, "oldObject", read);
  // What was there before may be in need of repair; without it the new one is judged as if it came anew.
  if (!before) return Change<Kind>{nullptr, std::move(*after)};
  if (!*before && !*after) return Elsewhere{};
  return Change<Kind>{std::move(*before), std::move(*after)};
}

decltype(Request::change) ChangeOf(const Json& request) {
  if (!TextAt(request, "subResource").empty()) return Elsewhere{};
  const auto kind = request.find("kind");
  if (kind == request.end() || !kind->is_object() || TextAt(*kind, "group") != api::kGroup) return Elsewhere{};
  const std::string word = TextAt(*kind, "kind");
  if (word == api::ServiceDatabaseType().kind) return ReadChange(request, api::ReadServiceDatabase);
  if (word == api::DatabaseServerType().kind) return ReadChange(request, api::ReadDatabaseServer);
  if (word == api::DataPolicyType().kind) return ReadChange(request, api::ReadDataPolicy);
  return Elsewhere{};
}

/// Cut between characters of UTF-8.
std::string Shortened(std::string text) {
  static const std::string kMore = "…";
  if (text.size() <= kWarningBytes) return text;
  std::size_t size = kWarningBytes - kMore.size();
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size) + kMore;
}

Json WarningsOf(const Verdict& verdict) {
  Json list = Json::array();
  for (const auto& warning : verdict.warnings) {
    if (list.size() + 1 == kWarnings && verdict.warnings.size() > kWarnings) break;
    list.push_back(Shortened(warning));
  }
  if (list.size() < verdict.warnings.size()) {
    list.push_back("and " + std::to_string(verdict.warnings.size() - list.size()) +
                   " more: freehold validate tells all");
  }
  return list;
}

}  // namespace

base::Result<Request> ParseRequest(const Json& review) {
  if (!review.is_object() || TextAt(review, "apiVersion") != kApiVersion ||
      TextAt(review, "kind") != "AdmissionReview") {
    return base::Terminal("InvalidReview", std::string("not an AdmissionReview of ") + kApiVersion);
  }
  const auto request = review.find("request");
  if (request == review.end() || !request->is_object() || TextAt(*request, "uid").empty()) {
    return base::Terminal("InvalidReview", "the AdmissionReview holds no request");
  }
  return Request{TextAt(*request, "uid"), ChangeOf(*request)};
}

Json ReplyTo(const Request& request, const Verdict& verdict) {
  Json response = {{"uid", request.uid}, {"allowed", verdict.allowed}};
  if (!verdict.allowed) {
    response["status"] = {{"code", kForbidden}, {"reason", "Forbidden"}, {"message", verdict.message}};
  }
  if (!verdict.warnings.empty()) response["warnings"] = WarningsOf(verdict);
  return {{"apiVersion", kApiVersion}, {"kind", "AdmissionReview"}, {"response", std::move(response)}};
}

}  // namespace freehold::admission
