// The words of SQL, as far as the planner's statements have them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freehold::worlds {

struct Token {
  enum class Kind { kWord, kName, kText, kSign } kind = Kind::kWord;
  std::string value;  ///< a word as written, a name or a text without its quotes
};

std::vector<Token> Tokens(std::string_view sql);

/// Reads tokens from the front.
class Reader {
 public:
  explicit Reader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  bool AtEnd() const { return at_ == tokens_.size(); }
  /// Goes past these words and signs, in this order, or stays where it is.
  bool Take(std::string_view words);
  std::optional<std::string> Name();
  /// "a", "b"
  std::optional<std::vector<std::string>> Names();
  std::optional<std::string> Text();
  std::optional<std::string> Word();
  std::string Rest();
  std::size_t at() const { return at_; }
  void Back(std::size_t at) { at_ = at; }

 private:
  std::optional<std::string> One(Token::Kind);

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace freehold::worlds
