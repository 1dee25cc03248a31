#include "reconcilers/documents/builder.h"

#include <yaml-cpp/exceptions.h>

#include <utility>

#include "reconcilers/api/schema/path.h"
#include "reconcilers/documents/scalar.h"

namespace freehold::documents {
namespace {

/// Aliases of aliases grow without bound; nobody writes this much by hand.
constexpr std::size_t kMostValues = 200'000;

Position PositionOf(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

std::size_t SizeOf(const Json& value) {
  std::size_t size = 1;
  if (value.is_structured()) {
    for (const Json& item : value) size += SizeOf(item);
  }
  return size;
}

}  // namespace

void Builder::Fault(const YAML::Mark& mark, std::string message) {
  parsed_.faults.push_back({file_, PositionOf(mark), std::move(message)});
}

void Builder::OnDocumentStart(const YAML::Mark& mark) {
  // yaml-cpp makes an empty document of what begins none, again and again, without passing over it.
  if (std::exchange(begun_at_, mark.pos) == mark.pos) throw YAML::ParserException(mark, "nothing begins like this");
  positions_ = {{"", PositionOf(mark)}};
  anchors_.clear();
  stack_.clear();
  root_ = nullptr;
  size_ = 0;
  oversized_ = false;
}

void Builder::OnDocumentEnd() {
  if (root_.is_null() || oversized_) return;
  Origin origin{file_, std::make_shared<const PositionTable>(std::move(positions_)), ""};
  parsed_.documents.push_back({std::move(root_), std::move(origin)});
}

std::string Builder::Place(const YAML::Mark& mark) {
  if (stack_.empty()) {
    positions_[""] = PositionOf(mark);
    return {};
  }
  const Frame& frame = stack_.back();
  if (!frame.value.is_array()) return api::schema::PathOf(frame.path, frame.key);
  std::string path = api::schema::PathOf(frame.path, frame.value.size());
  positions_.emplace(path, PositionOf(mark));
  return path;
}

void Builder::Key(const YAML::Mark& mark, const std::string& key) {
  Frame& frame = stack_.back();
  frame.awaits_key = false;
  frame.key = key;
  frame.drops_value = !frame.seen.insert(key).second;
  const std::string path = api::schema::PathOf(frame.path, key);
  if (frame.drops_value) {
    return Fault(mark, path + " is given twice; first in line " + std::to_string(positions_[path].line));
  }
  positions_.emplace(path, PositionOf(mark));
}

void Builder::Remember(YAML::anchor_t anchor, const Json& value) {
  if (anchor) anchors_[anchor] = {value, SizeOf(value)};
}

void Builder::Put(Json value, std::size_t size) {
  size_ += size;
  if (stack_.empty()) return void(root_ = std::move(value));
  Frame& frame = stack_.back();
  if (frame.value.is_array()) return frame.value.push_back(std::move(value));
  frame.awaits_key = true;
  if (frame.drops_value) return;
  if (frame.key == "<<" && value.is_object()) return void(frame.merged = std::move(value));
  frame.value[frame.key] = std::move(value);
}

void Builder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (!stack_.empty() && stack_.back().awaits_key) return Key(mark, "null");
  Place(mark);
  Remember(anchor, nullptr);
  Put(nullptr, 1);
}

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const Anchored& anchored = anchors_[anchor];
  if (!stack_.empty() && stack_.back().awaits_key) {
    return Key(mark, anchored.value.is_string() ? anchored.value.get<std::string>() : anchored.value.dump());
  }
  Place(mark);
  if (size_ + anchored.size <= kMostValues) return Put(anchored.value, anchored.size);
  if (!oversized_) Fault(mark, "the aliases of this document grow beyond all bounds");
  oversized_ = true;
  Put(nullptr, 1);
}

void Builder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       const std::string& value) {
  if (!stack_.empty() && stack_.back().awaits_key) {
    Remember(anchor, value);
    return Key(mark, value);
  }
  Place(mark);
  const Json scalar = tag == "?" ? PlainScalar(value) : Json(value);
  Remember(anchor, scalar);
  Put(scalar, 1);
}

void Builder::Begin(const YAML::Mark& mark, YAML::anchor_t anchor, Json empty) {
  Frame frame;
  frame.is_key = !stack_.empty() && stack_.back().awaits_key;
  if (frame.is_key) Fault(mark, "a name must be a text");
  frame.path = Place(mark);
  frame.awaits_key = empty.is_object();
  frame.value = std::move(empty);
  frame.anchor = anchor;
  stack_.push_back(std::move(frame));
}

void Builder::End() {
  Frame frame = std::move(stack_.back());
  stack_.pop_back();
  if (frame.is_key) {
    stack_.back().awaits_key = false;
    stack_.back().drops_value = true;
    return;
  }
  for (const auto& [key, value] : frame.merged.items()) {
    if (!frame.value.contains(key)) frame.value[key] = value;
  }
  Remember(frame.anchor, frame.value);
  Put(std::move(frame.value), 1);
}

void Builder::OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                              YAML::EmitterStyle::value) {
  Begin(mark, anchor, Json::array());
}
void Builder::OnSequenceEnd() { End(); }
void Builder::OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  Begin(mark, anchor, Json::object());
}
void Builder::OnMapEnd() { End(); }

}  // namespace freehold::documents
