// Copies of credentials in Secrets and ConfigMaps that are not theirs.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "operator/base/json.h"
#include "operator/base/sensitive.h"
#include "operator/kube/object.h"
#include "reconcilers/isolation/edge.h"
#include "reconcilers/isolation/known_passwords.h"

namespace freehold::isolation {

/// One entry of one object.
struct Place {
  std::string kind;  ///< "Secret", "ConfigMap"
  kube::Name object;
  std::string entry;  ///< "key password", "annotation …"
  auto operator<=>(const Place&) const = default;
};

/// Searches objects one after the other and keeps of them where something was found, never a value of theirs,
/// candidates aside. Looking at an object twice changes nothing. Not thread-safe.
class CopySearch {
 public:
  /// A word that may be the previous password of a store, of which nothing is known but a verifier.
  struct Candidate {
    base::Sensitive word;
    std::set<Place> places;
  };

  /// `with_candidates`: there are previous passwords to be looked for.
  explicit CopySearch(bool with_candidates) : with_candidates_(with_candidates) {}

  /// The password that Secret `secret`, which is passed over, holds for `store`. REQUIRES: credentials::IsMinted.
  void Add(const std::string& store, const kube::Name& secret, const base::Sensitive& password);

  /// A Secret or a ConfigMap as the API server gives it: all values and annotations, and what is inside them.
  void Look(const std::string& kind, const base::Json& object);

  /// Words that are no password that was added. Gone with the search.
  const std::map<KnownPasswords::Digest, Candidate>& candidates() const { return candidates_; }

  /// `place` holds the previous password of `store`.
  void FoundPrevious(const std::string& store, const Place& place) { Note(store, place, " (the previous password)"); }

  /// One for each store and each object that holds its password: findings, since nobody needs a copy.
  std::vector<Edge> Edges(base::Timestamp seen_at) const;

 private:
  struct Wanted {
    std::string store;
    kube::Name secret;
  };
  /// The Secret or ConfigMap that holds a copy.
  struct Holder {
    std::string store, kind;
    kube::Name object;
    auto operator<=>(const Holder&) const = default;
  };

  void LookAt(const Place& place, const std::string& value);
  void Note(const std::string& store, const Place& place, const std::string& what);

  const bool with_candidates_;
  KnownPasswords known_;
  std::vector<Wanted> wanted_;
  std::map<KnownPasswords::Digest, Candidate> candidates_;
  std::map<Holder, std::set<std::string>> found_;
};

}  // namespace freehold::isolation
