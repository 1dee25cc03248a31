// Turns the events of a YAML parser into documents that know where everything stands.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "reconcilers/documents/document.h"

namespace freehold::documents {

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::string file) : file_(std::move(file)) {}

  /// Documents that hold nothing are left out.
  Parsed Take() { return std::move(parsed_); }

  // YAML::EventHandler
  void OnDocumentStart(const YAML::Mark&) override;
  void OnDocumentEnd() override;
  void OnNull(const YAML::Mark&, YAML::anchor_t) override;
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override;
  void OnScalar(const YAML::Mark&, const std::string& tag, YAML::anchor_t, const std::string& value) override;
  void OnSequenceStart(const YAML::Mark&, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark&, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override;
  void OnMapEnd() override;

 private:
  /// A list or a map that is being filled.
  struct Frame {
    Json value;
    YAML::anchor_t anchor = 0;
    std::string path;
    bool awaits_key = false;   ///< maps: the next scalar is a key
    bool drops_value = false;  ///< maps: the next value belongs to a key that can't be used
    bool is_key = false;       ///< stands where a name should stand
    std::string key;
    std::set<std::string> seen;
    Json merged = Json::object();  ///< what `<<` brought in
  };
  struct Anchored {
    Json value;
    std::size_t size = 0;
  };

  void Fault(const YAML::Mark&, std::string message);
  void Key(const YAML::Mark&, const std::string& key);
  void Begin(const YAML::Mark&, YAML::anchor_t, Json empty);
  void End();
  /// A whole value: an item, the value of the pending key, or the document itself.
  void Put(Json value, std::size_t size);
  void Remember(YAML::anchor_t, const Json& value);
  /// Where the next value stands; notes its position unless its key has one.
  std::string Place(const YAML::Mark&);

  const std::string file_;
  Parsed parsed_;
  std::vector<Frame> stack_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  PositionTable positions_;
  Json root_;
  std::size_t size_ = 0;
  bool oversized_ = false;
  int begun_at_ = -1;  ///< where the document begins, in characters
};

}  // namespace freehold::documents
