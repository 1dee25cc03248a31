#include "operator/kafka/wire.h"

namespace freehold::kafka {

Request& Request::Integer(std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) text_ += static_cast<char>(value >> shift & 0xff);
  return *this;
}

Request& Request::Int8(std::int8_t value) { return Integer(static_cast<std::uint8_t>(value), 1); }
Request& Request::Int16(std::int16_t value) { return Integer(static_cast<std::uint16_t>(value), 2); }
Request& Request::Int32(std::int32_t value) { return Integer(static_cast<std::uint32_t>(value), 4); }

Request& Request::String(std::string_view value) {
  Int16(static_cast<std::int16_t>(value.size()));
  text_ += value;
  return *this;
}

Request& Request::NoString() { return Int16(-1); }

Request& Request::Bytes(std::string_view value) {
  Int32(static_cast<std::int32_t>(value.size()));
  text_ += value;
  return *this;
}

Request& Request::CompactString(std::string_view value) {
  Varint(value.size() + 1);
  text_ += value;
  return *this;
}

Request& Request::Varint(std::size_t value) {
  for (; value >= 0x80; value >>= 7) text_ += static_cast<char>((value & 0x7f) | 0x80);
  text_ += static_cast<char>(value);
  return *this;
}

std::string Reply::Take(std::size_t length) {
  if (length > text_.size() - at_) {
    ok_ = false;
    at_ = text_.size();
    return {};
  }
  at_ += length;
  return text_.substr(at_ - length, length);
}

std::uint64_t Reply::Integer(int bytes) {
  std::uint64_t value = 0;
  for (const unsigned char byte : Take(static_cast<std::size_t>(bytes))) value = value << 8 | byte;
  return value;
}

std::size_t Reply::Varint() {
  std::size_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    const auto byte = static_cast<std::size_t>(Integer(1));
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  ok_ = false;
  return 0;
}

std::string Reply::String() {
  const auto length = Int16();
  return length < 0 ? "" : Take(static_cast<std::size_t>(length));
}

std::string Reply::Bytes() {
  const auto length = Int32();
  return length < 0 ? "" : Take(static_cast<std::size_t>(length));
}

std::string Reply::CompactString() {
  const auto length = Varint();
  return length == 0 ? "" : Take(length - 1);
}

void Reply::Repeat(std::size_t items, const std::function<void()>& read) {
  for (std::size_t item = 0; ok_ && item < items; ++item) read();
}

void Reply::Each(const std::function<void()>& read) {
  const auto items = Int32();
  if (items > 0) Repeat(static_cast<std::size_t>(items), read);
}

void Reply::CompactEach(const std::function<void()>& read) {
  const auto items = Varint();
  if (items > 0) Repeat(items - 1, read);
}

void Reply::Tags() {
  Repeat(Varint(), [this] {
    Varint();
    Take(Varint());
  });
}

}  // namespace freehold::kafka
