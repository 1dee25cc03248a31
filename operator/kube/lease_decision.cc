#include "operator/kube/lease_decision.h"

#include "operator/kube/text.h"

namespace freehold::kube {
LeaseRecord ParseLeaseRecord(const base::Json& lease) {
  LeaseRecord record;
  const auto spec = lease.is_object() ? lease.find("spec") : lease.end();
  if (!lease.is_object() || spec == lease.end() || !spec->is_object()) return record;
  const auto text = [&](const char* key) {
    const auto found = spec->find(key);
    return found != spec->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto number = [&](const char* key) {
    const auto found = spec->find(key);
    return found != spec->end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  };
  record.holder = text("holderIdentity");
  record.duration = std::chrono::seconds(number("leaseDurationSeconds"));
  record.acquired = text("acquireTime");
  record.renewed = text("renewTime");
  record.transitions = number("leaseTransitions");
  return record;
}

base::Json ToJson(const LeaseRecord& record) {
  base::Json spec{{"holderIdentity", record.holder},
                  {"leaseDurationSeconds", record.duration.count()},
                  {"leaseTransitions", record.transitions}};
  if (!record.acquired.empty()) spec["acquireTime"] = record.acquired;
  if (!record.renewed.empty()) spec["renewTime"] = record.renewed;
  return spec;
}

LeaseMove DecideLease(const std::string& self, bool leading, const std::optional<LeaseObservation>& seen,
                      std::chrono::steady_clock::time_point now) {
  if (!seen) return leading ? LeaseMove::kLost : LeaseMove::kCreate;
  const LeaseRecord& record = seen->record;
  if (record.holder == self) return leading ? LeaseMove::kRenew : LeaseMove::kAcquire;
  if (leading) return LeaseMove::kLost;
  if (record.holder.empty()) return LeaseMove::kAcquire;
  return now >= seen->since + record.duration ? LeaseMove::kAcquire : LeaseMove::kWait;
}

LeaseRecord NextRecord(const std::string& self, const std::optional<LeaseObservation>& seen,
                       std::chrono::system_clock::time_point wall, const LeaseSettings& settings) {
  const std::string now = FormatMicroTime(wall);
  LeaseRecord next{.holder = self, .duration = settings.duration, .acquired = now, .renewed = now};
  if (!seen) return next;
  const bool ours = seen->record.holder == self;
  if (ours) next.acquired = seen->record.acquired;
  next.transitions = seen->record.transitions + (ours ? 0 : 1);
  return next;
}

LeaseRecord ReleasedRecord(const LeaseRecord& held) {
  LeaseRecord released = held;
  released.holder.clear();
  released.duration = std::chrono::seconds(1);
  return released;
}

}  // namespace freehold::kube
