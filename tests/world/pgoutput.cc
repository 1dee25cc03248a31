#include "pgoutput.h"

#include <libpq-fe.h>
#include <poll.h>

#include <cstdint>
#include <cstdio>
#include <stdexcept>

namespace freehold::test {
namespace {

constexpr int kPatienceMilliseconds = 10000;

class Message {
 public:
  explicit Message(std::string bytes) : bytes_(std::move(bytes)) {}

  char Letter() { return bytes_.at(at_++); }
  std::int64_t Number(int size) {
    std::int64_t number = 0;
    while (size-- > 0) number = number << 8 | static_cast<unsigned char>(Letter());
    return number;
  }
  std::string Word() {
    std::string word;
    while (const char letter = Letter()) word += letter;
    return word;
  }
  std::string Bytes(std::int64_t size) {
    at_ += static_cast<std::size_t>(size);
    return bytes_.substr(at_ - static_cast<std::size_t>(size), static_cast<std::size_t>(size));
  }

 private:
  const std::string bytes_;
  std::size_t at_ = 0;
};

std::vector<std::string> ColumnsOf(Message& message) {
  message.Number(1);
  std::vector<std::string> columns(static_cast<std::size_t>(message.Number(2)));
  for (auto& column : columns) {
    message.Number(1);
    column = message.Word();
    message.Number(8);
  }
  return columns;
}

StreamedRow RowOf(Message& message, const std::vector<std::string>& columns) {
  StreamedRow row;
  message.Number(2);
  for (const auto& column : columns) {
    auto& value = row[column];
    if (message.Letter() == 't') value = message.Bytes(message.Number(4));
  }
  return row;
}

std::string Bytes(std::int64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
  return bytes;
}

std::int64_t PositionIn(const std::string& text) {
  unsigned high = 0, low = 0;
  if (std::sscanf(text.c_str(), "%X/%X", &high, &low) != 2) throw std::runtime_error("no position: " + text);
  return static_cast<std::int64_t>(high) << 32 | low;
}

}  // namespace

void SlotReader::Close::operator()(pg_conn* connection) const { PQfinish(connection); }

SlotReader::SlotReader(const std::string& conninfo, const std::string& slot, const std::string& publication)
    : connection_(PQconnectdb((conninfo + " replication=database").c_str())) {
  const auto start = "START_REPLICATION SLOT \"" + slot + "\" LOGICAL 0/0 (proto_version '1', publication_names '\"" +
                     publication + "\"')";
  PGresult* reply = PQexec(connection_.get(), start.c_str());
  const bool begun = PQresultStatus(reply) == PGRES_COPY_BOTH;
  PQclear(reply);
  if (!begun) throw std::runtime_error(PQerrorMessage(connection_.get()));
}

std::vector<RowChange> SlotReader::ReadTo(const std::string& position) {
  const auto end = PositionIn(position);
  std::vector<RowChange> changes;
  while (at_ < end) {
    char* bytes = nullptr;
    const int size = PQgetCopyData(connection_.get(), &bytes, 1);
    if (size > 0) {
      const std::string message(bytes, static_cast<std::size_t>(size));
      PQfreemem(bytes);
      Take(message, changes);
      continue;
    }
    pollfd ready{PQsocket(connection_.get()), POLLIN, 0};
    const bool more = size == 0 && poll(&ready, 1, kPatienceMilliseconds) > 0 && PQconsumeInput(connection_.get()) == 1;
    if (!more)
      throw std::runtime_error("the slot's reader was ended: " + std::string(PQerrorMessage(connection_.get())));
  }
  Confirm();
  return changes;
}

void SlotReader::Take(const std::string& bytes, std::vector<RowChange>& changes) {
  Message message(bytes);
  const char kind = message.Letter();
  const auto start = message.Number(8);
  if (kind == 'k') {
    at_ = std::max(at_, start);
    return;
  }
  message.Number(16);
  const char what = message.Letter();
  if (!std::string("RIUD").contains(what)) return;
  const auto number = message.Number(4);
  if (what == 'R') {
    const auto schema = message.Word();
    const auto name = message.Word();
    relations_[number] = {schema + "." + name, ColumnsOf(message)};
    return;
  }
  const auto& relation = relations_.at(number);
  auto& change =
      changes.emplace_back(RowChange{.table = relation.table, .inserted = what == 'I', .left = {}, .row = {}});
  char part = message.Letter();
  if (part == 'K' || part == 'O') {
    change.left = RowOf(message, relation.columns);
    if (what == 'U') part = message.Letter();
  }
  if (part == 'N') change.row = RowOf(message, relation.columns);
}

void SlotReader::Confirm() {
  const auto position = Bytes(at_);
  const auto update = "r" + position + position + position + Bytes(0) + std::string(1, '\0');
  PQputCopyData(connection_.get(), update.data(), static_cast<int>(update.size()));
  PQflush(connection_.get());
}

}  // namespace freehold::test
