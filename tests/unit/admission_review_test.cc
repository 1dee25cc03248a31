// What is refused at the door, what is only told, and what nobody is to be bothered with.
#include <gmock/gmock.h>

#include "reconcilers/admission/review.h"
#include "reconcilers/api/kinds.h"
#include "tests/unit/resources_of.h"

namespace freehold::admission {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const base::Timestamp kNow = *base::ParseTime("2027-01-01T00:00:00Z");

class ReviewTest : public testing::Test {
 protected:
  ReviewTest() {
    PutServer("main", "default: true");
    PutNamespace("shop");
  }

  /// An object as the API server has it: older than any that comes now.
  api::ServiceDatabase Database(const std::string& name, const std::string& spec, const std::string& ns = "shop") {
    auto object = api::ReadServiceDatabase(JsonOf("metadata: {name: " + name + ", namespace: " + ns + ", uid: uid-" +
                                                  ns + "-" + name + ", creationTimestamp: '2026-06-01T00:00:0" +
                                                  std::to_string(age++ % 10) + "Z'}\nspec: {" + spec + "}\n"));
    EXPECT_TRUE(object) << object.error().message;
    return *object;
  }
  api::ServiceDatabase Put(const std::string& name, const std::string& spec, const std::string& ns = "shop") {
    const auto object = Database(name, spec, ns);
    databases.Put(std::make_shared<api::ServiceDatabase>(object));
    return object;
  }
  api::DatabaseServer Server(const std::string& name, const std::string& spec) {
    return api::ReadDatabaseServer(JsonOf("metadata: {name: " + name + ", uid: uid-" + name +
                                          "}\nspec: {host: " + name + ", adminSecret: {name: a}, " + spec + "}\n"))
        .value();
  }
  void PutServer(const std::string& name, const std::string& spec) {
    servers.Put(std::make_shared<api::DatabaseServer>(Server(name, spec)));
  }
  api::DataPolicy Policy(const std::string& spec) {
    return api::ReadDataPolicy(JsonOf("metadata: {name: strict, uid: uid-strict}\nspec: {" + spec + "}\n")).value();
  }
  void PutPolicy(const std::string& spec) { policies.Put(std::make_shared<api::DataPolicy>(Policy(spec))); }
  void PutNamespace(const std::string& name, std::map<std::string, std::string> labels = {}) {
    auto ns = std::make_shared<stores::Namespace>();
    ns->meta = {.name = name, .labels = std::move(labels)};
    namespaces.Put(ns);
  }

  template <class Kind>
  Verdict Review(std::optional<Kind> before, std::optional<Kind> after) {
    Change<Kind> change;
    if (before) change.before = std::make_shared<const Kind>(*before);
    if (after) change.after = std::make_shared<const Kind>(*after);
    return admission::Review({"review-1", change}, world, kNow);
  }
  Verdict Create(const std::string& name, const std::string& spec, const std::string& ns = "shop") {
    return Review<api::ServiceDatabase>({}, Database(name, spec, ns));
  }
  /// Changes the spec of an object that is in the cache.
  Verdict Update(const api::ServiceDatabase& before, const std::string& spec) {
    api::ServiceDatabase after = before;
    after.spec = Database(before.meta.name, spec, before.meta.ns).spec;
    return Review<api::ServiceDatabase>(before, after);
  }
  Verdict Delete(const api::ServiceDatabase& object) { return Review<api::ServiceDatabase>(object, {}); }

  int age = 0;
  kube::Store<api::ServiceDatabase> databases;
  kube::Store<api::DatabaseServer> servers;
  kube::Store<api::DataPolicy> policies;
  kube::Store<stores::Namespace> namespaces;
  kube::Store<api::CredentialIndex> indexes;
  ownership::Registry registry;
  const stores::World world{databases, servers, policies, namespaces, registry, indexes};
};

TEST_F(ReviewTest, LetsASoundOneIn) {
  Put("orders", "");
  const auto verdict = Create("cart", "owns: [{aggregate: Cart, tables: [carts]}]");
  EXPECT_TRUE(verdict.allowed) << verdict.message;
  EXPECT_THAT(verdict.warnings, IsEmpty());
}

TEST_F(ReviewTest, RefusesTheStoreOfAnotherAndNamesItsOwnerAndTheRemedy) {
  Put("orders", "");
  const auto verdict = Create("billing", "name: orders_db");
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.message,
            "spec.name: store orders_db on main:5432 belongs to ServiceDatabase shop/orders; choose another spec.name, "
            "or have the data by events, a read model or an API");
  EXPECT_THAT(verdict.warnings, IsEmpty());
}

TEST_F(ReviewTest, RefusesTheStoreOfAnotherNamespace) {
  Put("orders", "");
  PutNamespace("outlet");
  EXPECT_THAT(Create("orders", "", "outlet").message, HasSubstr("belongs to ServiceDatabase shop/orders"));
}

TEST_F(ReviewTest, RefusesTheSecretOfAnother) {
  Put("orders", "");
  EXPECT_THAT(Create("spy", "credentials: {secretName: orders.freehold}").message,
              AllOf(HasSubstr("spec.credentials.secretName: Secret shop/orders.freehold belongs to"),
                    HasSubstr("choose another credentials.secretName")));
}

TEST_F(ReviewTest, RefusesOneStoreMoreThanItsServerMayHave) {
  PutServer("main", "default: true, limits: {databases: 2}");
  PutServer("spare", "");
  const auto orders = Put("orders", "");
  EXPECT_TRUE(Create("cart", "").allowed) << "the second of two";
  Put("cart", "");
  const auto verdict = Create("billing", "");
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.message,
            "spec: DatabaseServer main has its 2 stores; have limits.databases raised, or choose another server");
  EXPECT_TRUE(Create("billing", "server: spare").allowed);
  EXPECT_TRUE(Update(orders, "deletionPolicy: Orphan").allowed) << "who is there may be changed";
  EXPECT_THAT(Update(Put("shipping", "server: spare"), "server: main").message, HasSubstr("has its 2 stores"));
}

TEST_F(ReviewTest, CountsTheStoresOfOneMachineWhateverServerNamesIt) {
  PutServer("main", "default: true, limits: {databases: 1}");
  auto other = Server("other", "limits: {databases: 1}");
  other.spec.host = "main";
  servers.Put(std::make_shared<api::DatabaseServer>(other));
  Put("orders", "server: other");
  EXPECT_THAT(Create("cart", "").message, HasSubstr("DatabaseServer main has its 1 stores"));
}

TEST_F(ReviewTest, RefusesAChangeThatWouldMoveAStoreThatIsMade) {
  PutServer("main", "default: true, isolation: [Schema, Database]");
  PutServer("spare", "isolation: [Schema, Database]");
  auto orders = Database("orders", "isolation: Schema");
  orders.status.store = api::StoreStatus{.server = "main", .database = "apps", .schema = "orders"};
  databases.Put(std::make_shared<api::ServiceDatabase>(orders));
  EXPECT_EQ(Update(orders, "isolation: Database").message,
            "spec.isolation: the store is main/apps/orders, the spec asks for main/orders_db/orders; take the "
            "change back, or make a second ServiceDatabase and move the data");
  EXPECT_THAT(Update(orders, "isolation: Schema, server: spare").message, HasSubstr("spec.server: the store is main/"));
  EXPECT_TRUE(Update(orders, "isolation: Schema, server: main").allowed);
  orders.status.store.reset();
  EXPECT_TRUE(Update(orders, "isolation: Database").allowed) << "nothing was made yet";
}

TEST_F(ReviewTest, TellsWhichStoresAChangeOfAServerWouldMove) {
  PutServer("main", "default: true, isolation: [Schema]");
  auto orders = Database("orders", "isolation: Schema");
  orders.status.store = api::StoreStatus{.server = "main", .database = "apps", .schema = "orders"};
  databases.Put(std::make_shared<api::ServiceDatabase>(orders));
  const auto verdict = Review<api::DatabaseServer>(
      *servers.Find({"", "main"}), Server("main", "default: true, isolation: [Schema], sharedDatabase: elsewhere"));
  EXPECT_TRUE(verdict.allowed) << verdict.message;
  EXPECT_THAT(verdict.warnings, Contains(HasSubstr("the spec asks for main/elsewhere/orders")));
}

TEST_F(ReviewTest, RefusesATableOfAnotherService) {
  Put("orders", "owns: [{aggregate: Order, tables: [orders]}]");
  EXPECT_THAT(
      Create("billing", "owns: [{aggregate: Order, tables: [orders]}]").message,
      HasSubstr("spec.owns[0].tables[0]: table orders is owned by service orders (ServiceDatabase shop/orders)"));
  PutServer("shared", "isolation: [Tables]");
  Put("a", "server: shared, isolation: Tables, owns: [{aggregate: A, tables: [t]}]");
  EXPECT_FALSE(Create("b", "server: shared, isolation: Tables, owns: [{aggregate: B, tables: [t]}]").allowed);
}

TEST_F(ReviewTest, RefusesAServerThatAnotherHasForItself) {
  Put("ledger", "isolation: Instance");
  EXPECT_THAT(Create("cart", "").message,
              HasSubstr("the whole server main:5432 belongs to ServiceDatabase shop/ledger"));
}

TEST_F(ReviewTest, RefusesAWholeServerWhereOthersAre) {
  Put("cart", "");
  EXPECT_THAT(Create("ledger", "isolation: Instance").message, HasSubstr("belongs to ServiceDatabase shop/cart"));
}

TEST_F(ReviewTest, TellsAllFaultsAtOnce) {
  Put("orders", "owns: [{aggregate: Order, tables: [orders]}]");
  EXPECT_THAT(Create("billing", "name: orders_db, owns: [{aggregate: Order, tables: [orders]}]").message,
              AllOf(HasSubstr("spec.name: "), HasSubstr("; and spec.owns[0].tables[0]: ")));
}

TEST_F(ReviewTest, RefusesWhatAPolicyDenies) {
  PutPolicy("minimumIsolation: Database, engines: [PostgreSQL]");
  EXPECT_THAT(Create("cart", "isolation: Schema").message,
              HasSubstr("spec.isolation: DataPolicy strict asks for at least Database, not Schema"));
  EXPECT_THAT(Create("cache", "engine: Redis").message, HasSubstr("does not allow Redis"));
}

TEST_F(ReviewTest, RefusesAnExceptionThatHasEnded) {
  PutPolicy(
      "minimumIsolation: Database, exceptions: [{service: shop/legacy, isolation: Schema, until: '2026-12-31', reason: "
      "step 4}]");
  EXPECT_THAT(Create("legacy", "isolation: Schema").message, HasSubstr("allowed Schema until 2026-12-31 (step 4)"));
}

TEST_F(ReviewTest, WarnsWhereAPolicyOnlyWarns) {
  PutPolicy("minimumIsolation: Database, enforcement: Warn");
  const auto verdict = Create("cart", "isolation: Schema");
  EXPECT_TRUE(verdict.allowed);
  EXPECT_THAT(verdict.warnings, ElementsAre(HasSubstr("asks for at least Database")));
}

TEST_F(ReviewTest, RefusesACopyThatCannotBeMade) {
  Put("catalog", "publishes: [{event: E}, {event: F}]");
  const auto keep = [](const std::string& second_key) {
    return "consumes: [{event: E, from: catalog, into: {table: t, key: id, columns: [{name: id, path: $.id}, {name: "
           "sku, path: $.sku}]}}, {event: F, from: catalog, into: {table: t, operation: Delete, key: " +
           second_key + ", columns: [{name: " + second_key + ", path: aggregateid}]}}]";
  };
  EXPECT_TRUE(Create("cart", keep("id")).allowed);
  const auto verdict = Create("cart", keep("sku"));
  EXPECT_FALSE(verdict.allowed);
  EXPECT_THAT(verdict.message,
              HasSubstr("spec.consumes[1].into.key: is sku, but the other events that are kept in t have "
                        "id; let them agree"));
}

TEST_F(ReviewTest, RefusesAnEventThatIsNotOfferedToIt) {
  Put("orders", "publishes: [{event: OrderConfirmed, to: [payments]}]");
  EXPECT_THAT(Create("cart", "consumes: [{event: OrderConfirmed, from: orders}]").message,
              AllOf(HasSubstr("spec.consumes[0].event: "), HasSubstr("does not offer it to shop/cart")));
  EXPECT_TRUE(Create("payments", "consumes: [{event: OrderConfirmed, from: orders}]").allowed);
}

TEST_F(ReviewTest, RefusesATopicWhereThePublisherHasNone) {
  Put("orders", "publishes: [{event: OrderConfirmed}]");
  EXPECT_THAT(Create("cart", "consumes: [{event: OrderConfirmed, from: orders, deliver: Topic}]").message,
              AllOf(HasSubstr("spec.consumes[0].deliver: "), HasSubstr("set deliver: Inbox")));
}

TEST_F(ReviewTest, LetsReferencesInThatAreStillToCome) {
  const auto verdict = Create("cart",
                              "server: later, reporting: {warehouse: later, tables: [{name: carts}]}, "
                              "consumes: [{event: OrderConfirmed, from: orders}]");
  EXPECT_TRUE(verdict.allowed) << verdict.message;
  EXPECT_THAT(verdict.warnings, ElementsAre(HasSubstr("there is no service shop/orders"),
                                            HasSubstr("there is no ReportingWarehouse later"),
                                            HasSubstr("there is no DatabaseServer later")));
  Put("orders", "");
  EXPECT_TRUE(Create("cart", "consumes: [{event: OrderConfirmed, from: orders}]").allowed);
}

TEST_F(ReviewTest, RefusesWhatTheServerDoesNotOffer) {
  PutServer("small", "isolation: [Schema], allowedNamespaces: {matchLabels: {team: shop}}");
  EXPECT_THAT(Create("cart", "server: small").message,
              AllOf(HasSubstr("does not offer isolation Database"), HasSubstr("does not admit namespace shop")));
}

TEST_F(ReviewTest, DoubtsTheLabelsOfANamespaceThatItHasNotSeen) {
  PutServer("small", "allowedNamespaces: {matchLabels: {team: new}}");
  const auto verdict = Create("cart", "server: small", "new");
  EXPECT_TRUE(verdict.allowed);
  EXPECT_THAT(verdict.warnings, ElementsAre(HasSubstr("does not admit namespace new")));
}

TEST_F(ReviewTest, TakesANewcomerForTheYoungestWhateverItsUid) {
  const auto owner = Put("orders", "");
  auto twin = Database("aaa", "name: orders_db");
  twin.meta.uid = "000";
  twin.meta.created = owner.meta.created;
  EXPECT_FALSE(Review<api::ServiceDatabase>({}, twin).allowed);
}

TEST_F(ReviewTest, LetsNobodyTakeOverByAChangeHoweverOldItIs) {
  const auto old = Put("old", "");
  Put("young", "");
  EXPECT_THAT(Update(old, "credentials: {secretName: young.freehold}").message,
              HasSubstr("belongs to ServiceDatabase shop/young"));
}

TEST_F(ReviewTest, LetsTheOwnerChangeWhileAnotherClaimsItsStore) {
  const auto owner = Put("orders", "");
  Put("thief", "name: orders_db");
  const auto verdict = Update(owner, "limits: {connections: 5}");
  EXPECT_TRUE(verdict.allowed) << verdict.message;
  EXPECT_THAT(verdict.warnings, IsEmpty());
}

TEST_F(ReviewTest, LetsOneThatIsAtFaultBeRepairedBitByBit) {
  Put("orders", "owns: [{aggregate: Order, tables: [orders]}]");
  const auto billing = Put("billing", "name: orders_db, owns: [{aggregate: Order, tables: [orders]}]");
  const auto better = Update(billing, "name: orders_db, owns: [{aggregate: Bill, tables: [bills]}]");
  EXPECT_TRUE(better.allowed) << better.message;
  EXPECT_THAT(better.warnings, ElementsAre(HasSubstr("store orders_db on main:5432 belongs to")));
  const auto moved = Update(
      billing, "name: orders_db, owns: [{aggregate: Bill, tables: [bills]}, {aggregate: Order, tables: [orders]}]");
  EXPECT_TRUE(moved.allowed) << "the same fault further down is no new one: " << moved.message;
}

TEST_F(ReviewTest, RefusesAFaultThatComesOnTop) {
  PutPolicy("minimumIsolation: Database");
  Put("orders", "");
  const auto legacy = Put("legacy", "isolation: Schema");
  const auto verdict = Update(legacy, "isolation: Schema, credentials: {secretName: orders.freehold}");
  EXPECT_FALSE(verdict.allowed);
  EXPECT_THAT(verdict.message, Not(HasSubstr("DataPolicy")));
  EXPECT_THAT(verdict.warnings, ElementsAre(HasSubstr("DataPolicy strict asks for at least Database")));
}

TEST_F(ReviewTest, DoesNotLookAtWhatLeavesTheSpecAsItIs) {
  Put("orders", "");
  const auto thief = Put("thief", "name: orders_db");
  EXPECT_TRUE(Update(thief, "name: orders_db").allowed);
  EXPECT_THAT(Update(thief, "name: orders_db").warnings, IsEmpty());
}

TEST_F(ReviewTest, IsNeverInTheWayOfWhatIsBeingDeleted) {
  Put("orders", "");
  auto leaving = Database("leaving", "");
  leaving.meta.deleted = kNow;
  auto after = leaving;
  after.spec.name = "orders_db";
  EXPECT_TRUE(Review<api::ServiceDatabase>(leaving, after).allowed);
}

TEST_F(ReviewTest, WarnsOfConsumersThatAChangeLeavesWithout) {
  const auto orders = Put("orders", "publishes: [{event: OrderConfirmed}]");
  Put("cart", "consumes: [{event: OrderConfirmed, from: orders}]");
  const auto verdict = Update(orders, "publishes: [{event: OrderConfirmed, to: [payments]}]");
  EXPECT_TRUE(verdict.allowed);
  EXPECT_THAT(verdict.warnings, ElementsAre(AllOf(HasSubstr("ServiceDatabase shop/cart: spec.consumes[0].event"),
                                                  HasSubstr("does not offer it to shop/cart"))));
}

TEST_F(ReviewTest, RefusesToDeleteDataThatOthersConsume) {
  const auto orders = Put("orders", "deletionPolicy: Delete, publishes: [{event: OrderConfirmed}]");
  EXPECT_TRUE(Delete(orders).allowed);
  Put("cart", "consumes: [{event: OrderConfirmed, from: orders}]");
  EXPECT_THAT(Delete(orders).message, AllOf(HasSubstr("still consumed by shop/cart"),
                                            HasSubstr("annotate it with freehold.dev/confirm-delete: orders")));
  auto confirmed = orders;
  confirmed.meta.annotations["freehold.dev/confirm-delete"] = "orders";
  EXPECT_TRUE(Delete(confirmed).allowed);
  auto kept = orders;
  kept.spec.deletion_policy = api::DeletionPolicy::kRetain;
  EXPECT_TRUE(Delete(kept).allowed);
}

TEST_F(ReviewTest, RefusesASecondDefaultServer) {
  EXPECT_THAT(Review<api::DatabaseServer>({}, Server("other", "default: true")).message,
              HasSubstr("spec.default: PostgreSQL has another default server: DatabaseServer main"));
  EXPECT_TRUE(Review<api::DatabaseServer>({}, Server("other", "engine: Redis, default: true")).allowed);
  EXPECT_TRUE(Review<api::DatabaseServer>(Server("main", "default: true"), Server("main", "default: true, port: 6432"))
                  .allowed);
}

TEST_F(ReviewTest, WarnsOfStoresThatAServerWouldNoLongerHold) {
  Put("cart", "isolation: Schema");
  const auto narrowed = Review<api::DatabaseServer>(Server("main", "default: true"),
                                                    Server("main", "default: true, isolation: [Database]"));
  EXPECT_TRUE(narrowed.allowed);
  EXPECT_THAT(narrowed.warnings, ElementsAre(HasSubstr("ServiceDatabase shop/cart: spec.isolation: ")));
  const auto gone = Review<api::DatabaseServer>(Server("main", "default: true"), {});
  EXPECT_TRUE(gone.allowed);
  EXPECT_THAT(gone.warnings,
              ElementsAre(HasSubstr("ServiceDatabase shop/cart: spec: no DatabaseServer is the default")));
}

TEST_F(ReviewTest, TellsWhatAPolicyWouldStop) {
  Put("legacy", "isolation: Schema");
  Put("orders", "");
  const auto verdict = Review<api::DataPolicy>({}, Policy("minimumIsolation: Database"));
  EXPECT_TRUE(verdict.allowed);
  EXPECT_THAT(verdict.warnings,
              ElementsAre(HasSubstr("ServiceDatabase shop/legacy: spec.isolation: DataPolicy strict")));
  EXPECT_THAT(
      Review<api::DataPolicy>(Policy("minimumIsolation: Database"), Policy("minimumIsolation: Database, drift: Report"))
          .warnings,
      IsEmpty());
}

TEST_F(ReviewTest, LetsInWhatItCannotRead) {
  const auto verdict = admission::Review({"review-1", Unreadable{"spec.colour is unknown"}}, world, kNow);
  EXPECT_TRUE(verdict.allowed);
  EXPECT_THAT(verdict.warnings, ElementsAre(HasSubstr("spec.colour is unknown")));
  EXPECT_TRUE(admission::Review({"review-1", Elsewhere{}}, world, kNow).allowed);
}

TEST_F(ReviewTest, LooksOnlyAtWhatTheObjectHasToDoWith) {
  for (int i = 0; i < 50; ++i) Put("s" + std::to_string(i), "consumes: [{event: E, from: nobody}]");
  const auto verdict = Create("cart", "");
  EXPECT_TRUE(verdict.allowed);
  EXPECT_THAT(verdict.warnings, IsEmpty());
}

}  // namespace
}  // namespace freehold::admission
