// What the statements that the planner emits do to a server: a small interpreter, which knows just the statements that
// are meant to come and takes any other for an error of whoever asked.
#pragma once

#include <expected>
#include <stdexcept>
#include <string>

#include "tests/worlds/server.h"

namespace freehold::worlds {

/// A statement that the simulated server was never taught. It is no answer of a server: the model lacks something.
struct UnknownStatement : std::logic_error {
  using std::logic_error::logic_error;
};

/// The server afterwards, or what it would answer; then nothing happened. `script` is one message, so one transaction.
/// Empty `database`: the maintenance one. Every statement in it must be known: throws UnknownStatement otherwise.
std::expected<Server, std::string> Run(const Server&, const std::string& database,
                                       const std::vector<std::string>& script);

}  // namespace freehold::worlds
