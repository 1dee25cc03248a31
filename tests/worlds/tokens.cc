#include "tests/worlds/tokens.h"

#include <cctype>

namespace freehold::worlds {
namespace {

/// What stands between two quotes; a doubled one is one of the text.
std::string Quoted(std::string_view sql, std::size_t& at) {
  const char quote = sql[at++];
  std::string value;
  for (; at < sql.size(); ++at) {
    if (sql[at] == quote) {
      if (at + 1 == sql.size() || sql[at + 1] != quote) break;
      ++at;
    }
    value += sql[at];
  }
  ++at;
  return value;
}

bool IsOfWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-'; }

}  // namespace

std::vector<Token> Tokens(std::string_view sql) {
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < sql.size();) {
    if (std::isspace(static_cast<unsigned char>(sql[at]))) {
      ++at;
    } else if (sql[at] == '"') {
      tokens.push_back({Token::Kind::kName, Quoted(sql, at)});
    } else if (sql[at] == '\'') {
      tokens.push_back({Token::Kind::kText, Quoted(sql, at)});
    } else if (IsOfWord(sql[at])) {
      const auto begin = at;
      while (at < sql.size() && IsOfWord(sql[at])) ++at;
      tokens.push_back({Token::Kind::kWord, std::string(sql.substr(begin, at - begin))});
    } else {
      tokens.push_back({Token::Kind::kSign, std::string(1, sql[at++])});
    }
  }
  return tokens;
}

bool Reader::Take(std::string_view words) {
  const auto wanted = Tokens(words);
  if (at_ + wanted.size() > tokens_.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (tokens_[at_ + i].kind != wanted[i].kind || tokens_[at_ + i].value != wanted[i].value) return false;
  }
  at_ += wanted.size();
  return true;
}

std::optional<std::string> Reader::One(Token::Kind kind) {
  if (AtEnd() || tokens_[at_].kind != kind) return std::nullopt;
  return tokens_[at_++].value;
}

std::optional<std::string> Reader::Name() { return One(Token::Kind::kName); }
std::optional<std::string> Reader::Text() { return One(Token::Kind::kText); }
std::optional<std::string> Reader::Word() { return One(Token::Kind::kWord); }

std::optional<std::vector<std::string>> Reader::Names() {
  std::vector<std::string> names;
  do {
    auto name = Name();
    if (!name) return std::nullopt;
    names.push_back(std::move(*name));
  } while (Take(","));
  return names;
}

std::string Reader::Rest() {
  std::string rest;
  for (auto i = at_; i < tokens_.size(); ++i) rest += (rest.empty() ? "" : " ") + tokens_[i].value;
  return rest;
}

}  // namespace freehold::worlds
