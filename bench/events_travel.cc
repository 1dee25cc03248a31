#include "controller_process.h"
#include "event_pair.h"
#include "events_bench.h"

namespace freehold::bench {
namespace {

using test::OperatorWorld;

/// Two databases and one table, joined by hand.
class Bare {
 public:
  /// `commits` is what the subscription's worker waits for, see synchronous_commit.
  Bare(OperatorWorld& world, std::string told, const std::string& commits)
      : world_(world), told_(std::move(told)), name_(world.ns + "_limit_" + commits) {
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
                   "', copy_data = false, synchronous_commit = '" + commits + "')",
               To());
  }
  Line Ends() const {
    const auto& pg = world_.postgres;
    return {told_, pg.With(From(), pg.user, pg.password), pg.With(To(), pg.user, pg.password), "events", "events"};
  }

 private:
  std::string From() const { return name_ + "_from"; }
  std::string To() const { return name_ + "_to"; }

  OperatorWorld& world_;
  const std::string told_, name_;
};

}  // namespace

void MeasureTravel(int events) {
  Pair replicated(OperatorWorld::Admin::kSuperuser), polled(OperatorWorld::Admin::kManaged);
  const ControllerProcess controller;
  const Bare bare(replicated.world, "the limit: bare logical replication", "off"),
      on_disk(replicated.world, "the same, confirmed once it is on disk", "on");
  PrintPaces("outbox to inbox between two databases", {bare.Ends(), on_disk.Ends(), replicated.Await(), polled.Await()},
             events);
}

}  // namespace freehold::bench
