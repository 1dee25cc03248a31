// Names and values as they stand in a statement.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace freehold::engines::postgres {

/// "name", always quoted.
std::string QuoteName(std::string_view name);
/// "schema"."name".
std::string QuoteName(std::string_view schema, std::string_view name);
/// "a", "b".
std::string QuoteNames(const std::vector<std::string>& names);
/// 'value'; E'…' when it holds a backslash, so that standard_conforming_strings does not matter.
std::string QuoteValue(std::string_view value);
/// 'a', 'b'; NULL when there is none, so that it may stand in IN (…).
std::string QuoteValues(const std::vector<std::string>& values);
/// {"a","b"}: the text of an array, to be bound to a parameter.
std::string QuoteArray(const std::vector<std::string>& items);
/// key='value' for a connection string.
std::string ConnectParameter(std::string_view key, std::string_view value);
/// The names of a list as the server prints it (search_path): a, "B c" gives {a, B c}.
std::vector<std::string> ParseNames(std::string_view list);

}  // namespace freehold::engines::postgres
