#include "event_line.h"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <pqxx/pqxx>
#include <thread>

#include "await.h"
#include "operator_world.h"

namespace freehold::bench {
namespace {

using Clock = std::chrono::steady_clock;
using test::Query;

constexpr int kTrickle = 500;
constexpr auto kPause = std::chrono::milliseconds(10);
constexpr int kWriters = 4;
constexpr int kRounds = 3;

std::string Insert(const Line& line, const std::string& id) {
  return "INSERT INTO " + line.written + " (aggregatetype, aggregateid, type, payload) VALUES ('Order', '" + id +
         "', 'OrderConfirmed', '{\"total\": 42}')";
}

long Count(const Line& line) { return std::stol(Query(line.to, "SELECT count(*) FROM " + line.arrived).front()); }

void AwaitCount(const Line& line, long count) {
  if (!test::Await(std::chrono::seconds(300), [&] { return Count(line) >= count; })) {
    throw std::runtime_error(line.name + ": the events do not arrive");
  }
}

/// p50 and p99, in milliseconds.
std::pair<double, double> Trickle(const Line& line) {
  const long before = Count(line);
  const auto marked = "trickle-" + std::to_string(before) + "-";
  {
    pqxx::connection connection(line.from);
    for (int i = 0; i < kTrickle; ++i) {
      pqxx::nontransaction(connection).exec(Insert(line, marked + std::to_string(i)));
      std::this_thread::sleep_for(kPause);
    }
  }
  AwaitCount(line, before + kTrickle);
  const auto quantile = [&](const char* share) {
    return std::stod(Query(line.to, std::string("SELECT percentile_cont(") + share +
                                        ") WITHIN GROUP (ORDER BY extract(epoch FROM received_at - created_at) * 1000) "
                                        "FROM " +
                                        line.arrived + " WHERE starts_with(aggregateid, '" + marked + "')")
                         .front());
  };
  return {quantile("0.5"), quantile("0.99")};
}

/// Events that are written and have arrived, per second, one transaction each.
double Saturate(const Line& line, int events) {
  const long before = Count(line);
  const auto began = Clock::now();
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        pqxx::connection connection(line.from);
        connection.prepare("publish", Insert(line, "load"));
        for (int i = writer; i < events; i += kWriters) pqxx::nontransaction(connection).exec_prepared("publish");
      });
    }
  }
  AwaitCount(line, before + events);
  return events / std::chrono::duration<double>(Clock::now() - began).count();
}

}  // namespace

Pace PaceOf(const Line& line, int events) {
  const auto [p50, p99] = Trickle(line);
  return {p50, p99, Saturate(line, events)};
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void PrintPaces(const std::string& title, const std::vector<Line>& lines, int events) {
  std::vector<std::vector<Pace>> paces(lines.size());
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < lines.size(); ++i) paces[i].push_back(PaceOf(lines[i], events));
  }
  std::cout << "| " << title << " | p50 | p99 | events/s | of the limit |\n|---|---|---|---|---|\n" << std::fixed;
  double limit = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto median = [&](double Pace::*figure) {
      std::vector<double> values;
      for (const auto& pace : paces[i]) values.push_back(pace.*figure);
      return Median(std::move(values));
    };
    const auto throughput = median(&Pace::throughput);
    if (i == 0) limit = throughput;
    std::cout << "| " << lines[i].name << " | " << std::setprecision(1) << median(&Pace::p50) << " ms | "
              << median(&Pace::p99) << " ms | " << std::setprecision(0) << throughput << " | " << std::setprecision(2)
              << throughput / limit << " |" << std::endl;
  }
}

}  // namespace freehold::bench
