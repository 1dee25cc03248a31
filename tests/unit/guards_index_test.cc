// Which ServiceAccounts a namespace's index lists for which Secrets.
#include <gmock/gmock.h>

#include "reconcilers/guards/index.h"

namespace freehold::guards {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Accounts = std::vector<std::string>;

struct Declared {
  std::string ns = "shop";
  std::string name;
  std::optional<Accounts> accounts;
  std::optional<std::string> secret;
  int age = 0;  ///< of several that claim one Secret the oldest owns it
};

std::shared_ptr<const api::ServiceDatabase> DatabaseOf(const Declared& declared) {
  auto object = std::make_shared<api::ServiceDatabase>();
  object->meta = {.name = declared.name, .ns = declared.ns, .uid = "uid-" + declared.name};
  object->meta.created = base::Timestamp(std::chrono::seconds(1'000'000 - declared.age));
  object->spec.service_accounts = declared.accounts;
  object->spec.credentials.secret_name = declared.secret;
  return object;
}

struct Case {
  std::string sentence;
  std::vector<Declared> declared;
  std::map<std::string, api::IndexedCredential> listed;
};

std::ostream& operator<<(std::ostream& out, const Case& test) { return out << test.sentence; }

class Index : public testing::TestWithParam<Case> {};

TEST_P(Index, Lists) {
  std::vector<std::shared_ptr<const api::ServiceDatabase>> databases;
  ownership::Registry registry;
  for (const auto& declared : GetParam().declared) {
    databases.push_back(DatabaseOf(declared));
    registry.Put(ownership::ClaimantOf(*databases.back()), ownership::ClaimsOf(*databases.back(), nullptr));
  }
  EXPECT_EQ(IndexOf("shop", databases, registry).credentials, GetParam().listed) << GetParam().sentence;
}

INSTANTIATE_TEST_SUITE_P(
    Of, Index,
    testing::Values(
        Case{"NothingWhereNothingIsDeclared", {}, {}},
        Case{"TheServiceItselfByDefault", {{.name = "orders"}}, {{"orders.freehold", {"orders", {"orders"}}}}},
        Case{"WhomTheSpecNamesInOrder",
             {{.name = "orders", .accounts = Accounts{"worker", "api"}}},
             {{"orders.freehold", {"orders", {"api", "worker"}}}}},
        Case{"NobodyWhenTheSpecNamesNobody",
             {{.name = "orders", .accounts = Accounts{}}},
             {{"orders.freehold", {"orders", {}}}}},
        Case{"TheSecretByItsOwnName",
             {{.name = "orders", .secret = "orders-login"}},
             {{"orders-login", {"orders", {"orders"}}}}},
        Case{"EachStoreOfTheNamespace",
             {{.name = "cart"}, {.name = "orders"}},
             {{"cart.freehold", {"cart", {"cart"}}}, {"orders.freehold", {"orders", {"orders"}}}}},
        Case{"NothingOfOtherNamespaces", {{.ns = "other", .name = "orders"}}, {}},
        Case{"OnlyTheOwnersAccountsWhenTwoClaimOneSecret",
             {{.name = "thief", .secret = "orders.freehold", .age = 1}, {.name = "orders", .age = 2}},
             {{"orders.freehold", {"orders", {"orders"}}}}}),
    [](const auto& info) { return info.param.sentence; });

TEST(SecretForKafka, IsListedWhileTheServiceReadsTopics) {
  auto payments = *DatabaseOf({.name = "payments", .accounts = Accounts{"pay"}});
  payments.spec.consumes = {{.event = "OrderConfirmed", .from = "orders", .deliver = api::Delivery::kTopic}};
  const std::vector databases{std::shared_ptr<const api::ServiceDatabase>(new api::ServiceDatabase(payments))};
  ownership::Registry registry;
  registry.Put(ownership::ClaimantOf(payments), ownership::ClaimsOf(payments, nullptr));
  EXPECT_EQ(IndexOf("shop", databases, registry).credentials.at("payments.kafka.freehold"),
            (api::IndexedCredential{"payments", {"pay"}}));
}

TEST(SecretOfTwo, GoesToTheNextWhenItsOwnerIsGone) {
  const auto orders = DatabaseOf({.name = "orders", .age = 2});
  const auto heir = DatabaseOf({.name = "heir", .secret = "orders.freehold", .age = 1});
  ownership::Registry registry;
  for (const auto& object : {orders, heir}) {
    registry.Put(ownership::ClaimantOf(*object), ownership::ClaimsOf(*object, nullptr));
  }
  registry.Erase({"shop", "orders"});
  const std::vector remaining{heir};
  EXPECT_EQ(IndexOf("shop", remaining, registry).credentials.at("orders.freehold").service_database, "heir");
}

}  // namespace
}  // namespace freehold::guards
