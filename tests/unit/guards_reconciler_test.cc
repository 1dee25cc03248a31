// What the guards write, and when.
#include <gmock/gmock.h>

#include "reconcilers/api/kinds.h"
#include "reconcilers/guards/reconciler.h"

namespace freehold::guards {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Keeps in mind what is written; tells nobody.
class Notebook final : public kube::Writer {
 public:
  base::Result<base::Json> Apply(const kube::ResourceType& type, const kube::Name& name, const base::Json& object,
                                 std::string_view, std::string_view) override {
    written.push_back("apply " + type.plural + " " + ToString(name));
    applied = object;
    if (refusal) return std::unexpected(*refusal);
    return object;
  }
  base::Result<base::Json> JsonPatch(const kube::ResourceType& type, const kube::Name& name, const base::Json& patch,
                                     std::string_view) override {
    written.push_back("patch " + type.plural + " " + ToString(name));
    return patch;
  }
  base::Result<base::Json> Create(const kube::ResourceType&, const std::string&, const base::Json&) override {
    return base::Terminal("Unexpected", "create");
  }
  base::Result<base::Json> Replace(const kube::ResourceType&, const kube::Name&, const base::Json&) override {
    return base::Terminal("Unexpected", "replace");
  }
  base::Result<void> Delete(const kube::ResourceType&, const kube::Name&, const std::string&) override {
    return base::Terminal("Unexpected", "delete");
  }

  std::optional<base::Failure> refusal;
  std::vector<std::string> written;
  base::Json applied;
};

class Guards : public testing::Test {
 protected:
  Guards() { PutNamespace({}); }

  void PutNamespace(std::map<std::string, std::string> labels, bool deleted = false) {
    auto ns = std::make_shared<stores::Namespace>();
    ns->meta = {.name = "shop", .uid = "uid-shop", .labels = std::move(labels)};
    if (deleted) ns->meta.deleted = base::Timestamp{};
    namespaces.Put(ns);
  }
  void PutDatabase(const std::string& name) {
    auto object = std::make_shared<api::ServiceDatabase>();
    object->meta = {.name = name, .ns = "shop", .uid = "uid-" + name};
    databases.Put(object);
    registry.Put(ownership::ClaimantOf(*object), ownership::ClaimsOf(*object, nullptr));
  }
  void RemoveDatabase(const std::string& name) {
    databases.Remove({"shop", name});
    registry.Erase({"shop", name});
  }
  /// The watch brings back what was applied.
  void BringBack() {
    auto index = api::ReadCredentialIndex(writer.applied);
    ASSERT_TRUE(index) << index.error().message;
    indexes.Put(std::make_shared<api::CredentialIndex>(*index));
  }
  std::vector<std::string> Pass() {
    outcome = reconciler.Reconcile({"", "shop"});
    return std::exchange(writer.written, {});
  }

  kube::Store<api::ServiceDatabase> databases;
  kube::Store<api::DatabaseServer> servers;
  kube::Store<api::DataPolicy> policies;
  kube::Store<stores::Namespace> namespaces;
  kube::Store<api::CredentialIndex> indexes;
  ownership::Registry registry;
  Notebook writer;
  runtime::Gate gate{[] { return true; }, base::SystemClock()};
  Reconciler reconciler{{{databases, servers, policies, namespaces, registry, indexes}, writer, gate}};
  runtime::Outcome outcome;
};

constexpr const char* kApplied = "apply credentialindexes shop/default";
constexpr const char* kLabelled = "patch namespaces shop";

TEST_F(Guards, LeaveANamespaceAloneThatNeverHadAStore) { EXPECT_THAT(Pass(), IsEmpty()); }

TEST_F(Guards, LabelTheNamespaceOnlyOnceTheIndexIsThere) {
  PutDatabase("orders");
  EXPECT_THAT(Pass(), ElementsAre(kApplied));
  BringBack();
  EXPECT_THAT(Pass(), ElementsAre(kLabelled));
}

TEST_F(Guards, WriteNothingWhenAllIsAsItShouldBe) {
  PutDatabase("orders");
  Pass();
  BringBack();
  PutNamespace({{api::kIndexedLabel, api::kIndexed}});
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(Guards, WriteTheIndexAgainWhenAStoreComes) {
  PutDatabase("orders");
  Pass();
  BringBack();
  PutNamespace({{api::kIndexedLabel, api::kIndexed}});
  PutDatabase("cart");
  EXPECT_THAT(Pass(), ElementsAre(kApplied));
  EXPECT_TRUE(writer.applied["spec"]["credentials"].contains("cart.freehold"));
}

TEST_F(Guards, EmptyTheIndexAndKeepTheLabelWhenTheLastStoreGoes) {
  PutDatabase("orders");
  Pass();
  BringBack();
  PutNamespace({{api::kIndexedLabel, api::kIndexed}});
  RemoveDatabase("orders");
  EXPECT_THAT(Pass(), ElementsAre(kApplied));
  EXPECT_EQ(writer.applied["spec"]["credentials"], base::Json::object());
  BringBack();
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(Guards, LeaveANamespaceAloneThatIsBeingDeleted) {
  PutDatabase("orders");
  PutNamespace({}, true);
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(Guards, TryAgainWhenTheIndexIsRefusedAndDontLabel) {
  PutDatabase("orders");
  writer.refusal = base::Failure{base::FailureClass::kTerminal, "Forbidden", "no right to apply", {}, 403};
  EXPECT_THAT(Pass(), ElementsAre(kApplied));
  EXPECT_TRUE(std::holds_alternative<runtime::Again>(outcome));
}

}  // namespace
}  // namespace freehold::guards
