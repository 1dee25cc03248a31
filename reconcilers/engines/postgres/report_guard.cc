#include "reconcilers/engines/postgres/report_guard.h"

#include "reconcilers/engines/postgres/digest.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

constexpr int kKnowsColumnLists = 15;
constexpr const char* kStart = "freehold_yield_start";
constexpr const char* kEnd = "freehold_yield_end";

constexpr const char* kLedger = R"sql(CREATE TABLE IF NOT EXISTS freehold.reported (
  publication name,
  relation oid,
  columns int2[],
  PRIMARY KEY (publication, relation)))sql";

// At the start only the text of the command is known: where it names no table, being run by a function, all tables
// that the user may alter give way. What goes wrong here must not stop the owner.
constexpr const char* kFunction = R"sql(CREATE OR REPLACE FUNCTION freehold.yield_reported() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $yield$
DECLARE
  said text := lower(current_query());
  way record;
BEGIN
  IF TG_EVENT = 'ddl_command_start' THEN
    IF said ~ 'alter\s+table' AND said !~ '\m(drop|type)\M' THEN
      RETURN;
    END IF;
    FOR way IN
      SELECT l.publication, l.relation::regclass AS relation
      FROM freehold.reported l JOIN pg_class c ON c.oid = l.relation JOIN pg_publication p ON p.pubname = l.publication
        JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
      WHERE {listed} AND pg_has_role(session_user, c.relowner, 'USAGE')
        AND (said !~ 'alter\s+table' OR strpos(said, lower(c.relname)) > 0)
    LOOP
      EXECUTE format('ALTER PUBLICATION %I DROP TABLE %s', way.publication, way.relation);
    END LOOP;
    RETURN;
  END IF;
  FOR way IN
    SELECT l.publication, l.relation::regclass AS relation, list.names, p.pubupdate AS changes, key.sent AS keyed,
      r.oid IS NOT NULL AS sent
    FROM freehold.reported l JOIN pg_class c ON c.oid = l.relation JOIN pg_publication p ON p.pubname = l.publication
      LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid,
      LATERAL (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS names FROM pg_attribute a
        WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum = ANY (l.columns)) list,
      LATERAL (SELECT c.relreplident = 'f' AND l.columns IS NULL OR EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
          AND (c.relreplident = 'd' AND i.indisprimary OR c.relreplident = 'i' AND i.indisreplident)
          AND (l.columns IS NULL OR (i.indkey::int2[])[0:i.indnkeyatts - 1] <@ l.columns)) AS sent) key
  LOOP
    IF way.sent AND way.changes AND NOT way.keyed THEN
      EXECUTE format('ALTER PUBLICATION %I DROP TABLE %s', way.publication, way.relation);
    ELSIF NOT way.sent AND way.names IS NOT NULL AND (way.keyed OR NOT way.changes) THEN
      EXECUTE format('ALTER PUBLICATION %I ADD TABLE %s (%s)', way.publication, way.relation, way.names);
    END IF;
  END LOOP;
EXCEPTION WHEN OTHERS THEN
  RAISE LOG 'freehold: what is reported could not give way: %', SQLERRM;
END
$yield$)sql";

std::string Function(int major) {
  return Fill(kFunction, {{"listed", major >= kKnowsColumnLists ? "r.prattrs IS NOT NULL" : "false"}});
}

std::string Trigger(const char* name, const char* event, const char* tags) {
  return std::string("CREATE EVENT TRIGGER ") + name + " ON " + event + " WHEN TAG IN (" + tags +
         ") EXECUTE FUNCTION freehold.yield_reported()";
}

std::string StartTrigger() { return Trigger(kStart, "ddl_command_start", "'ALTER TABLE'"); }
std::string EndTrigger() { return Trigger(kEnd, "ddl_command_end", "'ALTER TABLE', 'DROP INDEX'"); }

}  // namespace

std::string ReportGuardVersion(int major) {
  return "freehold: " + HexDigest(kLedger + Function(major) + StartTrigger() + EndTrigger());
}

std::vector<std::string> GuardReports(int major) {
  std::vector<std::string> statements = {kLedger, "REVOKE ALL ON freehold.reported FROM PUBLIC", Function(major),
                                         "REVOKE ALL ON FUNCTION freehold.yield_reported() FROM PUBLIC"};
  for (const auto& [name, trigger] : {std::pair(kStart, StartTrigger()), std::pair(kEnd, EndTrigger())}) {
    statements.push_back(std::string("DROP EVENT TRIGGER IF EXISTS ") + name);
    statements.push_back(trigger);
    statements.push_back(std::string("COMMENT ON EVENT TRIGGER ") + name + " IS " +
                         QuoteValue(ReportGuardVersion(major)));
  }
  return statements;
}

std::vector<std::string> NoteReports(int major, const std::vector<std::string>& publications) {
  const auto names = QuoteValues(publications);
  return {"DELETE FROM freehold.reported WHERE publication IN (" + names + ")",
          std::string("INSERT INTO freehold.reported SELECT p.pubname, r.prrelid, ") +
              (major >= kKnowsColumnLists ? "r.prattrs::int2[]" : "NULL") +
              " FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid WHERE p.pubname IN (" + names +
              ")"};
}

std::vector<std::string> ForgetReports(const std::vector<std::string>& publications, bool own_database) {
  if (own_database) {
    return {std::string("DROP EVENT TRIGGER IF EXISTS ") + kStart, std::string("DROP EVENT TRIGGER IF EXISTS ") + kEnd,
            "DROP FUNCTION IF EXISTS freehold.yield_reported()", "DROP TABLE IF EXISTS freehold.reported"};
  }
  return {
      "DO $forget$ BEGIN IF to_regclass('freehold.reported') IS NOT NULL THEN DELETE FROM freehold.reported WHERE "
      "publication IN (" +
      QuoteValues(publications) + "); END IF; END $forget$"};
}

std::string ReportGuardDocument() {
  return std::string(
             "(SELECT to_json(min(version)) FROM (SELECT coalesce(obj_description(oid, 'pg_event_trigger'), '') "
             "AS version FROM pg_event_trigger WHERE evtenabled IN ('O', 'A') AND evtname IN ('") +
         kStart + "', '" + kEnd + "')) g HAVING count(*) = 2 AND min(version) = max(version))";
}

}  // namespace freehold::engines::postgres
