#include "commands/audit/copies.h"

#include "operator/base/text.h"
#include "reconcilers/credentials/binding.h"
#include "reconcilers/isolation/copies.h"

namespace freehold::commands::audit {
namespace {

/// A Secret may hold 1 MiB, and a page is in memory at once.
constexpr int kPage = 100;
/// A comparison with a verifier costs a millisecond, by design of the verifier.
constexpr int kMostComparisons = 20'000;
constexpr std::size_t kNamed = 5;

const kube::ResourceType kConfigMaps{"", "v1", "configmaps", "ConfigMap", true};

class Finder {
 public:
  Finder(const CopiesAsked& asked, const engines::Engine& engine, kube::Reader& reader, isolation::AccessModel& model)
      : asked_(asked), engine_(engine), reader_(reader), model_(model), search_(!asked.previous.empty()) {
    for (const auto& credential : asked.credentials) {
      search_.Add(credential.store, credential.secret, credential.password);
    }
  }

  void Run() {
    Read(credentials::SecretType());
    Read(kConfigMaps);
    ComparePrevious();
    for (auto& edge : search_.Edges(asked_.at)) model_.edges.push_back(std::move(edge));
  }

 private:
  base::Result<std::string> List(const kube::ResourceType& type, const std::string& ns) {
    return reader_.List(type, {.ns = ns, .label_selector = {}, .field_selector = {}, .limit = kPage},
                        [&](const base::Json& object) { search_.Look(type.kind, object); });
  }

  void Read(const kube::ResourceType& type) {
    const auto all = List(type, "");
    if (all) return;
    if (all.error().http_status != 403) {
      model_.unknown.push_back({"", "copies in " + type.kind + "s", all.error().message});
      return;
    }
    std::vector<std::string> unread;
    std::string why;
    for (const auto& ns : asked_.namespaces) {
      const auto listed = List(type, ns);
      if (listed) continue;
      unread.push_back(ns);
      why = listed.error().message;
    }
    if (unread.empty()) return;
    const auto count = unread.size();
    std::string where = base::Join(std::span(unread).first(std::min(count, kNamed)));
    if (count > kNamed) where += " and " + std::to_string(count - kNamed) + " more";
    model_.unknown.push_back({"", "copies in " + type.kind + "s of namespace " + where, why});
  }

  void ComparePrevious() {
    int left = kMostComparisons;
    for (const auto& previous : asked_.previous) {
      for (const auto& [digest, candidate] : search_.candidates()) {
        if (left-- <= 0) {
          model_.unknown.push_back({previous.store, "copies of its previous password",
                                    "more words could be it than are compared; look again once it has ended"});
          break;
        }
        if (!engine_.VerifierMatches(previous.verifier, candidate.word)) continue;
        for (const auto& place : candidate.places) search_.FoundPrevious(previous.store, place);
      }
    }
  }

  const CopiesAsked& asked_;
  const engines::Engine& engine_;
  kube::Reader& reader_;
  isolation::AccessModel& model_;
  isolation::CopySearch search_;
};

}  // namespace

void FindCopies(const CopiesAsked& asked, const engines::Engine& engine, kube::Reader& reader,
                isolation::AccessModel& model) {
  Finder(asked, engine, reader, model).Run();
}

}  // namespace freehold::commands::audit
