// How long a bad GRANT lives. In a store's own database it is refused by the database itself; what is granted on shared
// objects, or past that guard, is found by the next look at the server, once a resync. Grants are made at random
// moments of a resync. Prints Markdown: freehold_repair_bench [STORES]
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <map>
#include <pqxx/pqxx>
#include <random>
#include <sstream>
#include <thread>

#include "controller_process.h"
#include "figures.h"
#include "operator_world.h"

namespace freehold::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMajor = 18;
constexpr auto kResync = std::chrono::seconds(60);  ///< the controller's default
constexpr auto kPoll = std::chrono::milliseconds(20);
constexpr const char* kStranger = "bench_stranger";

class Repairs {
 public:
  explicit Repairs(int stores) : stores_(stores) {}

  void Run() {
    for (int index = 0; index < stores_; ++index) world_.Apply(Name(index), "{}");
    world_.Start()->Settle();
    world_.Sql(std::string("DROP ROLE IF EXISTS ") + kStranger + "; CREATE ROLE " + kStranger);
    for (int index = 0; index < stores_; ++index) test::Query(LoginTo(index), "CREATE TABLE t (id int)");
    Refusals();
    const ControllerProcess controller;
    Show("CONNECT on a database to PUBLIC",
         Mended([&](int index) { return "GRANT CONNECT ON DATABASE " + Database(index) + " TO PUBLIC"; },
                "SELECT datname FROM pg_database d, aclexplode(datacl) a WHERE a.grantee = 0"));
    Show("SELECT on a table, past the guard",
         Mended(
             [&](int) { return GrantTable(); },
             "SELECT DISTINCT b.datname FROM pg_shdepend s JOIN pg_database b ON b.oid = s.dbid WHERE s.refobjid = '" +
                 std::string(kStranger) + "'::regrole"));
  }

 private:
  static std::string Name(int index) { return "s" + std::to_string(index); }
  std::string Database(int index) const { return world_.ns + "_" + Name(index) + "_db"; }
  std::string LoginTo(int index) { return world_.LoginOf(Name(index) + ".freehold"); }
  static std::string GrantTable() {
    return std::string("DO $$BEGIN EXECUTE format('GRANT SELECT ON %s TO ") + kStranger +
           "', (SELECT oid::regclass FROM pg_class WHERE relname = 't')); END$$";
  }

  /// Each store's own session tries to give its table away.
  void Refusals() {
    std::vector<Seconds> times;
    for (int index = 0; index < stores_; ++index) {
      pqxx::connection service(LoginTo(index));
      const auto began = Clock::now();
      try {
        pqxx::nontransaction(service).exec(std::string("GRANT SELECT ON t TO ") + kStranger);
        throw std::runtime_error("a grant was not refused");
      } catch (const pqxx::insufficient_privilege&) {
        times.push_back(Clock::now() - began);
      }
    }
    Show("SELECT on a table, by the service: refused", times);
  }

  /// One bad grant in each store at a moment of its own; `open` lists the databases that are still open.
  template <class Grant>
  std::vector<Seconds> Mended(Grant grant, const std::string& open) {
    std::mt19937 random(4711);
    std::uniform_real_distribution<double> moment(0, Seconds(kResync).count());
    std::multimap<double, int> due;
    for (int index = 0; index < stores_; ++index) due.emplace(moment(random), index);
    std::map<std::string, Clock::time_point> granted;
    std::vector<Seconds> times;
    const auto began = Clock::now();
    while (!due.empty() || !granted.empty()) {
      for (; !due.empty() && Seconds(Clock::now() - began).count() >= due.begin()->first; due.erase(due.begin())) {
        const int index = due.begin()->second;
        world_.Sql(grant(index), Database(index));
        granted[Database(index)] = Clock::now();
      }
      std::set<std::string> still;
      for (const auto& database : world_.Sql(open)) still.insert(database);
      const auto now = Clock::now();
      for (auto one = granted.begin(); one != granted.end();) {
        if (!still.contains(one->first)) times.push_back(now - one->second);
        one = still.contains(one->first) ? std::next(one) : granted.erase(one);
      }
      if (now - began > 5 * kResync) throw std::runtime_error("a grant was not taken back");
      std::this_thread::sleep_for(kPoll);
    }
    return times;
  }

  static void Show(const std::string& what, const std::vector<Seconds>& times) {
    std::cout << "| " << what << " | " << times.size() << " | " << std::fixed << std::setprecision(3)
              << Percentile(times, 0.5).count() << " s | " << Percentile(times, 0.99).count() << " s |\n"
              << std::flush;
  }

  const int stores_;
  test::OperatorWorld world_{kMajor};
};

}  // namespace
}  // namespace freehold::bench

int main(int argc, char** argv) {
  try {
    std::cout << "### A bad GRANT, until it is refused or taken back (resync 60 s)\n\n| grant | times | p50 | p99 "
                 "|\n|---|---|---|---|\n";
    freehold::bench::Repairs(argc > 1 ? std::atoi(argv[1]) : 50).Run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "freehold_repair_bench: " << error.what() << "\n";
    return 1;
  }
}
