// What comes from outside, mangled: files, replies of the API server, of databases and of Kafka. Each parser says what
// is wrong or takes it; none crashes, hangs or lets an exception out. FREEHOLD_FUZZ_ROUNDS=100000 tries for longer; the
// seeds are the same in every run.
#include <gmock/gmock.h>
#include <spdlog/spdlog.h>

#include <fstream>

#include "operator/http/lines.h"
#include "operator/kafka/wire.h"
#include "operator/kube/api_reply.h"
#include "operator/kube/conditions.h"
#include "operator/kube/exec_plugin.h"
#include "operator/kube/kubeconfig.h"
#include "operator/kube/watcher.h"
#include "reconcilers/admission/request.h"
#include "reconcilers/api/event_path.h"
#include "reconcilers/api/sorts.h"
#include "reconcilers/engines/postgres/acl.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/partitions.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/scram.h"
#include "reconcilers/engines/postgres/snapshot.h"
#include "reconcilers/validation/validate.h"
#include "reconcilers/views/file.h"
#include "tests/unit/mangle.h"
#include "tests/unit/mutations.h"

namespace freehold {
namespace {

using base::Json;
using test::FuzzRounds;
using test::Mangler;

/// Calls `parse` with mangled texts; says which one when something goes wrong.
template <class Parse>
void FuzzTexts(const std::vector<std::string>& seeds, Parse parse) {
  Mangler mangler(1);
  for (int round = 0; round < FuzzRounds(); ++round) {
    const auto text = mangler.Text(seeds);
    EXPECT_NO_THROW(parse(text)) << "round " << round << ": "
                                 << Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
    if (testing::Test::HasFailure()) return;
  }
}

template <class Parse>
void FuzzValues(const std::vector<Json>& seeds, Parse parse) {
  Mangler mangler(1);
  for (int round = 0; round < FuzzRounds(); ++round) {
    const auto value = mangler.Value(seeds);
    EXPECT_NO_THROW(parse(value)) << "round " << round << ": " << value.dump();
    if (testing::Test::HasFailure()) return;
  }
}

constexpr const char* kKubeconfig = R"(apiVersion: v1
kind: Config
current-context: dev
clusters:
- {name: dev, cluster: {server: "https://127.0.0.1:6443", certificate-authority-data: "QUJD", tls-server-name: api}}
- name: other
  cluster: {server: "https://10.0.0.1", certificate-authority: ca.crt, insecure-skip-tls-verify: false}
contexts:
- {name: dev, context: {cluster: dev, user: me, namespace: shop}}
users:
- {name: me, user: {client-certificate-data: "QUJD", client-key-data: "QUJD", token: secret}}
- name: plugin
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, args: [eks], env: [{name: A, value: b}], provideClusterInfo: true}
- {name: plain, user: {username: u, password: p, tokenFile: token}}
)";

TEST(Fuzz, Kubeconfigs) {
  FuzzTexts({kKubeconfig, R"({"apiVersion": "v1", "clusters": [{"name": "a", "cluster": {"server": "b"}}]})"},
            [](const std::string& text) {
              const auto read = kube::ParseKubeconfig(text, "/etc/kubeconfig");
              EXPECT_EQ(read ? "InvalidConfig" : read.error().reason, "InvalidConfig");
            });
}

std::vector<std::string> FilesOf(const std::vector<const char*>& names) {
  std::vector<std::string> texts;
  for (const auto* name : names) {
    std::ifstream file(name);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    EXPECT_FALSE(texts.back().empty()) << name;
  }
  return texts;
}

TEST(Fuzz, FilesOfUsers) {
  FuzzTexts(
      FilesOf({"examples/shop/orders.yaml", "examples/shop/cart.yaml", "examples/day-after-sports/policy.yaml",
               "examples/marts/views.yaml"}),
      [](const std::string& text) {
        documents::Resources resources;
        documents::Add(documents::ParseText(text, "f.yaml"), "default", resources);
        for (const auto& finding : validation::Validate(resources, validation::Scope::kFiles, base::Timestamp{})) {
          EXPECT_FALSE(ToString(finding).empty());
        }
      });
}

TEST(Fuzz, ObjectsOfTheApiServer) {
  auto seeds = api::WholeObjects();
  for (auto& seed : seeds) {
    seed["metadata"].update(
        {{"uid", "u"},
         {"resourceVersion", "1"},
         {"generation", 3},
         {"creationTimestamp", "2026-03-01T12:00:00Z"},
         {"finalizers", {"f"}},
         {"ownerReferences", {{{"kind", "K"}, {"name", "n"}, {"uid", "u"}, {"controller", true}}}}});
    seed["status"] = {{"observedGeneration", 1},
                      {"conditions",
                       {{{"type", "Ready"},
                         {"status", "True"},
                         {"reason", "R"},
                         {"message", "m"},
                         {"lastTransitionTime", "2026-03-01T12:00:00Z"}}}}};
  }
  seeds.push_back(base::ParseJson(R"({"kind": "Status", "code": 429, "reason": "TooManyRequests", "message": "later",
      "details": {"retryAfterSeconds": 7, "causes": [{"field": "spec"}]}})")
                      .value());
  FuzzValues(seeds, [](const Json& object) {
    (void)kube::ParseMeta(object);
    (void)kube::ParseConditions(object);
    (void)kube::FailureOf(object, "watch things");
    (void)kube::FailureOf(http::Response{.status = 409, .headers = {}, .body = object.dump()}, true, "create");
    (void)api::ReadServiceDatabase(object);
    (void)api::ReadDatabaseServer(object);
    (void)api::ReadDataPolicy(object);
    (void)api::ReadEventBus(object);
    (void)api::ReadReportingWarehouse(object);
    (void)api::ParseServiceDatabase(object);
    (void)admission::ParseRequest({{"apiVersion", "admission.k8s.io/v1"},
                                   {"kind", "AdmissionReview"},
                                   {"request",
                                    {{"uid", "u"},
                                     {"operation", "UPDATE"},
                                     {"object", object},
                                     {"oldObject", object},
                                     {"kind", {{"group", "freehold.dev"}, {"kind", "ServiceDatabase"}}}}}});
    (void)admission::ParseRequest(object);
  });
}

TEST(Fuzz, RepliesThatAreHardlyJson) {
  FuzzTexts({R"({"kind": "Status", "code": 410, "message": "too old", "details": {"retryAfterSeconds": 1}})",
             R"({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                 "status": {"token": "t", "expirationTimestamp": "2026-03-01T12:00:00Z", "clientCertificateData": "c"}})"},
            [](const std::string& text) {
              (void)base::ParseJson(text);
              (void)kube::FailureOf(http::Response{.status = 500, .headers = {{"Retry-After", text}}, .body = text},
                                    true, "create");
              (void)kube::WarningsOf({{"Warning", text}});
              (void)kube::ParseExecCredential({.api_version = "client.authentication.k8s.io/v1"}, text);
              (void)base::ParseTime(text);
              (void)base::ParseDuration(text);
            });
}

/// Says each line of its script, and then that the stream ended; after the last stream it fails.
class MangledSource final : public kube::WatchSource {
 public:
  explicit MangledSource(std::vector<Json> events) : events_(std::move(events)) {}

  base::Result<kube::Page> ListPage(const kube::ResourceType&, const kube::ListOptions&, const std::string&,
                                    std::stop_token) override {
    return kube::Page{{}, "1", ""};
  }
  base::Result<void> Watch(const kube::ResourceType&, const kube::ListOptions&, const kube::WatchOptions&,
                           std::stop_token, const std::function<bool(const Json&)>& sink) override {
    while (at_ < events_.size()) {
      if (!sink(events_[at_++])) return {};
    }
    done_ = true;
    return base::Retryable("ApiUnavailable", "no more");
  }
  bool done() const { return done_; }

 private:
  const std::vector<Json> events_;
  std::size_t at_ = 0;
  std::atomic<bool> done_ = false;
};

TEST(Fuzz, WatchStreams) {
  const std::vector<Json> seeds = {
      base::ParseJson(R"({"type": "ADDED", "object": {"metadata": {"name": "a", "resourceVersion": "2", "uid": "u"}}})")
          .value(),
      base::ParseJson(R"({"type": "DELETED", "object": {"metadata": {"name": "a", "resourceVersion": "3"}}})").value(),
      base::ParseJson(R"({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "4",
        "annotations": {"k8s.io/initial-events-end": "true"}}}})")
          .value(),
      base::ParseJson(R"({"type": "ERROR", "object": {"code": 500, "reason": "Expired", "message": "m"}})").value()};
  Mangler mangler(1);
  std::vector<Json> events;
  for (int round = 0; round < FuzzRounds(); ++round) events.push_back(mangler.Value(seeds));
  MangledSource source(std::move(events));
  kube::Store<api::EventBus> store;
  kube::StoreFeed<api::EventBus> feed{store, &api::ReadEventBus, [](auto&&...) {}, [](auto&&...) {}};
  kube::WatchSettings settings{.type = api::EventBusType(), .options = {}, .pauses = {}};
  settings.pauses = {std::chrono::milliseconds(0), std::chrono::milliseconds(0), {}, std::chrono::milliseconds(0)};
  spdlog::set_level(spdlog::level::err);
  kube::WatchLoop loop(source, feed, settings);
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!source.done() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_TRUE(source.done());
  loop.Stop();
  spdlog::set_level(spdlog::level::info);
}

TEST(Fuzz, LinesHoweverTheyAreCut) {
  Mangler mangler(1);
  for (int round = 0; round < FuzzRounds(); ++round) {
    const auto text = mangler.Text({"{\"a\": 1}\r\n{\"b\": 2}\n\n", "\n\r\n\r", "no end"});
    std::vector<std::string> whole, parts;
    const auto into = [](std::vector<std::string>& lines) {
      return [&](std::string_view line) { return lines.emplace_back(line), true; };
    };
    http::LineSplitter at_once(1000, into(whole)), by_parts(1000, into(parts));
    at_once.Feed(text);
    for (std::size_t at = 0; at < text.size();) {
      const auto size = 1 + mangler.Below(5);
      by_parts.Feed(std::string_view(text).substr(at, size));
      at += size;
    }
    ASSERT_EQ(whole, parts) << Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
    ASSERT_EQ(at_once.pending(), by_parts.pending());
  }
}

TEST(Fuzz, RightsAndNotesInTheCatalogs) {
  using namespace engines::postgres;
  FuzzTexts({R"("odd ""one"""=CTc*/orders_db_owner)", "=r/a", "orders_db_owner=arwdDxtm/postgres",
             "orders, \"$user\", public", "freehold: owned by shop/orders, uid 7c9e6679-7425-40de-944b-e07fc1f90ae7",
             "freehold: released, was shop/orders", "SCRAM-SHA-256$4096:c2l4dGVlbiBvZiBieXRlcw==$QUJD:QUJD",
             "FOR VALUES FROM ('2026-03-01 00:00:00+00') TO ('2026-03-02 00:00:00+00')", "DEFAULT"},
            [](const std::string& text) {
              for (const auto& grant : ParseAcl(text)) (void)PrintAcl(grant);
              if (const auto marker = ParseMarker(text)) (void)PrintMarker(*marker);
              (void)ParseNames(text);
              (void)ParseScram(text);
              (void)ParseBounds(text);
              (void)engines::Masked(text);
              EXPECT_GE(QuoteName(text).size(), 2u);
              EXPECT_GE(QuoteValue(text).size(), 2u);
              (void)ParseStoreRows(text);
              (void)ParseServerRows(text);
            });
}

TEST(Fuzz, PathsIntoPayloads) {
  const auto rules = api::EventPath();
  FuzzTexts({"$.price.amount", "$.lines[0].sku", "$.\"unit-price\"", "aggregateid", "$[9999]"},
            [&](const std::string& path) {
              const bool fits = path.size() >= rules.min_length && path.size() <= rules.max_length &&
                                std::ranges::all_of(rules.rules, [&](const auto& rule) { return rule.holds(path); });
              if (fits) (void)api::StepsOf(path);
            });
}

TEST(Fuzz, QueriesOfViews) {
  FuzzTexts({"-- unique: day, product\nSELECT day, product, sum(amount) FROM orders.orders GROUP BY 1, 2",
             "WITH a AS (SELECT 1) SELECT * FROM a JOIN b.c USING (id)", "SELECT $$x$$, E'\\n', U&'\\0041'"},
            [](const std::string& text) { (void)views::ReadViewFile("a.sql", text); });
}

TEST(Fuzz, RepliesOfKafka) {
  kafka::Request sound;
  sound.Int16(0).List(2).String("topic").Bytes("abc").String("").Bytes("").CompactList(1).CompactString("x").NoTags();
  FuzzTexts({sound.text(), std::string(64, '\xff'), std::string(64, '\x7f')}, [](const std::string& text) {
    kafka::Reply reply(text);
    reply.Int16();
    reply.Each([&] {
      (void)reply.String();
      (void)reply.Bytes();
    });
    reply.CompactEach([&] { (void)reply.CompactString(); });
    reply.Tags();
  });
}

}  // namespace
}  // namespace freehold
