#include "tests/unit/mangle.h"

#include <cstdlib>

namespace freehold::test {

using base::Json;

std::string Mangler::Text(const std::vector<std::string>& seeds) {
  std::string text = seeds[Below(seeds.size())];
  for (std::size_t changes = 1 + Below(4); changes > 0; --changes) Change(text, seeds);
  return text;
}

void Mangler::Change(std::string& text, const std::vector<std::string>& seeds) {
  static const std::vector<std::string> kWords = {"\"",
                                                  "'",
                                                  "{",
                                                  "}",
                                                  "[",
                                                  "]",
                                                  ":",
                                                  ",",
                                                  "\n",
                                                  "\r\n",
                                                  std::string(1, '\0'),
                                                  "\\",
                                                  "\\u0000",
                                                  "\\ud800",
                                                  "\xff",
                                                  "\xc3",
                                                  "-",
                                                  "- ",
                                                  "---\n",
                                                  "&a ",
                                                  "*a",
                                                  "<<: ",
                                                  "!!int ",
                                                  "0",
                                                  "-1",
                                                  "1e999",
                                                  "99999999999999999999",
                                                  "null",
                                                  "true",
                                                  "=",
                                                  "/",
                                                  ";",
                                                  "$",
                                                  "%",
                                                  "\t",
                                                  "  "};
  const auto at = Below(text.size() + 1);
  const auto length = std::min(text.size() - at, 1 + Below(20));
  switch (Below(6)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << Below(8)));
      return;
    case 1:
      text.erase(at, length);
      return;
    case 2:
      text.insert(Below(text.size() + 1), text.substr(at, length));
      return;
    case 3: {
      const auto& other = seeds[Below(seeds.size())];
      const auto from = Below(other.size() + 1);
      text.insert(at, other.substr(from, 1 + Below(40)));
      return;
    }
    case 4:
      text.resize(at);
      return;
    default:
      text.insert(at, kWords[Below(kWords.size())]);
  }
}

Json* Mangler::AnyPlace(Json& in) {
  Json* place = &in;
  while (place->is_structured() && !place->empty() && Below(5) > 0) {
    auto next = place->begin();
    std::advance(next, Below(place->size()));
    place = &*next;
  }
  return place;
}

Json Mangler::Strange() {
  static const std::vector<Json> kValues = {nullptr,        true,      -1,           0,      1.5,      INT64_MAX,
                                            UINT64_MAX,     "",        "text",       "a\nb", "\u202E", Json::array(),
                                            Json::object(), {nullptr}, {{"name", 7}}};
  return kValues[Below(kValues.size())];
}

Json Mangler::Value(const std::vector<Json>& seeds) {
  Json value = seeds[Below(seeds.size())];
  for (std::size_t changes = 1 + Below(3); changes > 0; --changes) {
    Json* place = AnyPlace(value);
    if (place->is_structured() && !place->empty() && Below(3) == 0) {
      auto victim = place->begin();
      std::advance(victim, Below(place->size()));
      place->erase(victim);
    } else if (Below(4) == 0) {
      const Json moved = *AnyPlace(value);
      *AnyPlace(value) = moved;
    } else {
      *place = Strange();
    }
  }
  return value;
}

int FuzzRounds() {
  const char* rounds = std::getenv("FREEHOLD_FUZZ_ROUNDS");
  return rounds ? std::atoi(rounds) : 300;
}

}  // namespace freehold::test
