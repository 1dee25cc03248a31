// Files of materialized views: what is read from them, in which order they are made, when they are refreshed.
#include <gmock/gmock.h>

#include "reconcilers/views/file.h"
#include "reconcilers/views/reconciler.h"
#include "reconcilers/views/schedule.h"
#include "reconcilers/views/status.h"
#include "reconcilers/views/wanted.h"

namespace freehold::views {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(ViewFiles, HoldOneSelectAndSayWhatTellsRowsApart) {
  const auto file = ReadViewFile("daily.sql",
                                 "-- Sales by day.\n-- unique: day, product\n\n"
                                 "WITH o AS (SELECT * FROM orders.orders) -- recent\n"
                                 "SELECT day, product, ';' AS x FROM o JOIN marts.products p USING (product);\n");
  ASSERT_TRUE(file) << file.error();
  EXPECT_EQ(file->name, "daily");
  EXPECT_THAT(file->unique, ElementsAre("day", "product"));
  EXPECT_THAT(file->reads, UnorderedElementsAre("orders.orders", "marts.products"));
  EXPECT_TRUE(file->query.ends_with("USING (product)")) << file->query;
  EXPECT_THAT(file->query, HasSubstr("';' AS x"));
  EXPECT_THAT(ReadViewFile("a.sql", "SELECT 1 AS one")->unique, IsEmpty());
  EXPECT_TRUE(IsViewFile("a.sql"));
  EXPECT_FALSE(IsViewFile("README.md"));
}

TEST(ViewFiles, AreRefusedWithAReasonForAnythingElse) {
  struct Case {
    std::string key, text, why;
  };
  for (const auto& [key, text, why] : std::vector<Case>{
           {"a.sql", "SELECT 1; DROP TABLE orders.orders", "it has to hold one SELECT, and holds 2"},
           {"a.sql", "-- nothing", "it has to hold one SELECT, and holds 0"},
           {"a.sql", "DELETE FROM orders.orders RETURNING id", "it has to be a SELECT"},
           {"a.sql", "RESET ROLE", "it has to be a SELECT"},
           {"a.sql", "SELECT 1 INTO orders.mine", "INTO"},
           {"a.sql", "SELECT 1,\nFROM x", "line 2: syntax error"},
           {"a.sql", "SELECT 1 WITH NO DATA", "line 1: syntax error"},
           {"a.sql", "-- unique: day; DROP\nSELECT 1 AS day", "-- unique:"},
           {"A-b.sql", "SELECT 1", "rename the file"},
           {"freehold_old_x.sql", "SELECT 1", "rename the file"},
           {"a.sql", std::string("SELECT 1\0; DROP", 14), "character of value 0"},
       }) {
    const auto file = ReadViewFile(key, text);
    ASSERT_FALSE(file) << text;
    EXPECT_THAT(file.error(), HasSubstr(why));
  }
}

class Wishes : public testing::Test {
 protected:
  Wanted Want(std::map<std::string, std::string> files) {
    return WantedOf("warehouse", {{{.schema = "marts", .config_map = {"marts", {}}}, std::move(files)}}, seen);
  }
  static std::vector<std::string> NamesOf(const Wanted& wanted) {
    std::vector<std::string> names;
    for (const auto& view : wanted.views.views) names.push_back(view.full_name());
    return names;
  }
  engines::ViewsSeen seen;
};

TEST_F(Wishes, ComeAfterWhatTheyRead) {
  const auto wanted = Want({{"a.sql", "SELECT * FROM marts.b"},
                            {"b.sql", "SELECT * FROM marts.c, orders.orders"},
                            {"c.sql", "SELECT 1 AS x"},
                            {"notes.txt", "not a view"}});
  EXPECT_THAT(NamesOf(wanted), ElementsAre("marts.c", "marts.b", "marts.a"));
  EXPECT_THAT(wanted.faults, IsEmpty());
  EXPECT_THAT(wanted.troubles, IsEmpty());
}

TEST_F(Wishes, ThatReadEachOtherOrWhatHasNoFileAreToldAndKept) {
  const auto wanted = Want({{"a.sql", "SELECT * FROM marts.b"},
                            {"b.sql", "SELECT * FROM marts.a"},
                            {"c.sql", "SELECT * FROM marts.gone"},
                            {"d.sql", "SELECT * FROM marts.c"},
                            {"e.sql", "SELEC"},
                            {"f.sql", "SELECT 1 AS x"}});
  EXPECT_THAT(NamesOf(wanted), ElementsAre("marts.f"));
  EXPECT_EQ(wanted.faults.at("marts.a"), "a.sql: it reads itself, by way of marts.b");
  EXPECT_EQ(wanted.faults.at("marts.c"), "c.sql: it reads marts.gone, of which there is no file");
  EXPECT_EQ(wanted.faults.at("marts.d"), "d.sql: it reads marts.c, which isn't there");
  EXPECT_THAT(wanted.faults.at("marts.e"), HasSubstr("e.sql: line 1: syntax error"));
  EXPECT_THAT(wanted.views.kept, UnorderedElementsAre("marts.a", "marts.b", "marts.c", "marts.d", "marts.e"));

  seen.views["marts.c"] = {};
  EXPECT_THAT(NamesOf(Want({{"c.sql", "SELEC"}, {"d.sql", "SELECT * FROM marts.c"}})), ElementsAre("marts.d"))
      << "it reads what is kept";
}

TEST_F(Wishes, OfAConfigMapThatCantBeReadAreNotKnown) {
  const auto wanted = WantedOf(
      "warehouse", {{{.schema = "marts", .config_map = {"marts", {}}}, std::unexpected("no such ConfigMap")}}, seen);
  EXPECT_THAT(wanted.views.left_alone, ElementsAre("marts"));
  EXPECT_THAT(wanted.troubles, ElementsAre("no such ConfigMap"));
  seen.schemas["marts"] = {.ours = false};
  EXPECT_THAT(Want({{"a.sql", "SELECT 1"}}).troubles, ElementsAre(HasSubstr("schema marts is there")));
}

TEST(Refreshes, ComeWhenTheyAreDueAndSoonerAfterAFailure) {
  using std::chrono::minutes, std::chrono::seconds;
  const base::Timestamp now{std::chrono::hours(1000)};
  Memory memory{.last_success = now, .last_duration = {}};
  EXPECT_EQ(NextRefresh(memory, minutes(15)), now + minutes(15));
  EXPECT_LE(NextRefresh({}, minutes(15)), now) << "nobody knows when it was";
  const std::vector<std::pair<int, seconds>> waits = {
      {1, seconds(15)}, {2, seconds(30)}, {4, seconds(120)}, {30, minutes(15)}};
  for (const auto& [failures, wait] : waits) {
    memory.refreshing = {.failures = failures, .tried = now, .error = "x"};
    EXPECT_EQ(NextRefresh(memory, minutes(15)), now + wait) << failures;
  }
  memory.making = {.failures = 1, .tried = now, .error = "x"};
  memory.digest = "old";
  EXPECT_FALSE(MayMake(memory, "old", minutes(15), now));
  EXPECT_TRUE(MayMake(memory, "old", minutes(15), now + seconds(15)));
  EXPECT_TRUE(MayMake(memory, "new", minutes(15), now)) << "another file is tried at once";
}

/// Answers as it is told to.
class OneAnswer final : public kube::Reader {
 public:
  explicit OneAnswer(int status) : status_(status) {}
  base::Result<base::Json> Get(const kube::ResourceType&, const kube::Name& name) override {
    asked = name;
    if (status_ == 200) return base::Json{{"data", {{"a.sql", "SELECT 1"}}}};
    return std::unexpected(base::Failure{base::FailureClass::kTerminal, "No", "no", {}, status_});
  }
  base::Result<std::string> List(const kube::ResourceType&, const kube::ListOptions&,
                                 const std::function<void(const base::Json&)>&) override {
    return base::Terminal("No", "ConfigMaps are never listed");
  }
  kube::Name asked;

 private:
  const int status_;
};

TEST(Folders, AreReadByNameAndSayWhatIsToBeDoneWhereTheyCantBe) {
  api::ReportingWarehouse object;
  object.spec.views = {{.schema = "marts", .config_map = {"marts", {}}}};
  OneAnswer there(200), gone(404), closed(403), broken(500);
  EXPECT_EQ(ReadFolders(object, there, "ops")->at(0).files->at("a.sql"), "SELECT 1");
  EXPECT_EQ(there.asked, (kube::Name{"ops", "marts"})) << "the operator's own namespace";
  EXPECT_THAT(ReadFolders(object, gone, "ops")->at(0).files.error(), HasSubstr("there is no ConfigMap ops/marts"));
  object.spec.views[0].config_map.ns = "bi";
  EXPECT_THAT(ReadFolders(object, closed, "ops")->at(0).files.error(),
              AllOf(HasSubstr("bi/marts"), HasSubstr("rbac.configMapNamespaces")));
  EXPECT_FALSE(ReadFolders(object, broken, "ops")) << "it is tried again";
}

TEST(ViewsReady, SaysWhichFileIsWrong) {
  api::ReportingWarehouse object;
  object.spec.views = {{.schema = "marts", .config_map = {"marts", {}}}};
  const base::Timestamp now{std::chrono::hours(1000)};
  const auto told = [&](const State& state) {
    api::ReportingWarehouseStatus status;
    Tell(object, state, now, status);
    return status.conditions.at(0);
  };
  const api::WarehouseViewStatus good{.name = "marts.a", .last_success = now};
  api::WarehouseViewStatus bad = good;
  bad.error = "a.sql: relation \"orders.order\" does not exist";
  EXPECT_EQ(told({{good}, {}}).reason, "ViewsCurrent");
  EXPECT_EQ(told({{{.name = "marts.a"}}, {}}).reason, "ReportingPending");
  EXPECT_EQ(told({{bad}, {}}).message, "marts.a: a.sql: relation \"orders.order\" does not exist");
  EXPECT_EQ(told({{good}, {"there is no ConfigMap"}}).reason, "ViewsFailing");

  object.spec.views.clear();
  api::ReportingWarehouseStatus status{.views = {good}};
  Tell(object, std::nullopt, now, status);
  EXPECT_THAT(status.views, testing::SizeIs(1)) << "nobody has looked yet";
  Tell(object, State{}, now, status);
  EXPECT_THAT(status.views, IsEmpty());
}

}  // namespace
}  // namespace freehold::views
