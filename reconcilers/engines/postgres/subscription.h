// How the databases replicate from each other: a subscription at the one end, by a role of the other end's store.
// https://www.postgresql.org/docs/current/sql-createsubscription.html
#pragma once

#include <string>
#include <vector>

#include "reconcilers/engines/postgres/connection.h"
#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// What a subscription is connected by; only superusers of its server may read it.
std::string ConnectionTo(const Upstream&);
/// Its digest, for the comment on the subscription.
std::string ConnectionNote(const Upstream&);
/// In a query of pg_subscription as `s`: the digest of what one is connected by; of what it was made by, where that is
/// all that may be read.
std::string ConninfoDigest(const Insights&);

/// Does the server need a file of certificates for it that it hasn't got yet?
bool NeedsAuthority(const Upstream&, const std::vector<std::string>& authorities);
std::vector<std::string> WriteAuthority(const Upstream&);

/// An option of every subscription. Without it a worker that begins anew confirms at once what the one before it wrote,
/// whether that is on disk or not; the publisher forgets it, and a crash of the subscriber loses it.
inline constexpr const char* kOnDisk = "synchronous_commit = 'on'";
/// In a query of pg_subscription as `s`: has it that option?
inline constexpr const char* kIsOnDisk = "s.subsynccommit = 'on'";

/// Connects one as the step's secret says, with every option, and lets it run; `comment` goes with how it is connected.
/// `subscription` is quoted.
std::vector<std::string> MendSubscription(const std::string& subscription, const std::string& comment);

/// Ends one without asking the publisher: its slot is the publisher's to drop. `subscription` is quoted.
std::vector<std::string> EndSubscription(const std::string& subscription);

}  // namespace freehold::engines::postgres
