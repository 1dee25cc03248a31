// What the shared catalogs are asked: the same questions of a whole server and of one store, see SharedRows.
//
// Templates: {roles} is true of the roles `r` in question, {databases} of the databases `b`, {feeds} of the roles `c`
// of feeds, {feeding} of roles that may be of one, {grantees} of entries `a` of access lists; {memberships}, {settings}
// and {rights} are queries of the rows of pg_auth_members, pg_db_role_setting and pg_shdepend; {verifier} is what is
// told of the verifier of `r`.
#pragma once

#include <string>

#include "reconcilers/engines/postgres/look.h"

namespace freehold::engines::postgres {

/// What the text of a question depends on besides names.
struct Dialect {
  int major = 0;
  Insights insights;
};

/// To be asked before all others of a transaction: who is a superuser, who may replicate, who may be of a feed.
Question RanksQuestion();

Questions SharedQuestions(const Dialect&);

/// Common table expressions, to follow others: the roles that stores' channels and ways to the warehouse have, each
/// with the database that it is there for.
extern const char* const kFeedRoles;

/// The words that version and insights decide: {role_catalog}, where roles are; {superusers}, {replicating},
/// {feeding_roles} and {lords}, queries of roles that RanksQuestion found, the last of those whose rights are no
/// stranger's; {inherit_option} and {set_option} of a membership, {authorities}, {conninfo_digest}.
std::string InDialect(const std::string& text, const Dialect&);

}  // namespace freehold::engines::postgres
