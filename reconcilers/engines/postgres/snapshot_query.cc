#include "reconcilers/engines/postgres/snapshot_query.h"

#include <set>

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/activity_questions.h"
#include "reconcilers/engines/postgres/crowd_questions.h"
#include "reconcilers/engines/postgres/event_questions.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/grant_guard.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/object_questions.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/report_questions.h"
#include "reconcilers/engines/postgres/visit_questions.h"
#include "reconcilers/engines/reporting.h"

namespace freehold::engines::postgres {
namespace {

// Every store of the server: its roles carry a marker or at least a name of that form.
constexpr const char* kAllRoles = R"sql(r.rolname !~ '^pg_' AND (r.rolname ~ '_(owner|a|b)$' OR r.rolname ~ '^freehold_'
    OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls
    OR d.description LIKE 'freehold: %'))sql";
constexpr const char* kMayFeed = R"sql(rolname LIKE '%\_cdc%')sql";
constexpr const char* kMayBeFeeds = "c.oid IN ({feeding_roles})";
constexpr const char* kAllSettings = "SELECT * FROM pg_db_role_setting WHERE setrole <> 0 OR setdatabase <> 0";
constexpr const char* kAllRights =
    "NOT MATERIALIZED (SELECT * FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND dbid <> 0)";

constexpr const char* kSettingsOfRoles =
    R"sql(SELECT s.* FROM {role_catalog} o JOIN pg_db_role_setting s ON s.setrole = o.oid
    AND s.setdatabase = ANY (ARRAY[0, (SELECT oid FROM pg_database WHERE datname = {database})]::oid[])
  WHERE o.rolname IN ({us}))sql";
constexpr const char* kSettingsOfDatabase = R"sql( UNION ALL SELECT * FROM pg_db_role_setting
  WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = {database}))sql";
constexpr const char* kMembershipsOfRoles = R"sql(
  WITH anchor AS (SELECT oid FROM {role_catalog} WHERE rolname IN ({us}) OR rolname = ANY ({replicators}))
  SELECT * FROM (
  WITH RECURSIVE upward AS (
    SELECT m.* FROM anchor r, LATERAL (SELECT * FROM pg_auth_members WHERE roleid = r.oid OFFSET 0) m
    UNION SELECT m.* FROM upward u, LATERAL (SELECT m.* FROM pg_auth_members m, {role_catalog} p
      WHERE m.roleid = u.member AND p.oid = u.member AND NOT p.rolsuper OFFSET 0) m)
  SELECT * FROM upward) u UNION (
  WITH RECURSIVE belongs AS (
    SELECT m.* FROM anchor r, LATERAL (SELECT * FROM pg_auth_members WHERE member = r.oid OFFSET 0) m
    UNION SELECT m.* FROM belongs b, LATERAL (SELECT * FROM pg_auth_members WHERE member = b.roleid OFFSET 0) m)
  SELECT * FROM belongs))sql";
constexpr const char* kRightsInDatabase = R"sql((SELECT * FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass
  AND dbid = (SELECT oid FROM pg_database WHERE datname = {database})))sql";
// All entries of the objects that have one which names a role of the store.
constexpr const char* kRightsOfRoles = R"sql((SELECT e.* FROM (
    SELECT DISTINCT s.dbid, s.classid, s.objid FROM {role_catalog} r,
      LATERAL (SELECT * FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid OFFSET 0) s
    WHERE r.rolname IN ({us}) AND s.dbid = (SELECT oid FROM pg_database WHERE datname = {database})) o,
  LATERAL (SELECT * FROM pg_shdepend WHERE dbid = o.dbid AND classid = o.classid AND objid = o.objid OFFSET 0) e
  WHERE e.refclassid = 'pg_authid'::regclass))sql";

std::string Value(const std::string& name) { return QuoteValue(name) + "::name"; }

std::string Names(const std::vector<std::string>& names) { return "ARRAY[" + QuoteValues(names) + "]::name[]"; }

/// The last words to be filled in: what users named is never looked at again.
std::string WithNames(const std::string& text, const Layout& layout) {
  const auto feed = FeedOf(layout);
  return Fill(
      text,
      {{"owner", Value(layout.owner)},
       {"us", QuoteValues(RolesOf(layout))},
       {"database", Value(layout.database)},
       {"schema", Value(layout.schema)},
       {"outbox", Value(OutboxTable(layout))},
       {"inbox", Value(InboxView(layout))},
       {"inbox_table", Value(InboxTable(layout))},
       {"channels", Value(ChannelsOf(layout))},
       {"cdc", Value(CdcRoleOf(layout))},
       {"replicators", Names(ReplicatorsOf(layout))},
       {"projections", Value(ProjectionPrefix(layout))},
       {"projections_end", Value(ProjectionPrefixEnd(layout))},
       {"report", Value(ReportName(feed))},
       {"reports", Names({ReportName(feed), ReportName(feed, Sent::kNoTruncate), ReportName(feed, Sent::kInserts)})}});
}

/// Which rows a look at one store is about.
std::string OfStore(const std::string& text, const Dialect& dialect, const Layout& layout) {
  const bool own = HasOwnDatabase(layout);
  const auto rows = Fill(text, {{"rights", own ? kRightsInDatabase : kRightsOfRoles},
                                {"verifier", dialect.insights.verifiers ? "r.rolpassword" : "NULL"},
                                {"roles", "r.rolname IN ({us})"},
                                {"databases", "b.datname = {database}"},
                                {"grantees", "a.grantee IN (SELECT oid FROM {role_catalog} WHERE rolname IN ({us}))"},
                                {"feeds", own ? "c.rolname = ANY ({replicators})" : kMayBeFeeds},
                                {"feeding", own ? "false" : kMayFeed},
                                {"memberships", kMembershipsOfRoles},
                                {"settings", kSettingsOfRoles + std::string(own ? kSettingsOfDatabase : "")}});
  return WithNames(InDialect(rows, dialect), layout);
}

std::string OfServer(const std::string& text, const Dialect& dialect, const std::string& shared_database) {
  const auto rows = Fill(text, {{"verifier", "NULL"},
                                {"grantees", "true"},
                                {"roles", kAllRoles},
                                {"databases", "true"},
                                {"feeds", kMayBeFeeds},
                                {"feeding", kMayFeed},
                                {"memberships", "SELECT * FROM pg_auth_members"},
                                {"settings", kAllSettings},
                                {"rights", kAllRights}});
  return Fill(InDialect(rows, dialect), {{"shared", QuoteValue(shared_database)}});
}

template <class Reword>
Questions Reworded(Questions questions, Reword reword) {
  for (auto& question : questions) question.text = reword(question.text);
  return questions;
}

}  // namespace

Questions ServerQuestions(const Dialect& dialect, const std::string& shared_database) {
  return Reworded(Joined({{RanksQuestion()},
                          In("shared", SharedQuestions(dialect)),
                          {{"visited", "SELECT to_json(current_database() = {shared})", ""},
                           {"schemas", SharedSchemasQuestion(), ""},
                           {"ways_out", WaysOutQuestion(), ""},
                           {"publications", PublicationsOfAllQuestion(), ""},
                           {"grant_guard", "SELECT " + GrantGuardDocument(), ""}}}),
                  [&](const std::string& text) { return OfServer(text, dialect, shared_database); });
}

Questions StoreQuestions(const Dialect& dialect, const Layout& layout, bool visit) {
  return Reworded(Joined({{RanksQuestion()},
                          In("shared", SharedQuestions(dialect)),
                          ActivityQuestions(layout),
                          visit ? In("local", VisitQuestions(dialect.major, layout)) : Questions()}),
                  [&](const std::string& text) { return OfStore(text, dialect, layout); });
}

Questions MadeQuestions(const Dialect& dialect, const Layout& layout) {
  std::set<std::string> keys = {"roles", "memberships", "settings", "holdings"};
  if (HasOwnDatabase(layout)) keys.insert({"databases", "reach"});
  auto shared = SharedQuestions(dialect);
  std::erase_if(shared, [&](const Question& question) { return !keys.contains(question.key); });
  return Reworded(Joined({{RanksQuestion()}, In("shared", std::move(shared)), {SlotsQuestion()}}),
                  [&](const std::string& text) { return OfStore(text, dialect, layout); });
}

Questions FurtherQuestions(const Dialect& dialect, const Layout& layout, bool visit) {
  const auto crowd = visit ? CrowdQuestion(dialect.major, layout) : CrowdOutsideQuestion(layout);
  Questions questions = {RanksQuestion(), {"crowd", crowd, ""}};
  if (visit) {
    questions = Joined({std::move(questions), In("local", Joined({EventQuestions(), ReportQuestions(dialect.major)}))});
  }
  return Reworded(std::move(questions), [&](const std::string& text) { return OfStore(text, dialect, layout); });
}

}  // namespace freehold::engines::postgres
