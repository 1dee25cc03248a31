#include <gmock/gmock.h>

#include "fake_engine.h"
#include "reconcilers/stores/router.h"
#include "reconcilers/stores/sights.h"

namespace freehold::stores {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Sights, AddUpByServerAndTransport) {
  using std::chrono::milliseconds;
  Sights sights;
  sights.Put({"shop", "cart"},
             {{.server = "main", .transport = "Polling", .lag = milliseconds(40), .waiting = 3, .parked = 1},
              {.server = "main", .transport = "Replication", .retained = 10}});
  sights.Put({"shop", "billing"},
             {{.server = "main", .transport = "Polling", .lag = milliseconds(90), .waiting = 4, .troubled = true},
              {.server = "spare", .transport = "Replication", .retained = 30}});
  const auto traffic = TrafficOf(sights.All());
  EXPECT_EQ(traffic.size(), 3U);
  EXPECT_EQ(traffic.at({"main", "Polling"}),
            (Traffic{.ways = 2, .troubled = 1, .lag = milliseconds(90), .waiting = 7, .parked = 1}));
  EXPECT_EQ(traffic.at({"spare", "Replication"}), (Traffic{.ways = 1, .retained = 30}));
  EXPECT_THAT(TroubledIn(sights.All(), 50), ElementsAre(kube::Name{"shop", "billing"}));
  EXPECT_THAT(TroubledIn(sights.All(), 0), IsEmpty());
  sights.Put({"shop", "billing"}, {});
  EXPECT_THAT(TroubledIn(sights.All(), 50), IsEmpty());
  EXPECT_FALSE(TrafficOf(sights.All()).contains({"spare", "Replication"}));
}

class Routes : public testing::Test {
 protected:
  std::shared_ptr<api::ServiceDatabase> Put(const std::string& name, std::int64_t generation = 1) {
    auto object = std::make_shared<api::ServiceDatabase>();
    object->meta = {.name = name, .ns = "shop", .uid = "uid-" + name, .generation = generation};
    databases.Put(object);
    return object;
  }
  void PutServer(const std::string& host) {
    auto server = std::make_shared<api::DatabaseServer>();
    server->meta.name = "main";
    server->spec.host = host;
    server->spec.is_default = true;
    servers.Put(server);
  }
  std::vector<std::string> Asked() { return std::exchange(asked, {}); }
  static servers::Standing Standing(bool ready) {
    servers::Standing standing;
    if (ready) standing.snapshot = std::make_shared<engines::ServerSnapshot>();
    return standing;
  }

  kube::Store<api::ServiceDatabase> databases;
  kube::Store<api::DatabaseServer> servers;
  kube::Store<api::DataPolicy> policies;
  kube::Store<Namespace> namespaces;
  kube::Store<api::CredentialIndex> indexes;
  ownership::Registry registry;
  engines::FakeEngine engine;
  std::vector<std::string> asked;
  Router router{{databases, servers, policies, namespaces, registry, indexes},
                registry,
                engine,
                [this](const kube::Name& name, Urgency) { asked.push_back(name.name); },
                [this](const kube::Name& name, Urgency) { asked.push_back("server " + name.name); },
                [this](const std::string& server) { asked.push_back("made on " + server); }};
};

TEST_F(Routes, AChangedSpecAsksForAPassAndAChangedStatusDoesNot) {
  Put("orders");
  router.DatabaseChanged({"shop", "orders"}, Change::kChanged);
  EXPECT_THAT(Asked(), ElementsAre("orders"));
  Put("orders")->status.observed_generation = 1;
  router.DatabaseChanged({"shop", "orders"}, Change::kChanged);
  EXPECT_THAT(Asked(), IsEmpty());
  Put("orders", 2);
  router.DatabaseChanged({"shop", "orders"}, Change::kChanged);
  EXPECT_THAT(Asked(), ElementsAre("orders"));
}

TEST_F(Routes, AServerIsToldThatAStoreGotADatabaseOfItsOwn) {
  PutServer("h");
  for (const auto isolation : {api::Isolation::kDatabase, api::Isolation::kSchema}) {
    for (const bool made : {false, true, true}) {
      auto object = Put(isolation == api::Isolation::kSchema ? "billing" : "orders");
      object->spec.isolation = isolation;
      if (made) object->status.store.emplace().server = "main";
      router.DatabaseChanged(object->meta.full_name(), Change::kChanged);
    }
  }
  EXPECT_THAT(Asked(), ElementsAre("orders", "made on main", "billing"));
}

TEST_F(Routes, AnAnnotationAsksForAPass) {
  Put("orders");
  router.DatabaseChanged({"shop", "orders"}, Change::kInitial);
  Asked();
  Put("orders")->meta.annotations[api::kRotateAnnotation] = "now";
  router.DatabaseChanged({"shop", "orders"}, Change::kChanged);
  EXPECT_THAT(Asked(), ElementsAre("orders"));
}

TEST_F(Routes, WhoConsumesIsAskedWhenWhatIsPublishedChanges) {
  Put("cart")->spec.consumes = {{.event = "ProductUpdated", .from = "catalog"}};
  Put("catalog")->spec.publishes = {{.event = "ProductUpdated"}};
  router.DatabaseChanged({"shop", "cart"}, Change::kInitial);
  Asked();
  router.DatabaseChanged({"shop", "catalog"}, Change::kChanged);
  EXPECT_THAT(Asked(), ElementsAre("cart", "catalog"));
  Put("catalog", 2)->spec.publishes = {{.event = "ProductUpdated"}};
  router.DatabaseChanged({"shop", "catalog"}, Change::kChanged);
  EXPECT_THAT(Asked(), ElementsAre("catalog"));
  databases.Remove({"shop", "catalog"});
  router.DatabaseChanged({"shop", "catalog"}, Change::kGone);
  EXPECT_THAT(Asked(), ElementsAre("cart"));
}

TEST_F(Routes, WhoConsumesIsAskedWhenThePublishersStoreIsThereAndNotForEachStatus) {
  Put("cart")->spec.consumes = {{.event = "ProductUpdated", .from = "catalog"}};
  Put("catalog")->spec.publishes = {{.event = "ProductUpdated"}};
  router.DatabaseChanged({"shop", "cart"}, Change::kInitial);
  router.DatabaseChanged({"shop", "catalog"}, Change::kInitial);
  Asked();
  const auto seen = [&](const std::string& fingerprint) {
    const auto catalog = Put("catalog");
    catalog->spec.publishes = {{.event = "ProductUpdated"}};
    catalog->status.store = api::StoreStatus{"main", "catalog_db", "catalog", fingerprint};
    router.DatabaseChanged({"shop", "catalog"}, Change::kChanged);
  };
  seen("wanted-seen");
  EXPECT_THAT(Asked(), ElementsAre("cart"));
  seen("wanted otherwise-seen");
  EXPECT_THAT(Asked(), IsEmpty());
}

TEST_F(Routes, WhoConsumesIsAskedWhenThePublisherTakesAnotherBus) {
  Put("cart")->spec.consumes = {{.event = "ProductUpdated", .from = "catalog"}};
  Put("catalog")->spec.publishes = {{.event = "ProductUpdated"}};
  router.DatabaseChanged({"shop", "catalog"}, Change::kInitial);
  Asked();
  auto catalog = Put("catalog", 2);
  catalog->spec.publishes = {{.event = "ProductUpdated"}};
  catalog->spec.bus = "slow";
  router.DatabaseChanged({"shop", "catalog"}, Change::kChanged);
  EXPECT_THAT(Asked(), ElementsAre("cart", "catalog"));
}

TEST_F(Routes, ABusThatChangesAsksForAllWhoPublishOrConsume) {
  Put("cart")->spec.consumes = {{.event = "ProductUpdated", .from = "catalog"}};
  Put("catalog")->spec.publishes = {{.event = "ProductUpdated"}};
  Put("alone");
  router.BusChanged(Change::kInitial);
  EXPECT_THAT(Asked(), IsEmpty());
  router.BusChanged(Change::kChanged);
  EXPECT_THAT(Asked(), ElementsAre("cart", "catalog"));
}

TEST_F(Routes, WhoLostAStoreIsAskedWhenTheOwnerGoes) {
  PutServer("pg");
  Put("a-b");
  Put("a.b")->spec.service = "a-b";
  router.DatabaseChanged({"shop", "a-b"}, Change::kChanged);
  router.DatabaseChanged({"shop", "a.b"}, Change::kChanged);
  Asked();
  databases.Remove({"shop", "a-b"});
  router.DatabaseChanged({"shop", "a-b"}, Change::kGone);
  EXPECT_THAT(Asked(), ElementsAre("a.b"));
}

TEST_F(Routes, AnIndexThatChangesAsksForStoresWhoseSecretOnlyItProtects) {
  Put("orders");
  Put("payments")->spec.credentials.secret_name = "payments-login";
  router.IndexChanged({"elsewhere", api::kIndexName}, Change::kChanged);
  EXPECT_THAT(Asked(), IsEmpty());
  router.IndexChanged({"shop", api::kIndexName}, Change::kChanged);
  EXPECT_THAT(Asked(), ElementsAre("payments"));
}

TEST_F(Routes, AServerThatComesIsAskedWithAllThatWaitForOne) {
  Put("orders");
  router.DatabaseChanged({"shop", "orders"}, Change::kInitial);
  Asked();
  PutServer("pg");
  router.ServerChanged({"", "main"}, Change::kChanged);
  EXPECT_THAT(Asked(), ElementsAre("server main", "orders"));
}

TEST_F(Routes, AServerThatComesBackAsksForAllItsStoresOnce) {
  PutServer("pg");
  Put("orders");
  router.ServerSeen("main", Standing(false), Standing(true));
  EXPECT_THAT(Asked(), ElementsAre("orders"));
  router.ServerSeen("main", Standing(true), Standing(true));
  EXPECT_THAT(Asked(), IsEmpty());
}

TEST_F(Routes, TheFirstLookAtAServerAsksForAllItsStoresWhateverItSaw) {
  PutServer("pg");
  Put("orders");
  router.ServerSeen("main", std::nullopt, Standing(false));
  EXPECT_THAT(Asked(), ElementsAre("orders"));
  router.ServerSeen("main", Standing(false), Standing(false));
  EXPECT_THAT(Asked(), IsEmpty());
}

TEST_F(Routes, OnlyStoresWhoseFingerprintMovedAreAsked) {
  PutServer("pg");
  Put("moved")->status.store = api::StoreStatus{"main", "moved_db", "moved", "wanted-before"};
  Put("still")->status.store = api::StoreStatus{"main", "still_db", "still", "wanted-seen"};
  router.ServerSeen("main", Standing(true), Standing(true));
  EXPECT_THAT(Asked(), ElementsAre("moved"));
}

TEST_F(Routes, AStoreIsInTheLaneOfItsServer) {
  Put("orders");
  EXPECT_EQ(router.LaneOf({"shop", "orders"}), "");
  PutServer("pg");
  EXPECT_EQ(router.LaneOf({"shop", "orders"}), "main");
}

}  // namespace
}  // namespace freehold::stores
