#include "operator/kube/event_series.h"

#include <algorithm>
#include <cstdio>

#include "operator/kube/text.h"

namespace freehold::kube {
namespace {

constexpr std::size_t kLongestNote = 1024;
constexpr std::size_t kLongestWord = 128;  // reason, action, instance
constexpr std::size_t kLongestStem = 200;  // of an Event's name, which ends in 33 more characters at most
constexpr std::size_t kMostRemembered = 4096;

std::string IdentityOf(const ObjectReference& object) {
  return object.uid.empty() ? object.kind + "/" + ToString(object.name) : object.uid;
}

std::string Hex(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

std::vector<EventWrite> EventSeries::Add(const Happening& happening, Time now) {
  ForgetOld(now);
  const std::string object = IdentityOf(happening.about);
  const Key key{object, static_cast<int>(happening.type), happening.reason, happening.action, happening.note};
  if (const auto found = series_.find(key); found != series_.end()) {
    Series& series = found->second;
    ++series.count;
    series.last = now;
    if (now - series.written < settings_.series_interval) return {};
    return {Patch(series, now)};
  }
  if (!Spend(object, now)) return {};
  const std::string& ns = happening.about.name.ns;
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  const Name event{ns.empty() ? "default" : ns, happening.about.name.name.substr(0, kLongestStem) + "." +
                                                    Hex(static_cast<std::uint64_t>(micros)) + Hex(serial_++)};
  series_[key] = {.event = event, .last = now, .written = now};
  return {Create(happening, event, now)};
}

std::vector<EventWrite> EventSeries::Due(Time now, bool all) {
  std::vector<EventWrite> writes;
  for (auto& [key, series] : series_) {
    if (series.count == series.written_count) continue;
    if (all || now - series.written >= settings_.series_interval) writes.push_back(Patch(series, now));
  }
  return writes;
}

bool EventSeries::Owes() const {
  return std::ranges::any_of(series_,
                             [](const auto& entry) { return entry.second.count != entry.second.written_count; });
}

void EventSeries::Forget(const Name& event) {
  std::erase_if(series_, [&](const auto& entry) { return entry.second.event == event; });
}

bool EventSeries::Spend(const std::string& object, Time now) {
  const double full = settings_.burst;
  Allowance& allowance = allowances_.try_emplace(object, Allowance{full, now}).first->second;
  const std::chrono::duration<double> passed = now - allowance.counted;
  const std::chrono::duration<double> refill = settings_.refill;
  allowance = {std::min(full, allowance.tokens + passed / refill), now};
  if (allowance.tokens < 1) return false;
  allowance.tokens -= 1;
  return true;
}

EventWrite EventSeries::Create(const Happening& happening, const Name& event, Time now) const {
  const ObjectReference& about = happening.about;
  Json regarding{{"apiVersion", about.api_version}, {"kind", about.kind}, {"name", about.name.name}};
  if (!about.name.ns.empty()) regarding["namespace"] = about.name.ns;
  if (!about.uid.empty()) regarding["uid"] = about.uid;
  return {EventWrite::Kind::kCreate,
          event,
          {{"apiVersion", "events.k8s.io/v1"},
           {"kind", "Event"},
           {"metadata", {{"name", event.name}, {"namespace", event.ns}}},
           {"eventTime", FormatMicroTime(now)},
           {"reportingController", settings_.controller},
           {"reportingInstance", CutUtf8(settings_.instance, kLongestWord)},
           {"type", happening.type == EventType::kNormal ? "Normal" : "Warning"},
           {"reason", CutUtf8(happening.reason, kLongestWord)},
           {"action", CutUtf8(happening.action, kLongestWord)},
           {"note", CutUtf8(happening.note, kLongestNote)},
           {"regarding", std::move(regarding)}}};
}

EventWrite EventSeries::Patch(Series& series, Time now) const {
  series.written = now;
  series.written_count = series.count;
  const Json value{{"count", series.count}, {"lastObservedTime", FormatMicroTime(series.last)}};
  return {EventWrite::Kind::kPatch, series.event,
          Json::array({Json{{"op", "add"}, {"path", "/series"}, {"value", value}}})};
}

void EventSeries::ForgetOld(Time now) {
  const auto old = [&](const auto& entry) { return now - entry.second.last > settings_.series_ends_after; };
  std::erase_if(series_, old);
  if (series_.size() > kMostRemembered) series_.clear();
  std::erase_if(allowances_,
                [&](const auto& entry) { return now - entry.second.counted > settings_.refill * settings_.burst; });
  if (allowances_.size() > kMostRemembered) allowances_.clear();
}

}  // namespace freehold::kube
