// Structured logs: one line per event, with named values, as text for people or as JSON for machines.
//
//   log::Info("credential rotated", {{"store", name}, {"login", login}});
//
// A message is a constant sentence; what varies is a field. Field names are snake_case.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "operator/base/failure.h"
#include "operator/base/sensitive.h"
#include "operator/kube/object.h"

namespace freehold::runtime::log {

enum class Level { kDebug, kInfo, kWarn, kError };

/// What can be logged. A Sensitive can't.
class Value {
 public:
  Value(std::string text) : content_(std::move(text)) {}
  Value(std::string_view text) : content_(std::string(text)) {}
  Value(const char* text) : content_(std::string(text)) {}
  Value(std::same_as<bool> auto truth) : content_(truth) {}
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  Value(Number number) : content_(static_cast<std::int64_t>(number)) {}
  Value(double number) : content_(number) {}
  /// Shown in seconds.
  template <class Rep, class Period>
  Value(std::chrono::duration<Rep, Period> duration) : content_(std::chrono::duration<double>(duration).count()) {}
  Value(const kube::Name& name) : content_(name.ns.empty() ? name.name : name.ns + "/" + name.name) {}
  Value(const base::Sensitive&) = delete;

  using Content = std::variant<std::string, bool, std::int64_t, double>;
  const Content& content() const { return content_; }

 private:
  Content content_;
};

struct Field {
  std::string_view name;
  Value value;
};
using Fields = std::initializer_list<Field>;

/// A source of log lines. Thread-safe.
class Logger {
 public:
  /// `name` outlives the logger: a literal.
  explicit constexpr Logger(std::string_view name) : name_(name) {}

  void Debug(std::string_view message, Fields fields = {}) const { Write(Level::kDebug, message, fields); }
  void Info(std::string_view message, Fields fields = {}) const { Write(Level::kInfo, message, fields); }
  void Warn(std::string_view message, Fields fields = {}) const { Write(Level::kWarn, message, fields); }
  void Error(std::string_view message, Fields fields = {}) const { Write(Level::kError, message, fields); }
  void Write(Level level, std::string_view message, Fields fields) const;

 private:
  std::string_view name_;
};

/// The logger named "freehold".
void Debug(std::string_view message, Fields fields = {});
void Info(std::string_view message, Fields fields = {});
void Warn(std::string_view message, Fields fields = {});
void Error(std::string_view message, Fields fields = {});

enum class Format { kText, kJson };

struct Settings {
  Format format = Format::kText;
  /// What is less is not written.
  Level level = Level::kInfo;
  /// Gets each line, without its end; unset: standard error. One call at a time.
  std::function<void(std::string_view line)> sink;
};

/// Before it is called, lines of kInfo and above go to standard error as text. Thread-safe.
void Configure(Settings settings);

/// "debug", "info", "warn", "error". Terminal "InvalidLogLevel" otherwise.
base::Result<Level> ParseLevel(std::string_view text);
/// "text", "json". Terminal "InvalidLogFormat" otherwise.
base::Result<Format> ParseFormat(std::string_view text);

}  // namespace freehold::runtime::log
