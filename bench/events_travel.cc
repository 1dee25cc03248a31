#include "controller_process.h"
#include "event_pair.h"
#include "events_bench.h"

namespace freehold::bench {
namespace {

using test::OperatorWorld;

/// Two databases and one table, joined by hand.
class Bare {
 public:
  explicit Bare(OperatorWorld& world) : world_(world) {
    constexpr const char* kColumns =
        " (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), aggregatetype varchar(255), aggregateid varchar(255), type "
        "varchar(255), payload jsonb, created_at timestamptz DEFAULT now()";
    for (const auto& database : {From(), To()}) world_.Sql("CREATE DATABASE " + database);
    world_.Sql(std::string("CREATE TABLE events") + kColumns + ")", From());
    world_.Sql(std::string("CREATE TABLE events") + kColumns + ", received_at timestamptz DEFAULT clock_timestamp())",
               To());
    world_.Sql("CREATE PUBLICATION limit_events FOR TABLE events WITH (publish = 'insert')", From());
    world_.Sql("SELECT pg_create_logical_replication_slot('" + From() + "', 'pgoutput')", From());
    const auto& pg = world_.postgres;
    world_.Sql("CREATE SUBSCRIPTION limit_events CONNECTION 'host=" + pg.host + " port=" + std::to_string(pg.port) +
                   " dbname=" + From() + " user=" + pg.user + " password=" + pg.password +
                   " sslmode=require' PUBLICATION limit_events WITH (create_slot = false, slot_name = '" + From() +
                   "', copy_data = false)",
               To());
  }
  Line Ends() const {
    const auto& pg = world_.postgres;
    return {"the limit: bare logical replication", pg.With(From(), pg.user, pg.password),
            pg.With(To(), pg.user, pg.password), "events", "events"};
  }

 private:
  std::string From() const { return world_.ns + "_limit_from"; }
  std::string To() const { return world_.ns + "_limit_to"; }

  OperatorWorld& world_;
};

}  // namespace

void MeasureTravel(int events) {
  Pair replicated(OperatorWorld::Admin::kSuperuser), polled(OperatorWorld::Admin::kManaged);
  const ControllerProcess controller;
  const Bare bare(replicated.world);
  PrintPaces("outbox to inbox between two databases", {bare.Ends(), replicated.Await(), polled.Await()}, events);
}

}  // namespace freehold::bench
