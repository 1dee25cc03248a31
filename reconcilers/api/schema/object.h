// Reader, printer and CRD of a whole kind, from the tables of its spec and status. Instantiated once per kind.
#pragma once

#include "reconcilers/api/fault.h"
#include "reconcilers/api/schema/codec.h"
#include "reconcilers/api/schema/kind.h"

namespace freehold::api::schema {

template <class Kind>
concept HasStatus = requires(Kind kind) { kind.status; };

template <class Kind>
Reading<Kind> ParseObject(const Json& object, const KindFrame& frame) {
  Reading<Kind> reading;
  const Scope scope(reading.faults, true);
  reading.value.meta = ReadFrame(object, frame, scope);
  if (!object.is_object() || !object.contains("spec")) return reading;
  Codec<decltype(Kind::spec)>::Read(object["spec"], reading.value.spec, {}, scope.At("spec"));
  if (!reading.ok()) return reading;
  for (const StructRule<Kind>& condition : ConditionsOf<Kind>()) {
    if (!condition.holds(reading.value)) scope.ReportAt(condition.field, condition.message);
  }
  return reading;
}

template <class Kind>
base::Result<Kind> ReadObject(const Json& object) {
  auto meta = kube::ParseMeta(object);
  if (!meta) return std::unexpected(meta.error());
  Kind kind;
  kind.meta = std::move(*meta);
  std::vector<Fault> faults;
  const Scope scope(faults, false);
  if (object.contains("spec")) Codec<decltype(Kind::spec)>::Read(object["spec"], kind.spec, {}, scope.At("spec"));
  if constexpr (HasStatus<Kind>) {
    if (object.contains("status")) {
      Codec<decltype(Kind::status)>::Read(object["status"], kind.status, {}, scope.At("status"));
    }
  }
  if (faults.empty()) return kind;
  return base::Terminal("InvalidObject", faults.front().path + " " + faults.front().message);
}

template <class Kind>
Json WriteObject(const Kind& kind, const KindFrame& frame) {
  Json object = WriteFrame(kind.meta, frame);
  object["spec"] = Codec<decltype(Kind::spec)>::Write(kind.spec);
  return object;
}

template <class Status>
Json WriteStatus(const kube::ObjectMeta& meta, const Status& status, const KindFrame& frame) {
  kube::ObjectMeta address;
  address.name = meta.name;
  address.ns = meta.ns;
  Json object = WriteFrame(address, frame);
  object["status"] = Codec<Status>::Write(status);
  return object;
}

template <class Kind>
Json CrdOf(const KindFrame& frame) {
  std::vector<Json> root;
  for (const StructRule<Kind>& condition : ConditionsOf<Kind>()) {
    root.push_back(Validation(condition.cel, condition.message, condition.field));
  }
  Json status;
  if constexpr (HasStatus<Kind>) status = Codec<decltype(Kind::status)>::Schema({});
  return Crd(frame, Codec<decltype(Kind::spec)>::Schema({}), std::move(status), root);
}

}  // namespace freehold::api::schema
