#include "operator/runtime/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <mutex>
#include <utility>

#include "operator/runtime/log_line.h"

namespace freehold::runtime::log {
namespace {

constexpr Logger kDefault("freehold");

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// Hands each line to a function.
class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& line) override { write_({line.payload.data(), line.payload.size()}); }
  void flush_() override {}

  std::function<void(std::string_view)> write_;
};

struct Output {
  Format format;
  std::shared_ptr<spdlog::logger> lines;
};

std::shared_ptr<const Output> Open(const Settings& settings) {
  spdlog::sink_ptr sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  if (settings.sink) sink = std::make_shared<FunctionSink>(settings.sink);
  auto lines = std::make_shared<spdlog::logger>("freehold", std::move(sink));
  lines->set_pattern("%v");
  lines->set_level(ToSpdlog(settings.level));
  lines->flush_on(spdlog::level::trace);
  return std::make_shared<const Output>(Output{settings.format, std::move(lines)});
}

std::mutex output_mutex;

std::shared_ptr<const Output>& CurrentOutput() {
  // Never destroyed: threads may log until the very end of the process.
  static auto& output = *new std::shared_ptr<const Output>(Open({}));
  return output;
}

}  // namespace

void Configure(Settings settings) {
  auto output = Open(settings);
  const std::lock_guard lock(output_mutex);
  CurrentOutput() = std::move(output);
}

void Logger::Write(Level level, std::string_view message, Fields fields) const {
  std::unique_lock lock(output_mutex);
  const auto output = CurrentOutput();
  lock.unlock();
  if (!output->lines->should_log(ToSpdlog(level))) return;
  const Event event{std::chrono::system_clock::now(), level, name_, message, fields};
  const std::string line = output->format == Format::kJson ? JsonLine(event) : TextLine(event);
  output->lines->log(ToSpdlog(level), spdlog::string_view_t(line));
}

void Debug(std::string_view message, Fields fields) { kDefault.Debug(message, fields); }
void Info(std::string_view message, Fields fields) { kDefault.Info(message, fields); }
void Warn(std::string_view message, Fields fields) { kDefault.Warn(message, fields); }
void Error(std::string_view message, Fields fields) { kDefault.Error(message, fields); }

base::Result<Level> ParseLevel(std::string_view text) {
  if (text == "debug") return Level::kDebug;
  if (text == "info") return Level::kInfo;
  if (text == "warn") return Level::kWarn;
  if (text == "error") return Level::kError;
  return base::Terminal("InvalidLogLevel", "\"" + std::string(text) + "\" is none of debug, info, warn, error");
}

base::Result<Format> ParseFormat(std::string_view text) {
  if (text == "text") return Format::kText;
  if (text == "json") return Format::kJson;
  return base::Terminal("InvalidLogFormat", "\"" + std::string(text) + "\" is neither text nor json");
}

}  // namespace freehold::runtime::log
