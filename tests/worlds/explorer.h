// Visits every state that can come of some, breadth first, and tells the shortest story of what goes wrong.
#pragma once

#include <string>
#include <vector>

#include "tests/worlds/moves.h"

namespace freehold::worlds {

struct Finding {
  std::string law;    ///< empty: none is broken
  std::string story;  ///< how it comes to that, line by line
};

class Explorer {
 public:
  Explorer(Planner& planner, Laws& laws) : planner_(planner), laws_(laws), moves_(planner, laws) {}

  /// From all of these, at most `limit` states. Of each law that is broken, by each kind of effect, the first story.
  std::vector<Finding> Explore(const std::vector<World>& from, std::size_t limit);
  /// Does every run that is left alone, from every state that was visited, end, and with the world as it should be? Of
  /// each way not to, the first story.
  std::vector<Finding> Settle();

  std::size_t visited() const { return worlds_.size(); }
  bool whole() const { return whole_; }  ///< there was no need to stop at the limit
  std::size_t settled() const { return settled_; }

 private:
  static constexpr std::uint32_t kNone = ~0U;

  std::uint32_t Visit(const World&, std::uint32_t parent);
  void Grow();
  std::vector<std::uint32_t> PathTo(std::uint32_t state) const;
  std::string Story(std::uint32_t state, const Move* last);
  std::string Told(std::uint32_t from, std::uint32_t to);

  Planner& planner_;
  Laws& laws_;
  Moves moves_;
  std::vector<World> worlds_;
  std::vector<std::uint32_t> parents_, fair_;
  std::vector<std::uint32_t> table_;
  bool whole_ = true;
  std::size_t settled_ = 0;
};

}  // namespace freehold::worlds
