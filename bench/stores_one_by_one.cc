#include <condition_variable>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

#include "await.h"
#include "controller_process.h"
#include "limit.h"
#include "reconcilers/api/kinds.h"
#include "stores_bench.h"

namespace freehold::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Hears of ServiceDatabases that have become Ready.
class ReadyOnes {
 public:
  explicit ReadyOnes(const std::string& ns) : listener_([this, ns](std::stop_token stop) { Listen(ns, stop); }) {}

  /// Throws when it isn't within a minute.
  void Await(const std::string& name) {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, std::chrono::minutes(1), [&] { return ready_.contains(name); }))
      throw std::runtime_error(name + " did not become Ready");
  }

 private:
  void Listen(const std::string& ns, std::stop_token stop) {
    auto& admin = test::Cluster::Instance().admin();
    const kube::ListOptions all{.ns = ns, .label_selector = {}, .field_selector = {}};
    const auto version = admin.List(api::ServiceDatabaseType(), all, [](const base::Json&) {});
    if (!version) return;
    (void)admin.Watch(api::ServiceDatabaseType(), all, {.resource_version = *version, .timeout = std::chrono::hours(1)},
                      stop, [&](const base::Json& event) {
                        const auto object = api::ReadServiceDatabase(event["object"]);
                        if (!object || test::StatusOf(*object, "Ready") != "True") return true;
                        const std::lock_guard lock(mutex_);
                        ready_.insert(object->meta.name);
                        came_.notify_all();
                        return true;
                      });
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::set<std::string> ready_;  ///< guarded by mutex_
  std::jthread listener_;        ///< last: it uses the others
};

/// Waits until so many spare databases are ready. Throws when they aren't within a minute.
void AwaitSpares(test::Session& session, const std::string& server, int count) {
  const auto marked =
      "SELECT count(*) FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE "
      "'freehold: spare of " +
      server + ", %'";
  if (!test::Await(std::chrono::seconds(60), [&] { return std::stoi(session.Query(marked).at(0)) == count; }))
    throw std::runtime_error("there are not " + std::to_string(count) + " spare databases");
}

std::vector<Seconds> MakeOneByOne(test::OperatorWorld& world, const std::string& isolation, int count, int spares = 0) {
  const ControllerProcess controller;
  controller.AwaitConverged();
  ReadyOnes ready(world.ns);
  auto session = world.SessionIn("postgres");
  std::vector<Seconds> each;
  for (int index = 0; index < count; ++index) {
    const std::string name = "s" + std::to_string(index);
    AwaitSpares(session, world.server, spares);
    const auto began = Clock::now();
    Ask(world, isolation, index, index + 1);
    ready.Await(name);
    if (!test::Opens(world.LoginOf(name + ".freehold"))) throw std::runtime_error("the login of " + name + " fails");
    each.push_back(Clock::now() - began);
  }
  return each;
}

std::vector<Seconds> LimitOneByOne(test::OperatorWorld& world, api::Isolation isolation, int count) {
  const auto done = RunLimit(world, isolation, count, 1).each;
  std::vector<Seconds> each;
  for (std::size_t i = 0; i < done.size(); ++i) each.push_back(done[i] - (i == 0 ? Seconds{} : done[i - 1]));
  return each;
}

std::string Row(const std::string& who, const std::vector<Seconds>& each) {
  return "| " + who + " | " + Number("%.0f", Percentile(each, 0.5).count() * 1000) + " | " +
         Number("%.0f", Percentile(each, 0.99).count() * 1000) + " |\n";
}

}  // namespace

void MeasureOneByOne(int count) {
  std::cout << "### One store at a time, " << count << " of each\n\n| | p50 ms | p99 ms |\n|---|---|---|\n";
  for (const auto isolation : {api::Isolation::kSchema, api::Isolation::kDatabase}) {
    const std::string word = ToString(isolation);
    {
      test::OperatorWorld world(kStoresOn, kManyStores);
      world.Start()->Settle();
      Ask(world, word, 0, count);
      std::cout << Row("the limit, " + word, LimitOneByOne(world, isolation, count));
    }
    test::OperatorWorld world(kStoresOn, kManyStores);
    std::cout << Row("Freehold, " + word, MakeOneByOne(world, word, count));
  }
  constexpr int kSpares = 2;
  test::OperatorWorld world(kStoresOn, kManyStores);
  world.SetSpares(kSpares);
  const std::string word = ToString(api::Isolation::kDatabase);
  std::cout << Row("Freehold, " + word + ", with spares", MakeOneByOne(world, word, count, kSpares));
  std::cout << std::endl;
}

}  // namespace freehold::bench
