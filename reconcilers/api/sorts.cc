#include "reconcilers/api/sorts.h"

#include <algorithm>
#include <regex>

namespace freehold::api {

using schema::Matching;
using schema::Text;

namespace {

constexpr const char* kLabel = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
constexpr const char* kSubdomain = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

}  // namespace

const std::vector<std::string>& ReservedNames() {
  static const std::vector<std::string> names = {"postgres", "template0",          "template1", "public",
                                                 "shared",   "information_schema", "freehold",  "none"};
  return names;
}

const std::vector<std::string>& ReservedPrefixes() {
  static const std::vector<std::string> prefixes = {"pg_", "freehold_"};
  return prefixes;
}

bool IsReserved(const std::string& name) {
  return std::ranges::find(ReservedNames(), name) != ReservedNames().end() ||
         std::ranges::any_of(ReservedPrefixes(), [&](const std::string& prefix) { return name.starts_with(prefix); });
}

Text ServiceName() {
  return {1,
          63,
          {Matching("^[a-z]([-a-z0-9]*[a-z0-9])?$",
                    "a service is named by lower case letters, digits and '-', and begins with a letter")}};
}

Text ServiceReference() {
  return {1,
          127,
          {Matching("^(" + std::string(kLabel) + "/)?[a-z]([-a-z0-9]*[a-z0-9])?$",
                    "must be a service of this namespace, or namespace/service")}};
}

Text NamespacedName() {
  return {3, 127, {Matching("^" + std::string(kLabel) + "/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "must be namespace/name")}};
}

Text ObjectName() { return {1, 63, {Matching(kSubdomain, "a name holds lower case letters, digits, '-' and '.'")}}; }

Text SecretName() {
  return {1, 253, {Matching(kSubdomain, "a Secret's name holds lower case letters, digits, '-' and '.'")}};
}

Text ServiceAccountName() {
  return {1, 253, {Matching(kSubdomain, "a ServiceAccount's name holds lower case letters, digits, '-' and '.'")}};
}

Text StoreName() {
  Text text = Identifier("a store");
  text.max_length = kLongestStoreName;
  text.rules.push_back(schema::NoneOf(ReservedNames(), "this name is reserved: choose another"));
  for (const std::string& prefix : ReservedPrefixes()) {
    text.rules.push_back(schema::NotBeginningWith(prefix, "names that begin with " + prefix + " are reserved"));
  }
  return text;
}

Text Identifier(const std::string& what) {
  return {1,
          63,
          {Matching("^[a-z_][a-z0-9_]*$",
                    what + " is named by lower case letters, digits and '_', without a schema or quotes")}};
}

Text ProjectionName() {
  Text text = Identifier("a table");
  text.rules.push_back(schema::NoneOf({"outbox", "inbox"}, "this name belongs to Freehold: choose another"));
  for (const char* prefix : {"outbox_", "inbox_"}) {
    text.rules.push_back(schema::NotBeginningWith(
        prefix, "names that begin with " + std::string(prefix) + " belong to Freehold: choose another"));
  }
  return text;
}

Text ProjectedColumnName() {
  Text text = Identifier("a column");
  text.rules.push_back(schema::NotBeginningWith("_", "columns that begin with _ are Freehold's: choose another name"));
  text.rules.push_back(schema::NoneOf({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"},
                                      "every table has a column of this name: choose another"));
  return text;
}

Text EventPath() {
  return {1,
          128,
          {Matching("^(aggregateid|source|created_at|[$]([.][A-Za-z_][A-Za-z0-9_]*|[.]\"[A-Za-z0-9_ .@/#:+-]+\"|"
                    "[[][0-9]{1,4}])*)$",
                    "must be a path into the payload, like $.price.amount, $.lines[0] or $.\"unit-price\", or one of "
                    "aggregateid, source, created_at")}};
}

Text CamelCase(const std::string& what) {
  return {1, 63, {Matching("^[A-Z][A-Za-z0-9]*$", what + " is named in CamelCase, as in OrderConfirmed")}};
}

Text ExtensionName() {
  return {1, 63, {Matching("^[a-z][a-z0-9_-]*$", "an extension is named by lower case letters, digits, '_' and '-'")}};
}

Text HostName() {
  return {1, 253, {Matching("^[A-Za-z0-9:]([-A-Za-z0-9.:]*[A-Za-z0-9])?$", "must be a host name or an IP address")}};
}

Text HttpUrl() {
  return {1,
          512,
          {Matching("^https?://[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[-A-Za-z0-9._~/]*)?$",
                    "must be a URL like http://connect.kafka:8083, without a user, a query or a fragment")}};
}

Text HostAndPort() {
  return {1,
          269,
          {Matching("^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?:[0-9]{1,5}$",
                    "must be a host and a port, like kafka.example:9093")}};
}

Text TopicPrefix() {
  return {
      1,
      63,
      {Matching("^[a-z0-9]([-a-z0-9_.]*[a-z0-9])?$", "a prefix holds lower case letters, digits, '-', '_' and '.'")}};
}

Text DirectoryPath() {
  return {1, 512, {Matching("^(/[-A-Za-z0-9._]+)+$", "must be an absolute path of letters, digits, '-', '_' and '.'")}};
}

Text RootCert() {
  return {1, 512, {Matching("^(system|(/[-A-Za-z0-9._]+)+)$", "must be the whole path of a file, or system")}};
}

Text SharedDatabaseName() {
  return {1,
          63,
          {Matching("^[a-z_][a-z0-9_]*$", "a database is named by lower case letters, digits and '_'"),
           schema::NoneOf({"postgres", "template0", "template1"}, "this database belongs to the server itself")}};
}

Text Day() {
  // The API server knows the format `date`, so there is no CEL.
  return {1, 10, {{"", "must be a day that exists, like 2027-03-31", [](const std::string& text) {
                     static const std::regex day("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
                     return std::regex_match(text, day) && base::ParseTime(text + "T00:00:00Z").has_value();
                   }}}};
}

Text Prose(std::size_t max_length) { return {1, max_length, {}}; }

}  // namespace freehold::api
