#include "operator/runtime/log_line.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "operator/base/clock.h"
#include "operator/base/json.h"

namespace freehold::runtime::log {
namespace {

std::string_view Name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "info";
}

std::string_view Padded(Level level) {
  switch (level) {
    case Level::kDebug:
      return "DEBUG";
    case Level::kInfo:
      return "INFO ";
    case Level::kWarn:
      return "WARN ";
    case Level::kError:
      return "ERROR";
  }
  return "INFO ";
}

std::string Time(std::chrono::system_clock::time_point time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time - second).count();
  std::string text = base::FormatTime(second);
  text.pop_back();
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(millis));
  return text + fraction.data();
}

base::Json ToJson(const Value& value) {
  return std::visit([](const auto& content) { return base::Json(content); }, value.content());
}

std::string Dump(const base::Json& json) { return json.dump(-1, ' ', false, base::Json::error_handler_t::replace); }

bool ReadsAsOneWord(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
}

/// Escaped as in JSON, without the quotes around it.
std::string Escaped(std::string_view text) {
  const std::string quoted = Dump(base::Json(text));
  return quoted.substr(1, quoted.size() - 2);
}

bool IsReserved(std::string_view name) { return name == "ts" || name == "level" || name == "logger" || name == "msg"; }

}  // namespace

std::string JsonLine(const Event& event) {
  base::Json line{
      {"ts", Time(event.time)}, {"level", Name(event.level)}, {"logger", event.logger}, {"msg", event.message}};
  for (const Field& field : event.fields) {
    line[IsReserved(field.name) ? std::string(field.name) + "_" : std::string(field.name)] = ToJson(field.value);
  }
  return Dump(line);
}

std::string TextLine(const Event& event) {
  std::string line = Time(event.time);
  line.append(" ").append(Padded(event.level)).append(" ").append(event.logger).append("  ");
  line += Escaped(event.message);
  const char* gap = "  ";
  for (const Field& field : event.fields) {
    const auto* text = std::get_if<std::string>(&field.value.content());
    line.append(std::exchange(gap, " ")).append(field.name).append("=");
    line += text && ReadsAsOneWord(*text) ? *text : Dump(ToJson(field.value));
  }
  return line;
}

}  // namespace freehold::runtime::log
