#include "reconcilers/engines/postgres/spares.h"

#include <algorithm>
#include <map>
#include <set>

#include "reconcilers/engines/postgres/digest.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Holdings = std::set<std::pair<std::string, std::string>>;

// Of a database b. Whoever is connected to it, or ever was, may have left something there; what a superuser leaves is
// in no catalog that can be read from outside, so that its statistics have to say that nobody was.
constexpr const char* kUntouched = R"sql(b.datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user)
  AND NOT b.datallowconn AND NOT b.datistemplate AND b.datconnlimit = -1
  AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datid = b.oid) AND pg_stat_get_db_sessions(b.oid) = 0
  AND NOT EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase = b.oid)
  AND (SELECT count(*) FROM pg_shdepend WHERE dbid = b.oid)
    = (SELECT count(*) FROM pg_shdepend WHERE dbid = (SELECT oid FROM pg_database WHERE datname = 'template0')))sql";

constexpr const char* kSpare = R"sql(shobj_description(b.oid, 'pg_database') = {comment}
  AND NOT EXISTS (SELECT FROM aclexplode(coalesce(b.datacl, acldefault('d', b.datdba))) a WHERE a.grantee <> b.datdba)
  AND {untouched})sql";

constexpr const char* kRequire = R"sql(DO $spare$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_database b WHERE b.datname = {name} AND {condition}) THEN
    RAISE EXCEPTION 'database % is no spare any more', {name};
  END IF;
END
$spare$)sql";

// What was seen before the lock may be over; what is seen after the renaming stays, since that locks the database.
constexpr const char* kTake = R"sql(DO $spare$
DECLARE
  it record;
BEGIN
  FOR it IN SELECT b.oid, b.datname FROM pg_database b WHERE starts_with(b.datname, {prefix}) AND {spare} ORDER BY b.datname LOOP
    CONTINUE WHEN NOT pg_try_advisory_xact_lock(hashtextextended('freehold spare', it.oid::bigint));
    CONTINUE WHEN NOT EXISTS (SELECT FROM pg_database b WHERE b.oid = it.oid AND b.datname = it.datname);
    EXECUTE format('ALTER DATABASE %I RENAME TO %I', it.datname, {target});
    IF NOT EXISTS (SELECT FROM pg_database b WHERE b.oid = it.oid AND b.datname = {target} AND {spare}) THEN
      RAISE EXCEPTION 'database % is no spare any more', it.datname;
    END IF;
    RETURN;
  END LOOP;
  RAISE EXCEPTION 'there is no spare database that is fit';
END
$spare$)sql";

std::string Spare(const SpareNames& names) {
  return Fill(kSpare, {{"comment", QuoteValue(names.comment)}, {"untouched", kUntouched}});
}

std::string Require(const std::string& name, const std::string& condition) {
  return Fill(kRequire, {{"name", QuoteValue(name)}, {"condition", condition}});
}

/// What is held in the databases of such names, and in template0.
std::map<std::string, Holdings> HoldingsIn(const SharedRows& rows, const std::string& prefix) {
  std::map<std::string, Holdings> holdings;
  for (const auto& row : rows.holdings) {
    if (row.database != "template0" && !row.database.starts_with(prefix)) continue;
    holdings[row.database].emplace(row.holder, row.digest);
  }
  return holdings;
}

bool IsSet(const SharedRows& rows, const std::string& database) {
  return std::ranges::any_of(rows.settings, [&](const Setting& setting) { return setting.database == database; });
}

bool IsOpenToOthers(const Database& database) {
  return std::ranges::any_of(database.grants, [&](const Grant& grant) { return grant.grantee != database.owner; });
}

}  // namespace

SpareNames SpareNamesOf(const ServerAccess& access) {
  return {.prefix = "freehold_spare_" + HexDigest(access.uid).substr(0, 12) + "_",
          .comment = "freehold: spare of " + access.name + ", uid " + access.uid};
}

SparesSeen SparesIn(const SharedRows& rows, const SpareNames& names) {
  SparesSeen seen;
  auto holdings = HoldingsIn(rows, names.prefix);
  const auto of_template = holdings["template0"];
  for (const auto& database : rows.databases) {
    const auto& name = database.name;
    if (!name.starts_with(names.prefix)) continue;
    seen.taken.push_back(name);
    const bool untouched = database.owner == rows.admin.name && !database.allows_connections && !database.is_template &&
                           database.connections == -1 && !database.was_entered && !IsSet(rows, name) &&
                           holdings[name] == of_template;
    const bool marked = database.comment == names.comment;
    if (untouched && marked && !IsOpenToOthers(database)) {
      seen.ready.push_back(name);
    } else if (untouched && database.comment.empty()) {
      seen.begun.push_back(name);
    } else {
      seen.findings.push_back(
          "database " + name + " has the name of a spare database, " +
          (marked ? "but was changed, opened or used since it was made" : "but was not made by Freehold") +
          ": it is left alone; rename it, or drop it if nobody needs it");
    }
  }
  std::ranges::sort(seen.ready);
  return seen;
}

std::string RequireReadySpare(const std::string& name, const SpareNames& names) { return Require(name, Spare(names)); }

std::string RequireBegunSpare(const std::string& name) {
  return Require(name, std::string("shobj_description(b.oid, 'pg_database') IS NULL AND ") + kUntouched);
}

std::string TakeSpare(const SpareNames& names, const std::string& target, int major) {
  auto take =
      Fill(kTake, {{"prefix", QuoteValue(names.prefix)}, {"spare", Spare(names)}, {"target", QuoteValue(target)}});
  // The server may have got other rules of sorting since; nothing in it is sorted by those of before.
  if (major >= 15) take += ";\nALTER DATABASE " + QuoteName(target) + " REFRESH COLLATION VERSION";
  return take;
}

}  // namespace freehold::engines::postgres
