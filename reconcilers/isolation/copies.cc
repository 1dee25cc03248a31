#include "reconcilers/isolation/copies.h"

#include "operator/base/base64.h"
#include "operator/base/text.h"
#include "reconcilers/isolation/layers.h"

namespace freehold::isolation {
namespace {

using base::Json;

/// Calls `visit` with key and text of each entry of `object[field]`.
template <class Visit>
void EachText(const Json& object, const char* field, Visit visit) {
  const auto entries = object.find(field);
  if (entries == object.end() || !entries->is_object()) return;
  for (const auto& [key, value] : entries->items()) {
    if (value.is_string()) visit(key, value.template get_ref<const std::string&>());
  }
}

}  // namespace

void CopySearch::Add(const std::string& store, const kube::Name& secret, const base::Sensitive& password) {
  known_.Add(password, wanted_.size());
  wanted_.push_back({store, secret});
}

void CopySearch::Look(const std::string& kind, const Json& object) {
  const auto meta = object.find("metadata");
  if (meta == object.end() || !meta->is_object()) return;
  const kube::Name name{meta->value("namespace", ""), meta->value("name", "")};
  const auto look = [&](const std::string& what, const std::string& key, const std::string& value) {
    LookAt({kind, name, what + " " + key}, value);
  };
  const auto decode = [&](const std::string& key, const std::string& value) {
    const base::Sensitive bytes(base::DecodeBase64(value).value_or(""));
    look("key", key, bytes.Reveal());
  };
  const auto as_it_is = [&](const std::string& key, const std::string& value) { look("key", key, value); };
  if (kind == "Secret") {
    EachText(object, "data", decode);
  } else {
    EachText(object, "data", as_it_is);
    EachText(object, "binaryData", decode);
  }
  EachText(*meta, "annotations",
           [&](const std::string& key, const std::string& value) { look("annotation", key, value); });
}

void CopySearch::LookAt(const Place& place, const std::string& value) {
  EachLayer(value, [&](std::string_view text) {
    for (const auto mark : known_.FindIn(text)) {
      const Wanted& wanted = wanted_[mark];
      const bool its_own = place.kind == "Secret" && place.object == wanted.secret;
      if (!its_own) Note(wanted.store, place, "");
    }
    if (!with_candidates_) return;
    known_.EachCandidate(text, [&](std::string_view word) {
      if (!known_.FindIn(word).empty()) return;
      auto& candidate = candidates_[known_.DigestOf(word)];
      if (candidate.places.empty()) candidate.word = base::Sensitive(std::string(word));
      candidate.places.insert(place);
    });
  });
}

void CopySearch::Note(const std::string& store, const Place& place, const std::string& what) {
  found_[{store, place.kind, place.object}].insert(place.entry + what);
}

std::vector<Edge> CopySearch::Edges(base::Timestamp seen_at) const {
  std::vector<Edge> edges;
  for (const auto& [holder, entries] : found_) {
    const std::vector<std::string> shown(entries.begin(), entries.end());
    const std::string where = holder.kind + " " + ToString(holder.object);
    edges.push_back({.ground = Ground::kCopies,
                     .store = holder.store,
                     .principal = "whoever reads " + where,
                     .service = {},
                     .reach = Reach::kRead,
                     .path = where + " holds a copy of its password",
                     .severity = Severity::kHigh,
                     .evidence = where + ": " + base::Join(shown),
                     .remedy = "let its reader use the Secret of " + holder.store +
                               ", delete the copy, then freehold rotate " + holder.store,
                     .seen_at = seen_at});
  }
  return edges;
}

}  // namespace freehold::isolation
