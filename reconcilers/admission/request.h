// What the API server asks before it takes a change of ours in, and what it is answered.
// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "operator/base/json.h"
#include "reconcilers/api/data_policy.h"
#include "reconcilers/api/database_server.h"
#include "reconcilers/api/service_database.h"

namespace freehold::admission {

/// What becomes of one object. Without `before` it is made, without `after` deleted; at least one is there.
template <class Kind>
struct Change {
  std::shared_ptr<const Kind> before;
  std::shared_ptr<const Kind> after;

  const Kind& subject() const { return after ? *after : *before; }
};

/// It is no kind that is judged here, or only its status changes.
struct Elsewhere {};
/// It can't be understood: a newer version of the kind, most likely.
struct Unreadable {
  std::string why;
};

struct Request {
  std::string uid;
  std::variant<Elsewhere, Unreadable, Change<api::ServiceDatabase>, Change<api::DatabaseServer>,
               Change<api::DataPolicy>>
      change;
};

struct Verdict {
  bool allowed = true;
  std::string message;                ///< why not, and what to do
  std::vector<std::string> warnings;  ///< shown to whoever asked, in either case
};

/// Reads an AdmissionReview of admission.k8s.io/v1. Terminal "InvalidReview" when it is none.
base::Result<Request> ParseRequest(const base::Json& review);

/// The AdmissionReview that answers it. A warning of more than 256 bytes is cut, as the API server may do; of more than
/// ten the rest is counted.
base::Json ReplyTo(const Request&, const Verdict&);

}  // namespace freehold::admission
