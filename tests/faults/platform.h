// What stories have instead of a platform's Kafka and Kafka Connect.
#pragma once

#include <memory>
#include <regex>
#include <stdexcept>

#include "named_bus.h"
#include "played_kafka.h"
#include "played_workers.h"
#include "reconcilers/connect/rest_client.h"
#include "reconcilers/credentials/binding.h"

namespace freehold::test {

/// The administrator's login of a played Kafka, among the operator's Secrets.
class Administrator {
 public:
  explicit Administrator(std::string name) : name_(std::move(name)) {
    Remove();
    const auto put =
        Cluster::Instance().admin().Create(credentials::SecretType(), Cluster::kNamespace,
                                           {{"apiVersion", "v1"},
                                            {"kind", "Secret"},
                                            {"metadata", {{"name", name_}}},
                                            {"stringData", {{"username", "admin"}, {"password", "admin"}}}});
    if (!put) throw std::runtime_error(put.error().message);
  }
  ~Administrator() { Remove(); }
  const std::string& name() const { return name_; }

 private:
  void Remove() {
    (void)Cluster::Instance().admin().Delete(credentials::SecretType(), {Cluster::kNamespace, name_}, "");
  }
  const std::string name_;
};

/// A bus of this world alone, and the workers behind it.
struct Platform {
  explicit Platform(OperatorWorld& world)
      : bus(world.ns),
        administrator(world.ns + "-kafka"),
        workers(std::make_shared<PlayedWorkers>([&world](const std::string& database) {
          return world.postgres.With(database, world.postgres.user, world.postgres.password);
        })),
        client(workers) {}

  /// What Connect has, and whether a source ever made its slot itself. Which slot a copy is of is a matter of chance.
  std::vector<std::string> Connectors() const {
    static const std::regex slot(R"(\.[0-9a-f]{8}(\.sink)?$)");
    std::vector<std::string> lines{std::to_string(workers->slots_made()) + " slots made by sources"};
    for (const auto& [name, connector] : workers->connectors) {
      lines.push_back(std::regex_replace(name, slot, ".slot$1") + " " + connector.state);
    }
    return lines;
  }

  NamedBus bus;
  Administrator administrator;
  PlayedKafka kafka;
  std::shared_ptr<PlayedWorkers> workers;
  connect::RestClient client;
};

}  // namespace freehold::test
