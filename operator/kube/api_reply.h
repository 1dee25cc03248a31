// What a reply of the API server means. Pure.
#pragma once

#include <string>
#include <vector>

#include "operator/base/failure.h"
#include "operator/base/json.h"
#include "operator/http/transport.h"

namespace freehold::kube {

/// The failure that a reply outside 2xx stands for, with the server's own words (metav1.Status.message) after `what`
/// ("get shop/orders"). A write that the server gave up on half way (500, 502, 504) is in doubt.
base::Failure FailureOf(const http::Response&, bool write, const std::string& what);

/// The same for a metav1.Status object that came as an ERROR event of a watch.
base::Failure FailureOf(const base::Json& status, const std::string& what);

/// A failure of the transport in the words of client.h: ApiUnreachable, ApiReplyLost.
base::Failure FailureOf(const base::Failure& transport, const std::string& what);

/// The API server was not reached, is in trouble or busy, or its reply was lost: nothing is known of what was asked.
bool IsUnanswered(const base::Failure&);

/// Texts of `Warning: 299 - "text"` headers.
std::vector<std::string> WarningsOf(const http::Headers&);

}  // namespace freehold::kube
