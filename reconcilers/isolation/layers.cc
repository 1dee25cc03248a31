#include "reconcilers/isolation/layers.h"

#include <openssl/crypto.h>
#include <zlib.h>

#include <array>
#include <cstdint>
#include <string>

namespace freehold::isolation {
namespace {

constexpr int kDepth = 3;
/// 32 bytes, the length of a password, are so many characters.
constexpr std::size_t kShortestRun = 43;
constexpr std::size_t kMostUnpacked = 16 << 20;
constexpr std::uint8_t kSpace = 64, kOther = 65;

/// What a character stands for in base64.
constexpr auto kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kOther);
  for (int i = 0; i < 26; ++i) {
    digits['A' + i] = i;
    digits['a' + i] = 26 + i;
  }
  for (int i = 0; i < 10; ++i) digits['0' + i] = 52 + i;
  digits['+'] = digits['-'] = 62;
  digits['/'] = digits['_'] = 63;
  for (const char c : {' ', '\t', '\r', '\n'}) digits[static_cast<unsigned char>(c)] = kSpace;
  return digits;
}();

/// Text that may hold secrets: overwritten when it goes.
struct Scratch {
  std::string text;
  ~Scratch() { OPENSSL_cleanse(text.data(), text.size()); }
};

/// `digits` from `offset` on; the last one is left out if it is no whole byte.
void Decode(const std::string& digits, std::size_t offset, std::string& bytes) {
  bytes.clear();
  bytes.reserve((digits.size() - offset) * 3 / 4);
  std::uint32_t held = 0;
  int bits = 0;
  for (std::size_t at = offset; at < digits.size(); ++at) {
    held = held << 6 | static_cast<std::uint8_t>(digits[at]);
    bits += 6;
    if (bits >= 8) bytes += static_cast<char>(held >> (bits -= 8));
  }
}

bool Unpack(std::string_view packed, std::string& text) {
  if (!packed.starts_with("\x1f\x8b")) return false;
  z_stream stream{};
  constexpr int kGzip = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzip) != Z_OK) return false;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = packed.size();
  std::array<char, 1 << 16> chunk;
  int status = Z_OK;
  while (status == Z_OK && text.size() < kMostUnpacked) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = chunk.size();
    status = inflate(&stream, Z_NO_FLUSH);
    text.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  OPENSSL_cleanse(chunk.data(), chunk.size());
  return !text.empty();
}

void Descend(std::string_view value, int depth, const std::function<void(std::string_view)>& visit) {
  visit(value);
  if (depth == 0) return;
  if (Scratch unpacked; Unpack(value, unpacked.text)) return Descend(unpacked.text, depth - 1, visit);
  Scratch run, decoded;
  const auto read = [&] {
    for (std::size_t offset = 0; offset < 4 && run.text.size() >= kShortestRun + offset; ++offset) {
      Decode(run.text, offset, decoded.text);
      Descend(decoded.text, depth - 1, visit);
    }
    run.text.clear();
  };
  for (const char c : value) {
    const auto digit = kDigits[static_cast<unsigned char>(c)];
    if (digit < kSpace) {
      run.text += static_cast<char>(digit);
    } else if (digit == kOther) {
      read();
    }
  }
  read();
}

}  // namespace

void EachLayer(std::string_view value, const std::function<void(std::string_view)>& visit) {
  Descend(value, kDepth, visit);
}

}  // namespace freehold::isolation
