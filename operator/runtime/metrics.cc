#include "operator/runtime/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>

namespace freehold::runtime {

void Counter::Add(double amount) { series_->Increment(amount); }
double Counter::Value() const { return series_->Value(); }

void Gauge::Set(double value) { series_->Set(value); }
void Gauge::Add(double amount) { series_->Increment(amount); }
double Gauge::Value() const { return series_->Value(); }

void Gauges::Show(const std::map<Labels, double>& values) {
  std::erase_if(shown_, [&](const auto& shown) {
    if (values.contains(shown.first)) return false;
    family_->Remove(shown.second);
    return true;
  });
  for (const auto& [labels, value] : values) {
    const auto [shown, fresh] = shown_.try_emplace(labels, nullptr);
    if (fresh) shown->second = &family_->Add(labels);
    shown->second->Set(value);
  }
}

void Histogram::Observe(double value) { series_->Observe(value); }

struct Metrics::Registry {
  prometheus::Registry families;
};

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

Counter Metrics::AddCounter(const std::string& name, const std::string& help, const Labels& labels) {
  return Counter(prometheus::BuildCounter().Name(name).Help(help).Register(registry_->families).Add(labels));
}

Gauge Metrics::AddGauge(const std::string& name, const std::string& help, const Labels& labels) {
  return Gauge(prometheus::BuildGauge().Name(name).Help(help).Register(registry_->families).Add(labels));
}

Gauges Metrics::AddGauges(const std::string& name, const std::string& help) {
  return Gauges(prometheus::BuildGauge().Name(name).Help(help).Register(registry_->families));
}

Histogram Metrics::AddHistogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                                const Labels& labels) {
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry_->families);
  return Histogram(family.Add(labels, buckets));
}

std::unique_ptr<Metrics::Subscription> Metrics::BeforeText(std::function<void()> refresh) {
  const std::lock_guard lock(refresh_mutex_);
  return std::make_unique<Subscription>(*this, refresh_.insert(refresh_.end(), std::move(refresh)));
}

Metrics::Subscription::~Subscription() {
  const std::lock_guard lock(metrics_.refresh_mutex_);
  metrics_.refresh_.erase(place_);
}

std::string Metrics::Text() const {
  {
    const std::lock_guard lock(refresh_mutex_);
    for (const auto& refresh : refresh_) refresh();
  }
  auto families = registry_->families.Collect();
  std::ranges::sort(families, {}, &prometheus::MetricFamily::name);
  return prometheus::TextSerializer().prometheus::Serializer::Serialize(families);
}

}  // namespace freehold::runtime
