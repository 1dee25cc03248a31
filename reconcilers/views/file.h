// A file with the query of a materialized view. Pure.
#pragma once

#include <expected>
#include <set>
#include <string>
#include <vector>

namespace freehold::views {

struct ViewFile {
  std::string name;                 ///< of the view: the file's, without its ending
  std::string query;                ///< one SELECT, with the comments before it, without a semicolon
  std::vector<std::string> unique;  ///< columns named by "-- unique: day, product" before the query
  std::set<std::string> reads;      ///< relations that it names with their schema: "orders.orders"
};

/// Is the key of a ConfigMap one? Others are passed over.
bool IsViewFile(const std::string& key);

/// The failure says, for people, what is wrong with it. It is parsed by PostgreSQL's own grammar, of version 15.
std::expected<ViewFile, std::string> ReadViewFile(const std::string& key, const std::string& text);

}  // namespace freehold::views
