// The materialized views of a warehouse: as they are wanted, and as they are.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace freehold::engines {

/// The role that owns a warehouse's views and runs their queries: "warehouse_views". It is a reader without login.
std::string ViewsRoleOf(const std::string& database);

struct ViewWanted {
  std::string schema, name;
  std::string query;                ///< one SELECT, without a semicolon at its end
  std::vector<std::string> unique;  ///< columns that tell its rows apart; may be empty
  std::string digest;               ///< of both
  std::chrono::milliseconds statement_timeout{};

  std::string full_name() const { return schema + "." + name; }
  bool operator==(const ViewWanted&) const = default;
};

/// What one warehouse is to have.
struct Views {
  std::string database;
  std::set<std::string> schemas;     ///< all that hold views, those of left_alone among them
  std::vector<ViewWanted> views;     ///< what one reads comes before it
  std::set<std::string> kept;        ///< full names of views that stay as they are
  std::set<std::string> left_alone;  ///< schemas of which it isn't known what they are to hold
};

struct ViewSeen {
  std::string digest;           ///< of what it was made from
  bool unique = false;          ///< it can be read while it is refreshed
  std::set<std::string> reads;  ///< other views of these, by full name
  std::int64_t rows = 0;        ///< about as many
  bool operator==(const ViewSeen&) const = default;
};

struct ViewSchemaSeen {
  bool ours = false;  ///< made for views
  bool open = false;  ///< to the role and to readers
  bool operator==(const ViewSchemaSeen&) const = default;
};

struct ViewsSeen {
  bool exists = false;   ///< the database
  std::string comment;   ///< of it
  bool readers = false;  ///< there is the role that all readers are members of
  bool role = false;     ///< see ViewsRoleOf
  std::map<std::string, ViewSchemaSeen> schemas;
  std::map<std::string, ViewSeen> views;  ///< by full name; those that others took the place of, too
};

}  // namespace freehold::engines
