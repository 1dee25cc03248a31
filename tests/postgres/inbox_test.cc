// The inbox: what a service may do in it, how it takes work from it, what goes and what stays.
#include "reconcilers/engines/postgres/names.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::IsEmpty;
using namespace std::chrono_literals;

class Inbox : public ServerTest {
 protected:
  Inbox() : now_(PartitionStart(168h, base::SystemClock().Now())) {}

  Store MakeStore(Isolation isolation = Isolation::kDatabase) {
    auto store = NewStore(isolation, "i" + std::to_string(static_cast<int>(isolation)));
    store.inbox = Rolling{168h, now_};
    Converge(store, 1);
    return store;
  }
  static std::string View(const Store& store) { return "\"" + store.layout.schema + "\"." + InboxView(store.layout); }
  static std::string Rows(const Store& store) { return "freehold." + InboxTable(store.layout); }
  /// As a transport does: by the function, from a table of the outbox's shape.
  void Deliver(const Store& store, int number, const std::string& aggregate = "1",
               const std::string& source = "shop/a") {
    auto root = Root(store.layout.database);
    root.Ask(
        "CREATE TEMP TABLE landing (id uuid, aggregatetype text, aggregateid text, type text, payload jsonb, headers "
        "jsonb, created_at timestamptz); CREATE TRIGGER t BEFORE INSERT ON landing FOR EACH ROW EXECUTE FUNCTION " +
        Rows(store) + "_take('" + source + "')");
    root.Ask("INSERT INTO landing VALUES ('" + Id(number) + "', 'Order', '" + aggregate +
             "', 'OrderConfirmed', '{\"n\": 1}', NULL, now())");
  }
  static std::string Id(int number) { return "00000000-0000-0000-0000-" + std::to_string(100000000000 + number); }
  std::string Count(const Store& store, const std::string& where = "true") {
    return Service(store).Ask("SELECT count(*) FROM " + View(store) + " WHERE " + where);
  }

  base::Timestamp now_;
};

INSTANTIATE_TEST_SUITE_P(, Inbox, testing::ValuesIn(SitesByTurns()), PrintSite);

TEST_P(Inbox, IsReadByItsServiceWhichNotesInItHowFarItCame) {
  for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema, Isolation::kTables}) {
    const auto store = MakeStore(isolation);
    Deliver(store, 1);
    auto service = Service(store);
    const auto view = View(store);
    EXPECT_EQ(service.Ask("SELECT source || ' ' || type || ' ' || payload || ' ' || attempts FROM " + view),
              "shop/a OrderConfirmed {\"n\": 1} 0");
    service.Ask("UPDATE " + view + " SET attempts = attempts + 1, last_error = 'not yet'");
    service.Ask("UPDATE " + view + " SET processed_at = now(), last_error = NULL WHERE id = '" + Id(1) + "'");
    for (const auto& forged :
         {"INSERT INTO " + view +
              " (id, source, aggregatetype, aggregateid, type, created_at, received_at, attempts, "
              "position) VALUES (gen_random_uuid(), 'shop/a', 'Order', '1', 'OrderConfirmed', now(), now(), 0, 9)",
          "UPDATE " + view + " SET payload = '{}'", "UPDATE " + view + " SET received_at = now()",
          "DELETE FROM " + view, "TRUNCATE " + view, "SELECT * FROM " + Rows(store),
          "UPDATE " + Rows(store) + " SET attempts = 1", "DELETE FROM " + Rows(store) + "_ids",
          "DROP TABLE " + Rows(store) + " CASCADE", "LOCK TABLE " + Rows(store),
          "CREATE TEMP TABLE mine (LIKE " + view +
              "); CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW EXECUTE "
              "FUNCTION " +
              Rows(store) + "_take('shop/a')"}) {
      EXPECT_ANY_THROW(Service(store).Ask(forged)) << forged;
    }
    EXPECT_EQ(Observe(store.layout).user_tables, 0);
    EXPECT_THAT(Observe(store.layout).foreign, IsEmpty());
    EXPECT_EQ(IsSuspect(store.layout), isolation == Isolation::kTables) << "always so there";
  }
}

TEST_P(Inbox, IsNobodyElses) {
  const auto mine = MakeStore(Isolation::kSchema);
  auto other = NewStore(Isolation::kSchema, "other");
  other.marker.uid = "uid-2";
  other.inbox = mine.inbox;
  Converge(other, 1);
  Deliver(mine, 1);
  EXPECT_ANY_THROW(Service(other).Ask("SELECT * FROM " + View(mine)));
  EXPECT_ANY_THROW(Service(other).Ask("SELECT * FROM " + Rows(mine)));
  EXPECT_EQ(Count(other), "0");
  const auto peeper = Stranger("peeper");
  for (const auto& grant :
       {"GRANT SELECT ON " + Rows(mine) + " TO " + peeper, "GRANT SELECT (payload) ON " + Rows(mine) + " TO " + peeper,
        "GRANT SELECT ON " + Rows(mine) + "_default TO PUBLIC"}) {
    EXPECT_FALSE(IsSuspect(mine.layout)) << grant;
    Root(mine.layout.database).Ask(grant);
    EXPECT_TRUE(IsSuspect(mine.layout)) << grant;
    EXPECT_THAT(Observe(mine.layout).foreign, testing::SizeIs(1)) << grant;
    EXPECT_THAT(Observe(other.layout).foreign, IsEmpty()) << grant;
    auto kept = mine;
    kept.logins[0].new_verifier.reset();
    Converge(kept, 1);
    EXPECT_THAT(Observe(mine.layout).foreign, IsEmpty()) << grant;
  }
}

TEST_P(Inbox, TakesAnEventOnceBySourceAndIdAlsoInAnotherPartition) {
  auto store = MakeStore();
  Deliver(store, 1);
  Deliver(store, 1);
  Deliver(store, 1, "1", "shop/b");
  EXPECT_EQ(Count(store), "2");
  Root(store.layout.database).Ask("UPDATE " + Rows(store) + " SET received_at = received_at - interval '3 days'");
  Deliver(store, 1);
  EXPECT_EQ(Count(store), "2");
}

TEST_P(Inbox, TellsThoseWhoListen) {
  const auto store = MakeStore();
  EXPECT_TRUE(Service(store).Hears("i2_inbox", [&] { Deliver(store, 1); }));
}

TEST_P(Inbox, GivesWorkToManyInOrderPerAggregate) {
  const auto store = MakeStore();
  for (int number = 1; number <= 3; ++number) Deliver(store, number, "7");
  Deliver(store, 4, "8");
  const std::string take =
      "SELECT id FROM inbox i WHERE processed_at IS NULL AND attempts < 10 AND NOT EXISTS (SELECT FROM inbox e WHERE "
      "e.processed_at IS NULL AND e.aggregateid = i.aggregateid AND e.aggregatetype = i.aggregatetype AND e.source = "
      "i.source AND e.position < i.position) ORDER BY position LIMIT 1 FOR UPDATE OF i SKIP LOCKED";
  auto first = Service(store), second = Service(store), third = Service(store);
  for (auto* worker : {&first, &second, &third}) worker->Ask("BEGIN");
  EXPECT_EQ(first.Ask(take), Id(1));
  EXPECT_EQ(second.Ask(take), Id(4));
  EXPECT_EQ(third.Ask(take), "");
  first.Ask("UPDATE inbox SET processed_at = now() WHERE id = '" + Id(1) + "'; COMMIT");
  EXPECT_EQ(third.Ask(take), Id(2));
  third.Ask("ROLLBACK");
  EXPECT_EQ(first.Ask(take), Id(2));
}

TEST_P(Inbox, DropsWhatOutlivedItsRetentionAndKeepsWhatWasNotProcessed) {
  auto store = MakeStore(Isolation::kSchema);
  Deliver(store, 1);
  Service(store).Ask("UPDATE " + View(store) + " SET processed_at = now()");
  const auto roll = [&](int days) {
    for (int day = 1; day <= days; ++day) {
      store.inbox->now += 24h;
      Converge(store, 1);
    }
  };
  Deliver(store, 2);
  roll(10);
  EXPECT_EQ(Count(store), "2") << "one of the same day waits";
  Service(store).Ask("UPDATE " + View(store) + " SET processed_at = now()");
  Converge(store, 1);
  EXPECT_EQ(Count(store), "0");
  EXPECT_EQ(Root(store.layout.database).Ask("SELECT count(*) FROM " + Rows(store) + "_ids"), "0");
  Deliver(store, 3);
  roll(3);
  EXPECT_EQ(Count(store), "1");
}

TEST_P(Inbox, ThatWasDroppedOrDamagedIsMadeAgainWithItsEvents) {
  auto store = MakeStore();
  Deliver(store, 1);
  Service(store).Ask("DROP VIEW inbox");
  Converge(store, 1);
  EXPECT_EQ(Count(store), "1");
  Service(store).Ask("DROP VIEW inbox; CREATE TABLE inbox (id int); INSERT INTO inbox VALUES (7)");
  Converge(store, 1);
  EXPECT_EQ(Service(store).Ask("SELECT id FROM inbox_before_freehold"), "7");
  EXPECT_EQ(Count(store), "1");
  auto root = Root(store.layout.database);
  root.Ask("GRANT INSERT, DELETE ON " + View(store) + " TO " + store.layout.owner);
  root.Ask("DROP FUNCTION " + Rows(store) + "_take() CASCADE");
  root.Ask("DROP TABLE " + Rows(store) + "_default");
  Converge(store, 1);
  EXPECT_ANY_THROW(Service(store).Ask("DELETE FROM inbox"));
  Deliver(store, 2);
  EXPECT_EQ(Count(store), "2");
  root.Ask("DROP TABLE " + Rows(store) + " CASCADE");
  Converge(store, 1);
  EXPECT_EQ(Count(store), "0");
  root.Ask("GRANT SELECT ON " + View(store) + " TO " + Stranger("peeper"));
  EXPECT_TRUE(IsSuspect(store.layout));
  EXPECT_THAT(Converge(store, 1).foreign, IsEmpty());
}

TEST_P(Inbox, IsNotMadeInASchemaThatSomebodyElseOwns) {
  auto store = NewStore(Isolation::kDatabase);
  Converge(store, 1);
  Root(store.layout.database).Ask("CREATE SCHEMA freehold AUTHORIZATION " + Stranger("squatter"));
  store.inbox = Rolling{168h, now_};
  store.logins[0].new_verifier.reset();
  const auto steps = Plan(store);
  ASSERT_FALSE(steps.empty());
  EXPECT_FALSE(engine_.Run(access_, steps.front()));
}

TEST_P(Inbox, GoesWithItsStoreOrStaysWithIt) {
  for (const auto isolation : {Isolation::kSchema, Isolation::kTables}) {
    auto store = MakeStore(isolation);
    Deliver(store, 1);
    ConvergeRemoval(store.layout, api::DeletionPolicy::kRetain);
    EXPECT_ANY_THROW(Deliver(store, 2));
    store.adopt = true;
    Converge(store, 2);
    EXPECT_EQ(Count(store), "1");
    ConvergeRemoval(store.layout, api::DeletionPolicy::kDelete);
    EXPECT_EQ(Root(store.layout.database)
                  .Ask("SELECT count(*) FROM pg_class WHERE relname LIKE '" + InboxTable(store.layout) + "%'"),
              "0");
  }
}

}  // namespace
}  // namespace freehold::engines::postgres
