#include "reconcilers/engines/reporting.h"

#include <algorithm>

#include "operator/base/text.h"
#include "reconcilers/engines/views.h"

namespace freehold::engines {
namespace {

constexpr const char* kWarehouse = "freehold: warehouse ";
constexpr const char* kSink = "_sink";
constexpr std::size_t kLongestPart = 20;
constexpr std::size_t kLongestReader = 50;

std::string DigestOf(const std::string& text) { return base::Sha256Hex(text).substr(0, 8); }

}  // namespace

std::string FeedOf(const Layout& source) {
  auto part = source.owner.substr(0, std::min(source.owner.rfind('_'), kLongestPart));
  for (char& c : part) {
    const bool fit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (!fit) c = '_';
  }
  return "_" + part + "_" + DigestOf(source.database + "\n" + source.schema + "\n" + source.owner);
}

std::string SinkRoleOf(const std::string& database, const std::string& feed, const std::string& slot) {
  return feed.substr(1) + "_" + DigestOf(database + "\n" + slot) + kSink;
}

bool IsSinkOf(const std::string& role, const std::string& feed) {
  return role.starts_with(feed.substr(1) + "_") && role.ends_with(kSink);
}

std::string BeatTableOf(const std::string& feed) { return "freehold_" + feed; }

std::array<std::string, 2> ReaderLogins(const std::string& database, const std::string& reader) {
  auto name = database + "_" + reader;
  std::ranges::replace(name, '-', '_');
  if (name.size() > kLongestReader) name = name.substr(0, kLongestReader - 9) + "_" + DigestOf(name);
  return {name + "_1", name + "_2"};
}

std::string WarehouseComment(const std::string& name, const std::string& uid) {
  return kWarehouse + name + ", uid " + uid;
}

std::string ViewsRoleOf(const std::string& database) { return database + "_views"; }

bool IsWarehouseComment(const std::string& comment) { return comment.starts_with(kWarehouse); }

}  // namespace freehold::engines
