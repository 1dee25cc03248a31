// Where copies of credentials are looked for, and what is said of where they can't be.
#include <gmock/gmock.h>

#include "commands/audit/copies.h"
#include "fake_engine.h"
#include "reconcilers/credentials/password.h"

namespace freehold::commands::audit {
namespace {

using base::Json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Lists ConfigMaps and no Secrets, each namespace or all at once, unless one is closed.
class Objects final : public kube::Reader {
 public:
  bool all_at_once = true;
  std::set<std::string> closed;
  std::map<std::string, std::vector<Json>> by_namespace;
  std::optional<base::Failure> trouble;

  void Put(const std::string& ns, const std::string& name, const std::string& value) {
    by_namespace[ns].push_back({{"metadata", {{"namespace", ns}, {"name", name}}}, {"data", {{"k", value}}}});
  }
  base::Result<std::string> List(const kube::ResourceType& type, const kube::ListOptions& options,
                                 const std::function<void(const Json&)>& visit) override {
    if (trouble) return std::unexpected(*trouble);
    const bool allowed = options.ns.empty() ? all_at_once : !closed.contains(options.ns);
    if (!allowed) {
      return std::unexpected(base::Failure{base::FailureClass::kTerminal, "Forbidden", "you may not", {}, 403});
    }
    if (type.kind != "ConfigMap") return "1";
    for (const auto& [ns, objects] : by_namespace) {
      if (!options.ns.empty() && options.ns != ns) continue;
      for (const auto& object : objects) visit(object);
    }
    return "1";
  }
  base::Result<Json> Get(const kube::ResourceType&, const kube::Name&) override {
    return base::Terminal("Unexpected", "get");
  }
};

class FindingCopies : public testing::Test {
 protected:
  isolation::AccessModel Find() {
    isolation::AccessModel model;
    FindCopies({credentials, previous, {"ops", "shop", "web"}, {}}, engine, objects, model);
    return model;
  }

  Objects objects;
  engines::FakeEngine engine;
  const base::Sensitive password = credentials::MintPassword();
  std::vector<Credential> credentials = {{.store = "shop/orders",
                                          .service = "shop/orders",
                                          .login = "orders_db_a",
                                          .secret = {"shop", "orders.freehold"},
                                          .password = password}};
  std::vector<PreviousPassword> previous;
};

TEST_F(FindingCopies, ReadsAllNamespacesAtOnceWhereThatIsAllowed) {
  objects.Put("ops", "c", password.Reveal());
  objects.closed = {"ops", "shop", "web"};
  const auto model = Find();
  EXPECT_THAT(model.edges, SizeIs(1));
  EXPECT_THAT(model.unknown, IsEmpty());
}

TEST_F(FindingCopies, ReadsOneAfterTheOtherElseAndNamesThoseThatRefuse) {
  objects.all_at_once = false;
  objects.closed = {"shop"};
  objects.Put("ops", "c", password.Reveal());
  objects.Put("shop", "unseen", password.Reveal());
  const auto model = Find();
  EXPECT_THAT(model.edges, SizeIs(1));
  ASSERT_THAT(model.unknown, SizeIs(2));
  EXPECT_EQ(model.unknown[0].what, "copies in Secrets of namespace shop");
  EXPECT_EQ(model.unknown[1].what, "copies in ConfigMaps of namespace shop");
  EXPECT_EQ(model.unknown[1].why, "you may not");
}

TEST_F(FindingCopies, SaysSoWhenTheServerDoesNotAnswer) {
  objects.trouble = base::Failure{base::FailureClass::kRetryable, "ApiUnreachable", "no route", {}, 0};
  EXPECT_THAT(Find().unknown, SizeIs(2));
}

TEST_F(FindingCopies, KnowsAPreviousPasswordByItsVerifier) {
  const auto old = credentials::MintPassword();
  previous = {{"shop/orders", engine.MakeVerifier(old)}};
  objects.Put("web", "env", "postgresql://orders:" + old.Reveal() + "@pg");
  objects.Put("web", "token", credentials::MintPassword().Reveal());
  const auto model = Find();
  ASSERT_THAT(model.edges, SizeIs(1));
  EXPECT_EQ(model.edges[0].evidence, "ConfigMap web/env: key k (the previous password)");
  EXPECT_THAT(model.unknown, IsEmpty());
}

TEST_F(FindingCopies, SaysWhenMoreWordsThanAreComparedCouldBeAPreviousPassword) {
  previous = {{"shop/orders", "of nobody"}};
  std::string words;
  for (int i = 0; i < 20'100; ++i) words += credentials::MintPassword().Reveal() + "\n";
  objects.Put("web", "words", words);
  const auto model = Find();
  ASSERT_THAT(model.unknown, SizeIs(1));
  EXPECT_EQ(model.unknown[0].store, "shop/orders");
  EXPECT_THAT(model.unknown[0].what, HasSubstr("previous password"));
}

}  // namespace
}  // namespace freehold::commands::audit
