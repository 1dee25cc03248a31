// The kind DataPolicy: its tables, and how the outside sees it.
#include "reconcilers/api/common_tables.h"
#include "reconcilers/api/kind_frames.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/api/schema/object.h"
#include "reconcilers/api/sorts.h"

namespace freehold::api {

template <>
struct schema::Words<Enforcement> {
  static constexpr std::array kWords{std::pair{Enforcement::kDeny, "Deny"}, std::pair{Enforcement::kWarn, "Warn"}};
};

template <>
struct schema::Words<DriftPolicy> {
  static constexpr std::array kWords{std::pair{DriftPolicy::kRepair, "Repair"},
                                     std::pair{DriftPolicy::kReport, "Report"}};
};

template <>
struct schema::Table<PolicyException> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("service", &PolicyException::service, "The ServiceDatabase that is excepted: namespace/name.",
              Rules().Required().Is(NamespacedName())),
        Field("isolation", &PolicyException::isolation, "The weakest isolation that it may have meanwhile.",
              Rules().Required()),
        Field("until", &PolicyException::until, "The last day on which this holds (UTC): \"2027-03-31\".",
              Rules().Required().Format("date").Is(Day())),
        Field("reason", &PolicyException::reason, "Why, for those who read the policy later.",
              Rules().Required().Is(Prose(512))));
    return fields;
  }
};

template <>
struct schema::Table<RotationPolicy> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("atMost", &RotationPolicy::at_most, "How old a password may become, whatever the service declares.",
              Rules().AtLeast(std::chrono::seconds(1)).AbsentMeans("what each service declares")));
    return fields;
  }
};

template <>
struct schema::Table<DataPolicySpec> {
  static const auto& Fields() {
    using Spec = DataPolicySpec;
    static const auto fields = std::make_tuple(
        Field("namespaces", &Spec::namespaces, "The namespaces to which the policy applies."),
        Field("engines", &Spec::engines, "The engines that services may choose.",
              Rules().Items(1, 16).Set().AbsentMeans("all")),
        Field("minimumIsolation", &Spec::minimum_isolation, "The weakest isolation that services may choose."),
        Field("rotation", &Spec::rotation, "How often credentials must change."),
        Field("exceptions", &Spec::exceptions,
              "Services that may stay below minimumIsolation until a day, such as a shared database while it is taken "
              "apart.",
              Rules().UpTo(64).KeyedBy({"service"})),
        Field("enforcement", &Spec::enforcement,
              "Deny: what breaks the policy is not made. Warn: it is made and shown."),
        Field("drift", &Spec::drift, "What is done about changes that somebody made by hand: Repair or Report."));
    return fields;
  }
};

template <>
struct schema::Table<DataPolicyStatus> {
  static const auto& Fields() {
    static const auto fields = StatusHead<DataPolicyStatus>();
    return fields;
  }
};

const schema::KindFrame& DataPolicyFrame() {
  static const schema::KindFrame frame{
      {kGroup, kVersion, "datapolicies", "DataPolicy", false},
      "datapolicy",
      "dpol",
      "What the platform team allows the services of some namespaces. Where several policies apply the strictest wins.",
      {{"Isolation", "string", ".spec.minimumIsolation", "The weakest isolation that is allowed."},
       {"Enforcement", "string", ".spec.enforcement", "Whether it denies or warns."},
       {"Drift", "string", ".spec.drift", "Whether changes by hand are repaired or reported."},
       {"Engines", "string", ".spec.engines", "The engines that are allowed.", true},
       {"Rotation", "string", ".spec.rotation.atMost", "How old a password may become.", true},
       schema::AgeColumn()},
      {},
      false};
  return frame;
}

const kube::ResourceType& DataPolicyType() { return DataPolicyFrame().type; }

Reading<DataPolicy> ParseDataPolicy(const Json& object) {
  return schema::ParseObject<DataPolicy>(object, DataPolicyFrame());
}
base::Result<DataPolicy> ReadDataPolicy(const Json& object) { return schema::ReadObject<DataPolicy>(object); }
Json ToJson(const DataPolicy& object) { return schema::WriteObject(object, DataPolicyFrame()); }
Json ToJson(const DataPolicySpec& spec) { return schema::Codec<DataPolicySpec>::Write(spec); }
Json ToJson(const DataPolicyStatus& status) { return schema::Codec<DataPolicyStatus>::Write(status); }
Json StatusObject(const kube::ObjectMeta& meta, const DataPolicyStatus& status) {
  return schema::WriteStatus(meta, status, DataPolicyFrame());
}
Json DataPolicyCrd() { return schema::CrdOf<DataPolicy>(DataPolicyFrame()); }

}  // namespace freehold::api
