// Kafka Connect's REST interface, played in memory as the real one was measured (Kafka 4.3, Debezium 3.7): which status
// answers what, and that offsets go only while a connector is stopped.
//
// What it doesn't show: workers that share their work anew (409), that die or hang, and how long anything takes. The
// real one is in tests/pipeline.
#pragma once

#include <map>
#include <string>

#include "operator/base/json.h"
#include "operator/http/transport.h"
#include "reconcilers/connect/client.h"

namespace freehold::test {

/// Connectors run at once and stop at once, and what failed fails again, unless somebody who knows better overrides
/// that. For one thread.
class PlayedConnect : public http::Transport {
 public:
  base::Result<http::Response> Send(const http::Request& request) final;
  base::Result<http::Response> Stream(const http::Request&, const http::StreamLimits&, const http::LineSink&) final;

  void Run(const std::string& name);
  void Fail(const std::string& name, const std::string& trace);

  bool down = false;
  std::map<std::string, connect::ConnectorSeen> connectors;

 protected:
  virtual void Begin(const std::string& name) { Run(name); }
  virtual void Restart(const std::string& /*name*/) {}
  virtual void End(const std::string& name);
  virtual void ForgetOffsets(const std::string& /*name*/) {}

 private:
  /// A status, by method and what follows the connector's name.
  int Answer(const std::string& method, const std::string& name, const std::string& verb, const std::string& body);
  int Put(const std::string& name, const std::string& body);
  base::Json List() const;
};

}  // namespace freehold::test
