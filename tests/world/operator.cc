#include "operator.h"

#include <stdexcept>

#include "operator_world.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/engines/postgres/engine.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/policyreports/content.h"

namespace freehold::test {
namespace {

using base::Json;

/// All of a type, or those of one name, which is all that may be asked for of some.
template <class T>
void ListInto(const kube::ResourceType& type, const std::string& ns, base::Result<T> (*read)(const Json&),
              kube::Store<T>& store, const std::string& name = "") {
  std::set<kube::Name> present;
  const auto take = [&](const Json& json) {
    auto object = read(json);
    if (!object) throw std::runtime_error(object.error().message);
    present.insert(object->meta.full_name());
    store.Put(std::make_shared<const T>(std::move(*object)));
  };
  const auto listed = Cluster::Instance().controller().List(
      type, {.ns = ns, .label_selector = {}, .field_selector = name.empty() ? "" : "metadata.name=" + name}, take);
  if (!listed) throw std::runtime_error(listed.error().reason + ": " + listed.error().message);
  for (const auto& object : store.All()) {
    if (!present.contains(object->meta.full_name())) store.Remove(object->meta.full_name());
  }
}

}  // namespace

void Operator::Counter::Before(const runtime::Effect& effect) {
  ++count;
  if (next) next->Before(effect);
}

void Operator::Counter::After(const runtime::Effect& effect, std::chrono::steady_clock::duration took,
                              const base::Failure* failure) {
  if (next) next->After(effect, took, failure);
}

stores::World Operator::World() const {
  return {databases_, servers_, policies_, namespaces_, registry_, indexes_, buses_, &warehouses_, &reports_};
}

Operator::Operator(Surroundings surroundings, runtime::GateObserver* observer)
    : surroundings_(std::move(surroundings)),
      gate_([] { return true; }, surroundings_.clock, &counter_),
      guards_gate_([] { return true; }, surroundings_.clock, &guards_counter_),
      engine_(std::make_unique<engines::postgres::PostgresEngine>(surroundings_.pools)) {
  counter_.next = observer;
  if (surroundings_.counts_guards) guards_counter_.next = &counter_;
  cdc_passwords_.SetKey(base::Sensitive("a key that all lives of the operator know"));
  auto& client = Cluster::Instance().controller();
  const auto& clock = surroundings_.clock;
  guard_reconciler_ = std::make_unique<guards::Reconciler>(
      guards::Reconciler::Parts{.world = World(), .writer = client, .gate = guards_gate_});
  server_reconciler_ = std::make_unique<servers::Reconciler>(
      servers::Reconciler::Parts{servers_, registry_, board_, *engine_, client, client, gate_, clock, [](auto&&...) {}},
      servers::ReconcilerSettings{.operator_namespace = Cluster::kNamespace});
  spare_keeper_ = std::make_unique<servers::SpareKeeper>(
      servers::SpareKeeper::Parts{servers_, registry_, board_, *engine_, client, gate_, clock,
                                  [](const std::string&) { return false; }, [](const std::string&) {}});
  store_reconciler_ = std::make_unique<stores::Reconciler>(
      stores::Reconciler::Parts{World(), board_, *engine_, client, client, gate_, clock,
                                [this](const api::ServiceDatabase&, bool, api::Reason reason, const std::string& note) {
                                  told_.push_back(ToString(reason) + ": " + note);
                                },
                                troubles_, cdc_passwords_},
      stores::ReconcilerSettings{});
  warehouse_reconciler_ = std::make_unique<reporting::Reconciler>(
      reporting::Reconciler::Parts{World(), reports_, board_, *engine_, client, client, gate_, clock, cdc_passwords_,
                                   sights_, connectors_, views_, [](const kube::Name&) {}},
      reporting::ReconcilerSettings{.operator_namespace = Cluster::kNamespace});
  views_reconciler_ = std::make_unique<views::Reconciler>(
      views::Reconciler::Parts{World(), board_, *engine_, client, gate_, clock, views_, [](const kube::Name&) {}},
      views::ReconcilerSettings{.operator_namespace = Cluster::kNamespace});
  channel_reconciler_ = std::make_unique<channels::Reconciler>(
      channels::Reconciler::Parts{World(), board_, *engine_, gate_, clock, troubles_, sights_, [](const kube::Name&) {},
                                  [this](const std::string& part) { return connectors_.Find(part); }});
  bus_reconciler_ = std::make_unique<buses::Reconciler>(buses::Reconciler::Parts{
      buses_, databases_, client, gate_, clock, [this](const std::string& bus) { return connectors_.FindBus(bus); }});
  topics_keeper_ = std::make_unique<topics::Keeper>(topics::Keeper::Parts{
      World(), client, client, gate_, clock, cdc_passwords_, surroundings_.kafka, Cluster::kNamespace});
  connect_reconciler_ = std::make_unique<connect::Reconciler>(connect::Reconciler::Parts{
      World(), board_, *engine_, client, client, gate_, clock, cdc_passwords_, connectors_, surroundings_.connect,
      Cluster::kNamespace, [this](const kube::Name& publisher) { store_reconciler_->ForgetLook(publisher); },
      [](const kube::Name&) {}, [this](const kube::Name& store, bool read) { reports_.PutRead(store, read); },
      topics_keeper_.get()});
  report_reconciler_ = std::make_unique<policyreports::Reconciler>(
      policyreports::Reconciler::Parts{.world = World(),
                                       .shelf = [this]() -> std::shared_ptr<const policyreports::Shelf> {
                                         if (!surroundings_.reports) return nullptr;
                                         return std::make_shared<const policyreports::Shelf>(
                                             *surroundings_.reports, reports_of_namespaces_, reports_of_cluster_);
                                       },
                                       .writer = client,
                                       .gate = gate_});
}

void Operator::ReadSettings() {
  ListInto(api::DataPolicyType(), "", api::ReadDataPolicy, policies_);
  ListInto(stores::NamespaceType(), "", stores::ReadNamespace, namespaces_);
  ListInto(api::EventBusType(), "", api::ReadEventBus, buses_);
  ListInto(api::ReportingWarehouseType(), "", api::ReadReportingWarehouse, warehouses_);
}

void Operator::ReadStates() {
  if (!buses_.All().empty()) ListInto(api::EventBusType(), "", api::ReadEventBus, buses_);
  if (!warehouses_.All().empty()) {
    ListInto(api::ReportingWarehouseType(), "", api::ReadReportingWarehouse, warehouses_);
  }
}

void Operator::ReadObjects() {
  ListInto(api::DatabaseServerType(), "", api::ReadDatabaseServer, servers_);
  const auto before = databases_.All();
  ListInto(api::ServiceDatabaseType(), surroundings_.ns, api::ReadServiceDatabase, databases_);
  for (const auto& object : before) {
    if (databases_.Find(object->meta.full_name())) continue;
    registry_.Erase(object->meta.full_name());
    channel_reconciler_->Reconcile(object->meta.full_name());
  }
  const auto servers = servers_.All();
  for (const auto& object : databases_.All()) {
    const auto place = ownership::PlaceOf(*object, servers).value_or(nullptr);
    registry_.Put(ownership::ClaimantOf(*object), ownership::ClaimsOf(*object, place.get()));
  }
  Guard();
}

void Operator::Guard() {
  const auto list = [&] { ListInto(api::CredentialIndexType(), surroundings_.ns, api::ReadCredentialIndex, indexes_); };
  list();
  const int before = guards_counter_.count;
  if (guards_work_) guard_reconciler_->Reconcile({"", surroundings_.ns});
  if (guards_counter_.count == before) return;
  list();
  ListInto(stores::NamespaceType(), "", stores::ReadNamespace, namespaces_);
}

void Operator::KeepBus() {
  const kube::Name bus{"", surroundings_.ns};
  if (!buses_.Find(bus)) return;
  connect_reconciler_->Reconcile(bus);
  bus_reconciler_->Reconcile(bus);
}

void Operator::KeepReports() {
  if (!surroundings_.reports) return;
  const auto type = [&](policyreports::Scope scope) { return TypeOf(*surroundings_.reports, scope); };
  ListInto(type(policyreports::Scope::kNamespace), surroundings_.ns, policyreports::ReadReport, reports_of_namespaces_,
           policyreports::kReportName);
  ListInto(type(policyreports::Scope::kCluster), "", policyreports::ReadReport, reports_of_cluster_,
           policyreports::kReportName);
  for (const auto& ns : {surroundings_.ns, std::string()}) {
    report_reconciler_->Reconcile({ns, policyreports::kReportName});
  }
}

void Operator::Settle() {
  constexpr int kRounds = 16;
  ReadSettings();
  for (int round = 0; round < kRounds; ++round) {
    const int before = counter_.count;
    if (round > 0) ReadStates();
    ReadObjects();
    server_reconciler_->Reconcile({"", surroundings_.server});
    views_reconciler_->Reconcile({"", surroundings_.server});
    warehouse_reconciler_->Reconcile({"", surroundings_.server});
    for (const auto& object : databases_.All()) store_reconciler_->Reconcile(object->meta.full_name());
    for (const auto& object : databases_.All()) channel_reconciler_->Reconcile(object->meta.full_name());
    spare_keeper_->Reconcile({"", surroundings_.server});
    KeepBus();
    KeepReports();
    surroundings_.meanwhile();
    if (counter_.count == before) return;
  }
  throw std::runtime_error("the operator did not come to rest");
}

runtime::Outcome Operator::Pass(const std::string& name) {
  ReadSettings();
  ReadObjects();
  server_reconciler_->Reconcile({"", surroundings_.server});
  return store_reconciler_->Reconcile({surroundings_.ns, name});
}

}  // namespace freehold::test
