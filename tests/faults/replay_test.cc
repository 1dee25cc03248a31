// The simulated worlds are true: runs of them, drawn by chance, are taken again on a real PostgreSQL and a real API
// server, step by step, and a look at these shows what the simulation does.
#include <gmock/gmock.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "operator/base/match.h"
#include "operator/base/text.h"
#include "operator_world.h"
#include "reconcilers/api/finalizer.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/engines/postgres/store_view.h"
#include "reconcilers/stores/carry.h"
#include "reconcilers/stores/reconciler.h"
#include "tests/worlds/beginnings.h"
#include "tests/worlds/sight.h"

namespace freehold::worlds {
namespace {

using base::Json;
using base::Match;
using base::Result;
using test::Cluster;
using test::OperatorWorld;

/// For each major and isolation; FREEHOLD_REPLAYS asks for more.
int Runs() {
  const char* asked = std::getenv("FREEHOLD_REPLAYS");
  return asked ? std::atoi(asked) : 4;
}

/// The real API server, told of versions as the simulation numbers them.
class Versioned final : public kube::Writer {
 public:
  explicit Versioned(kube::Client& real) : real_(real) {}

  /// This is the version of a Secret that the simulation has under this number now.
  void Know(Id secret, std::string version) { versions_[std::to_string(secret)] = std::move(version); }

  Result<Json> Create(const kube::ResourceType& type, const std::string& ns, const Json& object) override {
    return real_.Create(type, ns, object);
  }
  Result<Json> JsonPatch(const kube::ResourceType& type, const kube::Name& name, const Json& patch,
                         std::string_view subresource) override {
    Json real = patch;
    for (auto& operation : real) {
      if (operation["op"] != "test" || operation["path"] != "/metadata/resourceVersion") continue;
      const auto known = versions_.find(operation["value"].get<std::string>());
      operation["value"] = known == versions_.end() ? "0" : known->second;
    }
    return real_.JsonPatch(type, name, real, subresource);
  }
  Result<Json> Apply(const kube::ResourceType& type, const kube::Name& name, const Json& object,
                     std::string_view manager, std::string_view subresource) override {
    return real_.Apply(type, name, object, manager, subresource);
  }
  Result<Json> Replace(const kube::ResourceType& type, const kube::Name& name, const Json& object) override {
    return real_.Replace(type, name, object);
  }
  Result<void> Delete(const kube::ResourceType& type, const kube::Name& name, const std::string& uid) override {
    return real_.Delete(type, name, uid);
  }

 private:
  kube::Client& real_;
  std::map<std::string, std::string> versions_;
};

std::vector<Hurt> HurtsOfOne() {
  std::vector<Hurt> hurts;
  for (int hurt = 0; hurt < kHurts; ++hurt) {
    const auto one = static_cast<Hurt>(hurt);
    if (one != Hurt::kCreate && one != Hurt::kCreateRival && one != Hurt::kDeleteRival) hurts.push_back(one);
  }
  return hurts;
}

class Replay {
 public:
  Replay(int major, api::Isolation isolation)
      : real_(major),
        planner_({.isolation = isolation,
                  .neighbour = true,
                  .workers = 2,
                  .major = major,
                  .prefix = real_.ns + "_",
                  .ns = real_.ns,
                  .hurts = HurtsOfOne()}),
        laws_(planner_),
        moves_(planner_, laws_),
        api_(Cluster::Instance().controller()) {
    access_.name = real_.server;
    access_.host = real_.postgres.host;
    access_.port = real_.postgres.port;
    access_.tls = api::TlsMode::kVerifyFull;
    access_.ca_pem = ReadFile(real_.postgres.ca_file);
    access_.username = real_.postgres.user;
    access_.password = base::Sensitive(real_.postgres.password);
    access_.shared_database = planner_.access().shared_database;
    Prepare();
  }
  ~Replay() {
    Reset();
    real_.Sql(std::string("DROP ROLE IF EXISTS ") + kStranger);
  }

  /// One run, of so many moves at most; then nobody interferes until nothing more is to do.
  void Run(unsigned seed, int moves) {
    Reset();
    random_.seed(seed);
    story_ = "seed " + std::to_string(seed);
    world_ = planner_.Normal(Nothing(planner_));
    world_.hurts = 3;
    world_.crashes = 2;
    world_.ticks = 2;
    for (int claim : {0, kNeighbour}) CreateObject(claim);
    Moves::Choice choice;
    for (int move = 0; !testing::Test::HasFailure(); ++move) {
      ASSERT_LT(move, 10 * moves) << "it does not come to rest: " << refused_ << "\n" << story_;
      moves_.Of(world_, choice);
      if (choice.moves.empty() || (move >= moves && !choice.fair)) return;
      Take(move < moves ? One(choice.moves) : choice.moves.front());
    }
  }

  int compared() const { return compared_; }

 private:
  static std::string ReadFile(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  void Prepare() {
    const auto known = real_.Sql(std::string("SELECT FROM pg_roles WHERE rolname = '") + kStranger + "'");
    if (known.empty()) real_.Sql(std::string("CREATE ROLE ") + kStranger + " LOGIN");
    const auto snapshot = engine_.ObserveServer(access_);
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    for (const auto& step : engine_.PlanServer(**snapshot, access_, false)) {
      const auto done = engine_.Run(access_, step);
      ASSERT_TRUE(done) << done.error().message;
    }
  }

  /// The server as it was when it was prepared, and no objects.
  void Reset() {
    auto root = real_.SessionIn("postgres");
    auto shared = real_.SessionIn(access_.shared_database);
    for (const int store : {0, 1}) {
      const auto& layout = planner_.layout(store);
      if (layout.isolation == api::Isolation::kDatabase) {
        root.Query("DROP DATABASE IF EXISTS \"" + layout.database + "\" WITH (FORCE)");
      } else {
        shared.Query("DROP SCHEMA IF EXISTS \"" + layout.schema + "\" CASCADE");
      }
      for (const auto& role : {layout.owner, layout.logins[0], layout.logins[1]}) {
        if (root.Query("SELECT FROM pg_roles WHERE rolname = '" + role + "'").empty()) continue;
        shared.Query("DROP OWNED BY \"" + role + "\"; DROP ROLE \"" + role + "\"");
      }
    }
    auto& admin = Cluster::Instance().admin();
    for (const int claim : {0, kNeighbour}) {
      const auto name = planner_.NewObject(claim, "").meta.full_name();
      (void)admin.JsonPatch(api::ServiceDatabaseType(), name,
                            Json::array({{{"op", "remove"}, {"path", "/metadata/finalizers"}}}), "");
      (void)admin.Delete(api::ServiceDatabaseType(), name, "");
      (void)admin.Delete(credentials::SecretType(), SecretOf(claim), "");
    }
  }

  kube::Name SecretOf(int claim) const {
    const auto object = planner_.NewObject(claim, "");
    return {object.meta.ns, api::SecretNameOf(object)};
  }

  void CreateObject(int claim) {
    const auto object = planner_.NewObject(claim, "");
    const Json spec = {{"name", object.spec.name.value()},
                       {"isolation", ToString(object.spec.isolation)},
                       {"credentials", {{"rotateEvery", "10h"}, {"overlap", "4h"}}}};
    real_.Apply(object.meta.name, spec.dump());
    uids_[claim] = real_.Get(object.meta.name).meta.uid;
  }

  const Move& One(const std::vector<Move>& moves) {
    // What a controller does comes more often than what happens to it, of which there are many kinds.
    std::vector<const Move*> drawn;
    for (const auto& move : moves) {
      const bool works = move.kind == Move::Kind::kStep || move.kind == Move::Kind::kBegin;
      drawn.insert(drawn.end(), works ? 60 : move.kind == Move::Kind::kHurt ? 1 : 6, &move);
    }
    return *drawn[std::uniform_int_distribution<std::size_t>(0, drawn.size() - 1)(random_)];
  }

  void Take(const Move& move) {
    story_ += "\n  " + moves_.Tell(world_, move);
    const World before = world_;
    switch (move.kind) {
      case Move::Kind::kStep:
      case Move::Kind::kLand:
        if (!move.action) break;
        Effect(planner_.actions[move.action], !planner_.Happen(before, move.action).second);
        if (move.kind == Move::Kind::kStep) ServiceWrites(planner_.actions[move.action], move.next);
        break;
      case Move::Kind::kCollect:
        ASSERT_TRUE(Cluster::Instance().admin().Delete(credentials::SecretType(), SecretOf(move.which), ""));
        break;
      case Move::Kind::kHurt:
        ByHand(static_cast<Hurt>(move.which));
        break;
      default:
        break;
    }
    world_ = move.next;
    Compare(before);
  }

  void Effect(const Action& action, bool succeeds) {
    const bool done = Happens(action);
    EXPECT_EQ(done, succeeds) << refused_ << "\n" << story_;
  }

  bool Happens(const Action& action) {
    auto meta = [&](kube::ObjectMeta of) {
      of.uid = action.uid == planner_.scenario().uids[action.claim] ? uids_[action.claim] : "another";
      return of;
    };
    const auto told = [&](const auto& result) {
      if (!result) refused_ = result.error().reason + ": " + result.error().message;
      return result.has_value();
    };
    return std::visit(
        Match{[&](const Sql& s) { return Runs(s.database, s.statements); },
              [&](const stores::VerifyLogin& s) {
                return told(engine_.TryLogin(access_, s.database, s.login, s.password));
              },
              [&](const stores::WriteSecret& s) { return told(stores::Write(api_, s)); },
              [&](const stores::HoldSecret& s) { return told(stores::Hold(api_, s)); },
              [&](const stores::DisownSecret& s) { return told(stores::Disown(api_, s)); },
              [&](const stores::AddFinalizer& s) {
                return told(api::PatchFinalizer(api_, api::ServiceDatabaseType(), meta(s.meta), true));
              },
              [&](const stores::RemoveFinalizer& s) {
                return told(api::PatchFinalizer(api_, api::ServiceDatabaseType(), meta(s.meta), false));
              },
              [&](const ApplyStatus& s) {
                const auto applied =
                    api_.Apply(api::ServiceDatabaseType(), s.meta.full_name(),
                               api::StatusObject(meta(s.meta), s.status), stores::Reconciler::kStatusManager, "status");
                return told(applied || applied.error().http_status == 404 ? base::Result<void>()
                                                                          : std::unexpected(applied.error()));
              }},
        action.deed);
  }

  /// One message, so one transaction.
  bool Runs(const std::string& database, const std::vector<std::string>& statements) {
    try {
      real_.Sql(base::Join(statements, ";\n"), database.empty() ? "postgres" : database);
      return true;
    } catch (const std::exception& error) {
      refused_ = error.what();
      return false;
    }
  }

  /// As the simulated service does once it is told that it may.
  void ServiceWrites(const Action& action, const World& next) {
    const auto& layout = planner_.layout(StoreOf(action.claim));
    const auto rows = [&](Id server) {
      const auto& databases = planner_.servers[server].databases;
      const auto place = databases.find(layout.database);
      if (place == databases.end()) return std::size_t{0};
      const auto written = place->second.inside.rows.find(layout.schema);
      return written == place->second.inside.rows.end() ? 0 : written->second.size();
    };
    if (!std::holds_alternative<ApplyStatus>(action.deed) || rows(next.server) == rows(world_.server)) return;
    real_.Sql(
        "SET ROLE \"" + layout.owner + "\"; CREATE TABLE \"" + layout.schema + "\".\"" + action.uid + "\" (id int)",
        layout.database);
  }

  void ByHand(Hurt hurt) {
    auto& admin = Cluster::Instance().admin();
    const auto name = planner_.NewObject(hurt == Hurt::kDeleteNeighbour ? kNeighbour : 0, "").meta.full_name();
    const auto patch = [&](Json operations) {
      const auto patched = admin.JsonPatch(api::ServiceDatabaseType(), name, operations, "");
      EXPECT_TRUE(patched) << patched.error().message;
    };
    const auto spec = [&](const char* path, const Json& value) {
      patch(Json::array({{{"op", "add"}, {"path", path}, {"value", value}}}));
    };
    const auto deleted = [&](const char* policy) {
      if (policy != std::string("Retain")) spec("/spec/deletionPolicy", policy);
      EXPECT_TRUE(admin.Delete(api::ServiceDatabaseType(), name, ""));
    };
    if (IsOnServer(hurt)) {
      const auto deed = moves_.ByHand(planner_.servers[world_.server], hurt);
      EXPECT_TRUE(Runs(deed->first, deed->second)) << refused_;
      return;
    }
    switch (hurt) {
      case Hurt::kDeleteSecret:
        EXPECT_TRUE(admin.Delete(credentials::SecretType(), SecretOf(0), ""));
        return;
      case Hurt::kScribbleSecret:
        EXPECT_TRUE(admin.JsonPatch(
            credentials::SecretType(), SecretOf(0),
            Json::array({{{"op", "replace"}, {"path", "/data/password"}, {"value", "c2NyaWJibGU="}}}), ""));
        return;
      case Hurt::kForeignSecret:
        EXPECT_TRUE(admin.Create(credentials::SecretType(), real_.ns,
                                 {{"type", "Opaque"}, {"metadata", {{"name", SecretOf(0).name}}}}));
        return;
      case Hurt::kChangeLimit:
        return spec("/spec/limits", {{"connections", 5}});
      case Hurt::kPublish:
        return spec("/spec/publishes", Json::array({{{"event", "OrderConfirmed"}}}));
      case Hurt::kAskForRotation:
        return real_.Annotate(name.name, api::kRotateAnnotation, "now");
      case Hurt::kDeleteRetain:
        return deleted("Retain");
      case Hurt::kDeleteDelete:
      case Hurt::kDeleteNeighbour:
        return deleted("Delete");
      case Hurt::kDeleteOrphan:
        return deleted("Orphan");
      default:
        FAIL() << "nobody does that here";
    }
  }

  void Compare(const World& before) {
    if (world_.server != before.server) {
      for (const int store : {0, 1}) CompareStore(store);
    }
    for (const int claim : {0, kNeighbour}) {
      if (world_.secret[claim] != before.secret[claim]) CompareSecret(claim);
      if (world_.object[claim] != before.object[claim]) CompareObject(claim);
    }
  }

  void CompareStore(int store) {
    const auto& layout = planner_.layout(store);
    const auto real = Look(layout);
    ASSERT_TRUE(real) << real.error().message << "\n" << story_;
    const auto simulated =
        engines::postgres::ViewOf(LookAt(planner_.servers[world_.server], layout), layout, planner_.access());
    ++compared_;
    EXPECT_EQ(TextOf(*real, layout), TextOf(simulated, layout)) << story_;
  }

  /// A connection that somebody's DROP DATABASE ended is no answer.
  base::Result<engines::StoreSeen> Look(const engines::Layout& layout) {
    auto seen = engine_.ObserveStore(access_, layout);
    for (int again = 0; again < 3 && !seen && seen.error().kind != base::FailureClass::kTerminal; ++again)
      seen = engine_.ObserveStore(access_, layout);
    return seen;
  }

  /// Whatever the order of its keys.
  static nlohmann::json Essence(const Json& secret) {
    const auto& meta = secret["metadata"];
    const Json essence = {{"type", secret.value("type", "Opaque")},
                          {"data", secret.value("data", Json())},
                          {"labels", meta.value("labels", Json())},
                          {"annotations", WithoutHold(meta.value("annotations", Json()))},
                          {"ownerReferences", meta.value("ownerReferences", Json())}};
    return nlohmann::json::parse(essence.dump());
  }
  /// It names a version, which each API server counts for itself.
  static Json WithoutHold(Json annotations) {
    if (annotations.contains("freehold.dev/held")) annotations["freehold.dev/held"] = "";
    return annotations;
  }

  void CompareSecret(int claim) {
    const auto real = Cluster::Instance().admin().Get(credentials::SecretType(), SecretOf(claim));
    ASSERT_EQ(real.has_value(), world_.secret[claim] != 0) << story_;
    if (!real) return;
    ++compared_;
    EXPECT_EQ(Essence(*real), Essence(planner_.secrets[world_.secret[claim]])) << story_;
    api_.Know(world_.secret[claim], (*real)["metadata"]["resourceVersion"].get<std::string>());
  }

  void CompareObject(int claim) {
    const auto& simulated = planner_.objects[world_.object[claim]];
    const auto name = planner_.NewObject(claim, "").meta.name;
    ASSERT_EQ(real_.Exists(name), simulated != nullptr) << story_;
    if (!simulated) return;
    const auto real = real_.Get(name);
    ++compared_;
    const auto told = [](api::ServiceDatabase object) {
      std::ranges::sort(object.status.conditions, {}, &kube::Condition::type);
      return api::StatusObject(object.meta, object.status).value("status", Json());
    };
    EXPECT_EQ(real.meta.finalizers, simulated->meta.finalizers) << story_;
    EXPECT_EQ(real.meta.generation, simulated->meta.generation) << story_;
    EXPECT_EQ(real.meta.deleted.has_value(), simulated->meta.deleted.has_value()) << story_;
    EXPECT_EQ(told(real), told(*simulated)) << story_;
  }

  OperatorWorld real_;
  Planner planner_;
  Laws laws_;
  Moves moves_;
  Versioned api_;
  engines::ServerAccess access_;
  engines::postgres::PostgresEngine engine_;
  World world_;
  std::array<std::string, kClaims> uids_;
  std::mt19937 random_;
  std::string story_, refused_;
  int compared_ = 0;
};

class Replays : public testing::TestWithParam<std::tuple<int, api::Isolation>> {
 protected:
  // Secrets of owners that are gone are collected when the simulation says so, by nobody else.
  static void SetUpTestSuite() { ASSERT_EQ(kill(Collector(), SIGSTOP), 0); }
  static void TearDownTestSuite() { kill(Collector(), SIGCONT); }

 private:
  static pid_t Collector() {
    pid_t pid = 0;
    std::ifstream(std::string(std::getenv("FREEHOLD_TEST_SERVERS")) + "/cluster/kube-controller-manager.pid") >> pid;
    return pid;
  }
};

TEST_P(Replays, OnRealServersShowWhatTheSimulationDoes) {
  const auto [major, isolation] = GetParam();
  Replay replay(major, isolation);
  for (int seed = 1; seed <= Runs() && !HasFailure(); ++seed) replay.Run(seed, 60);
  std::printf("%d looks compared in %d runs\n", replay.compared(), Runs());
  EXPECT_GT(replay.compared(), Runs() * 10);
}

INSTANTIATE_TEST_SUITE_P(, Replays,
                         testing::Combine(testing::Values(15, 18),
                                          testing::Values(api::Isolation::kDatabase, api::Isolation::kSchema)),
                         [](const auto& info) {
                           return "On" + std::to_string(std::get<0>(info.param)) + "In" +
                                  ToString(std::get<1>(info.param)) + "Mode";
                         });

}  // namespace
}  // namespace freehold::worlds
