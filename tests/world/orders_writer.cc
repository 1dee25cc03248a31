#include "orders_writer.h"

#include "await.h"

namespace freehold::test {
namespace {

constexpr int kAggregates = 4;
/// More than that is a test of speed, and the events of it take what else is tested from its CPU.
constexpr std::chrono::milliseconds kPace{20};

}  // namespace

OrdersWriter::OrdersWriter(std::string where, int number) : where_(std::move(where)), number_(number) {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    std::mutex own;
    std::condition_variable_any stopped;
    for (std::unique_lock lock(own); !stop.stop_requested(); stopped.wait_for(lock, stop, kPace, [] { return false; })) {
      Write();
    }
  });
}

void OrdersWriter::Join() {
  thread_.request_stop();
  thread_.join();
}

void OrdersWriter::Write() {
  const auto number = std::to_string(written_ + 1);
  const auto order = std::to_string(number_ * kAggregates + written_ % kAggregates);
  const auto id = "md5('" + std::to_string(number_) + " " + number + "')::uuid";
  const bool gone = written_ % 11 == 10;
  const auto row = gone ? "DELETE FROM orders WHERE id = " + order
                        : "INSERT INTO orders VALUES (" + order + ", " + number +
                              ") ON CONFLICT (id) DO UPDATE SET total = excluded.total";
  const auto event = "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload) VALUES (" + id +
                     ", 'Order', '" + order + "', 'OrderConfirmed', '{\"id\": " + order + ", \"total\": " + number +
                     "}')";
  // When the answer to a commit was lost, the service's own note tells whether it was done.
  const auto done = Await(std::chrono::seconds(120), [&] {
    try {
      if (!session_) session_.emplace(where_);
      if (session_->Query("SELECT count(*) FROM noted WHERE id = " + id).front() == "1") return true;
      session_->Query("BEGIN; INSERT INTO noted VALUES (" + id + "); " + row + "; " + event + "; COMMIT");
      return true;
    } catch (const std::exception&) {
      session_.reset();
      return false;
    }
  });
  if (done) ++written_;
}

}  // namespace freehold::test
