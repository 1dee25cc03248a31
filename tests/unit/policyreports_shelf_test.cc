// Which API takes the reports, against an API server of which a test says what it serves.
#include <gmock/gmock.h>

#include <condition_variable>
#include <set>

#include "reconcilers/policyreports/content.h"
#include "reconcilers/policyreports/shelf.h"

namespace freehold::policyreports {
namespace {

using base::Json;
using testing::ElementsAre;
using testing::IsEmpty;

/// Serves empty collections of some groups; a watch lasts until it is stopped.
class Server final : public kube::WatchSource, public kube::Reader, public kube::Writer {
 public:
  std::set<std::string> groups;
  std::optional<base::Failure> trouble;
  std::vector<Json> old_reports;  ///< what a list tells beside
  std::vector<std::string> deleted;

  base::Result<kube::Page> ListPage(const kube::ResourceType& type, const kube::ListOptions&, const std::string&,
                                    std::stop_token) override {
    if (trouble) return std::unexpected(*trouble);
    if (!groups.contains(type.group)) return std::unexpected(Missing());
    return kube::Page{{}, "1", ""};
  }
  base::Result<void> Watch(const kube::ResourceType&, const kube::ListOptions&, const kube::WatchOptions& options,
                           std::stop_token stop, const std::function<bool(const Json&)>& sink) override {
    if (options.initial_list) {
      sink({{"type", "BOOKMARK"},
            {"object",
             {{"metadata", {{"resourceVersion", "1"}, {"annotations", {{"k8s.io/initial-events-end", "true"}}}}}}}});
    }
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any nobody;
    nobody.wait(lock, stop, [] { return false; });
    return {};
  }
  base::Result<Json> Get(const kube::ResourceType&, const kube::Name&) override { return std::unexpected(Missing()); }
  base::Result<std::string> List(const kube::ResourceType& type, const kube::ListOptions&,
                                 const std::function<void(const Json&)>& visit) override {
    for (const auto& report : old_reports) {
      if (report["kind"] == type.kind) visit(report);
    }
    return "1";
  }
  base::Result<void> Delete(const kube::ResourceType& type, const kube::Name& name, const std::string&) override {
    deleted.push_back(type.plural + " " + ToString(name));
    return {};
  }
  base::Result<Json> Create(const kube::ResourceType&, const std::string&, const Json&) override {
    return base::Terminal("Unexpected", "create");
  }
  base::Result<Json> Apply(const kube::ResourceType&, const kube::Name&, const Json&, std::string_view,
                           std::string_view) override {
    return base::Terminal("Unexpected", "apply");
  }
  base::Result<Json> JsonPatch(const kube::ResourceType&, const kube::Name&, const Json&, std::string_view) override {
    return base::Terminal("Unexpected", "patch");
  }
  base::Result<Json> Replace(const kube::ResourceType&, const kube::Name&, const Json&) override {
    return base::Terminal("Unexpected", "replace");
  }

 private:
  static base::Failure Missing() {
    return {base::FailureClass::kTerminal, "NotFound", "the server could not find the requested resource", {}, 404};
  }
};

class TheShelf : public testing::Test {
 protected:
  /// The API that is current after a look; empty: none.
  std::string Look() {
    outcome = keeper.Look();
    const auto current = keeper.Current();
    return current ? ToString(current->api) : "";
  }

  Server server;
  int changed = 0;
  runtime::Gate gate{[] { return true; }, base::SystemClock()};
  ShelfKeeper keeper{
      {server, server, server, gate, [](const kube::Name&) {}, [this] { ++changed; }, [] {}, std::chrono::minutes(1)}};
  runtime::Outcome outcome;
};

TEST_F(TheShelf, IsNowhereUntilAnApiAppears) {
  EXPECT_EQ(Look(), "");
  server.groups = {"wgpolicyk8s.io"};
  EXPECT_EQ(Look(), "wgpolicyk8s.io");
  EXPECT_EQ(changed, 1);
  EXPECT_EQ(Look(), "wgpolicyk8s.io");
  EXPECT_EQ(changed, 1) << "nothing has changed";
  EXPECT_TRUE(std::holds_alternative<runtime::Again>(outcome));
}

TEST_F(TheShelf, IsOpenReportsWhenBothAreServedAndTheOtherIsCleared) {
  server.groups = {"openreports.io", "wgpolicyk8s.io"};
  server.old_reports = {ToJson(MakeReport({"shop", kReportName}, {}), Api::kWgPolicy),
                        ToJson(MakeReport({"", kReportName}, {}), Api::kWgPolicy),
                        {{"kind", "PolicyReport"}, {"metadata", {{"name", "freehold"}, {"namespace", "theirs"}}}}};
  EXPECT_EQ(Look(), "openreports.io");
  EXPECT_THAT(server.deleted, ElementsAre("policyreports shop/freehold", "clusterpolicyreports freehold"));
  server.deleted.clear();
  Look();
  EXPECT_THAT(server.deleted, IsEmpty()) << "once is enough";
}

TEST_F(TheShelf, MovesWhenItsApiVanishes) {
  server.groups = {"openreports.io", "wgpolicyk8s.io"};
  EXPECT_EQ(Look(), "openreports.io");
  server.groups = {"wgpolicyk8s.io"};
  EXPECT_EQ(Look(), "wgpolicyk8s.io");
  server.groups = {};
  EXPECT_EQ(Look(), "");
  EXPECT_EQ(changed, 2);
}

TEST_F(TheShelf, StaysWhereItIsWhenTheServerCannotSay) {
  server.groups = {"openreports.io"};
  EXPECT_EQ(Look(), "openreports.io");
  server.trouble = base::Failure{base::FailureClass::kRetryable, "ApiUnavailable", "503", {}, 503};
  EXPECT_EQ(Look(), "openreports.io");
  EXPECT_TRUE(std::holds_alternative<runtime::Failed>(outcome));
}

TEST_F(TheShelf, IsNotOpenedAgainOnceItIsClosed) {
  server.groups = {"openreports.io"};
  EXPECT_EQ(Look(), "openreports.io");
  keeper.Close();
  EXPECT_EQ(Look(), "");
}

}  // namespace
}  // namespace freehold::policyreports
