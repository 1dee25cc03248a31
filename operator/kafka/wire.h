// Values as Kafka's protocol writes them. Big-endian; strings and lists have their length in front.
// https://kafka.apache.org/protocol#protocol_types
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace freehold::kafka {

/// Puts a request together.
class Request {
 public:
  Request& Int8(std::int8_t);
  Request& Int16(std::int16_t);
  Request& Int32(std::int32_t);
  Request& Bool(bool value) { return Int8(value ? 1 : 0); }
  Request& String(std::string_view);
  Request& NoString();  ///< null
  Request& Bytes(std::string_view);
  Request& List(std::size_t items) { return Int32(static_cast<std::int32_t>(items)); }
  // Of "flexible" versions: lengths are one more than they are, and each structure ends with tagged fields.
  Request& CompactList(std::size_t items) { return Varint(items + 1); }
  Request& CompactNoList() { return Varint(0); }
  Request& CompactString(std::string_view);
  Request& NoTags() { return Varint(0); }

  const std::string& text() const { return text_; }

 private:
  Request& Varint(std::size_t);
  Request& Integer(std::uint64_t value, int bytes);

  std::string text_;
};

/// Takes a reply apart. What is not there reads as nothing, and `ok` is false from then on.
class Reply {
 public:
  explicit Reply(std::string text) : text_(std::move(text)) {}

  std::int8_t Int8() { return static_cast<std::int8_t>(Integer(1)); }
  std::int16_t Int16() { return static_cast<std::int16_t>(Integer(2)); }
  std::int32_t Int32() { return static_cast<std::int32_t>(Integer(4)); }
  std::string String();  ///< "" for null
  std::string Bytes();
  void Each(const std::function<void()>& read);
  std::string CompactString();  ///< "" for null
  void CompactEach(const std::function<void()>& read);
  void Tags();

  bool ok() const { return ok_; }

 private:
  std::uint64_t Integer(int bytes);
  std::size_t Varint();
  std::string Take(std::size_t length);
  void Repeat(std::size_t items, const std::function<void()>& read);

  std::string text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace freehold::kafka
