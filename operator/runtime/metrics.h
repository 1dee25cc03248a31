// Counters, gauges and histograms in one registry, shown as Prometheus text.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
template <class T>
class Family;
}  // namespace prometheus

namespace freehold::runtime {

/// Label names and values of one series. Values come from small sets; names of objects only among Gauges, and few.
using Labels = std::map<std::string, std::string>;

/// Handles are cheap to copy, thread-safe, and valid as long as their Metrics.
class Counter {
 public:
  explicit Counter(prometheus::Counter& series) : series_(&series) {}
  /// REQUIRES: amount >= 0.
  void Add(double amount = 1);
  double Value() const;

 private:
  prometheus::Counter* series_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& series) : series_(&series) {}
  void Set(double value);
  void Add(double amount);
  double Value() const;

 private:
  prometheus::Gauge* series_;
};

/// All series of one name, whose labels come and go. One thread at a time.
class Gauges {
 public:
  explicit Gauges(prometheus::Family<prometheus::Gauge>& family) : family_(&family) {}
  /// From now on there are these, and no others.
  void Show(const std::map<Labels, double>& values);

 private:
  prometheus::Family<prometheus::Gauge>* family_;
  std::map<Labels, prometheus::Gauge*> shown_;
};

class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& series) : series_(&series) {}
  void Observe(double value);
  void Observe(std::chrono::steady_clock::duration took) { Observe(std::chrono::duration<double>(took).count()); }

 private:
  prometheus::Histogram* series_;
};

/// All series of the process. Thread-safe.
///
/// AddX returns the series of that name and those labels, made with the value zero if there was none, so that what
/// has not happened yet is shown as 0 and not as missing. A family has one type, one help text and, as a histogram,
/// one set of buckets: those it was first added with.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter AddCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge AddGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  /// None at first.
  Gauges AddGauges(const std::string& name, const std::string& help);
  /// `buckets`: upper bounds, ascending.
  Histogram AddHistogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                         const Labels& labels = {});

  /// Ends the call-back of BeforeText when it is destroyed; none runs after that.
  class Subscription;
  /// `refresh` runs before every Text(), to set gauges that are measured rather than counted. It may not call
  /// BeforeText or Text. The subscription must end before the Metrics.
  [[nodiscard]] std::unique_ptr<Subscription> BeforeText(std::function<void()> refresh);

  /// The exposition format 0.0.4, families in the order of their names.
  std::string Text() const;

 private:
  struct Registry;
  std::unique_ptr<Registry> registry_;
  mutable std::mutex refresh_mutex_;
  std::list<std::function<void()>> refresh_;  ///< guarded by refresh_mutex_
};

class Metrics::Subscription {
 public:
  Subscription(Metrics& metrics, std::list<std::function<void()>>::iterator place) : metrics_(metrics), place_(place) {}
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

 private:
  Metrics& metrics_;
  std::list<std::function<void()>>::iterator place_;
};

}  // namespace freehold::runtime
