// Each way into a store is opened by hand: it is listed with its evidence, its remedy closes it, and so does the
// planner where it may. A login that tries tells whether it really is open.
#pragma once

#include <string>
#include <vector>

#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {

enum class Closes {
  kAnyAdmin,
  kSuperuser,
  kNobody,  ///< its remedy is for people
};

/// Texts name {stranger}, {second} (a role that isn't a login), {owner}, {login}, {db}, {schema}, {services}.
struct Way {
  api::Isolation isolation = api::Isolation::kDatabase;
  std::string opening;     ///< what a superuser runs in the store's database
  std::string by_service;  ///< and before, the service
  std::string principal, right, path, evidence;
  Severity severity = Severity::kCritical;
  std::string attempt;  ///< works for {stranger} while the way is open; empty: there is nothing to try
  Closes closes = Closes::kAnyAdmin;
};

inline constexpr const char* kReadLines = "SELECT note FROM {schema}.order_lines";

/// One line for each, with evidence and remedy.
std::string PrintWithEvidence(const std::vector<ForeignAccess>&);

class RedTeam : public ServerTest {
 protected:
  /// All of it for one way, with a store of its own.
  void Try(const Way& way);
  void MakeStore(api::Isolation);
  std::string Filled(const std::string& text) const;
  void Open(const Way& way);
  /// All that a look lists, this way among it.
  std::vector<ForeignAccess> ExpectListed(const Way& way);
  void ExpectAttempt(const Way& way, bool works);
  void ApplyRemedies(const std::vector<ForeignAccess>&);
  void ExpectClosed(const Way& way, const StoreSeen&);

  Store store_;
  std::string stranger_, second_;
};

}  // namespace freehold::engines::postgres
