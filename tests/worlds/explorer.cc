#include "tests/worlds/explorer.h"

#include <algorithm>

namespace freehold::worlds {

void Explorer::Grow() {
  std::vector<std::uint32_t> bigger(std::max<std::size_t>(1 << 16, table_.size() * 2), kNone);
  for (std::uint32_t i = 0; i < worlds_.size(); ++i) {
    auto at = HashOf(worlds_[i]) & (bigger.size() - 1);
    while (bigger[at] != kNone) at = (at + 1) & (bigger.size() - 1);
    bigger[at] = i;
  }
  table_ = std::move(bigger);
}

std::uint32_t Explorer::Visit(const World& world, std::uint32_t parent) {
  if (worlds_.size() * 2 >= table_.size()) Grow();
  auto at = HashOf(world) & (table_.size() - 1);
  for (; table_[at] != kNone; at = (at + 1) & (table_.size() - 1)) {
    if (worlds_[table_[at]] == world) return table_[at];
  }
  const auto state = static_cast<std::uint32_t>(worlds_.size());
  table_[at] = state;
  worlds_.push_back(world);
  parents_.push_back(parent);
  fair_.push_back(kNone);
  return state;
}

std::vector<Finding> Explorer::Explore(const std::vector<World>& from, std::size_t limit) {
  for (const auto& world : from) Visit(planner_.Normal(world), kNone);
  Moves::Choice choice;
  std::map<std::string, Finding> found;
  for (std::uint32_t state = 0; state < worlds_.size(); ++state) {
    if (worlds_.size() >= limit) {
      whole_ = false;
      break;
    }
    const World world = worlds_[state];
    moves_.Of(world, choice);
    for (const auto& move : choice.moves) {
      if (!move.broken.empty()) {
        const auto kind =
            move.broken + std::to_string(static_cast<int>(move.kind)) + KindOf(planner_.actions[move.action]);
        if (!found.contains(kind)) found[kind] = {move.broken, Story(state, &move)};
        continue;
      }
      const auto next = Visit(move.next, state);
      if (choice.fair && &move == &choice.moves.front()) fair_[state] = next;
    }
    if (!choice.fair) fair_[state] = state;
  }
  std::vector<Finding> findings;
  for (auto& [kind, finding] : found) findings.push_back(std::move(finding));
  return findings;
}

std::vector<Finding> Explorer::Settle() {
  enum : std::uint8_t { kNew, kUnderWay, kGood };
  std::vector<std::uint8_t> marks(worlds_.size(), kNew);
  std::vector<std::uint32_t> path;
  std::map<std::string, Finding> found;
  for (std::uint32_t begin = 0; begin < worlds_.size(); ++begin) {
    path.clear();
    auto state = begin;
    // Where the exploration stopped nothing is known of what follows.
    while (state != kNone && marks[state] == kNew) {
      marks[state] = kUnderWay;
      path.push_back(state);
      if (fair_[state] == state) {
        ++settled_;
        if (auto why = laws_.Unfinished(worlds_[state]); !why.empty() && !found.contains(why)) {
          found[why] = {why, Story(state, nullptr)};
        }
        break;
      }
      state = fair_[state];
    }
    if (state != kNone && marks[state] == kUnderWay && fair_[state] != state && found.empty()) {
      std::string round = Story(state, nullptr) + "   … and from here it goes round for ever:\n";
      for (auto at = state;;) {
        round += "   - " + Told(at, fair_[at]) + "\n";
        at = fair_[at];
        if (at == state) break;
      }
      found["round"] = {"it never ends", round};
    }
    for (const auto passed : path) marks[passed] = kGood;
  }
  std::vector<Finding> findings;
  for (auto& [kind, finding] : found) findings.push_back(std::move(finding));
  return findings;
}

std::vector<std::uint32_t> Explorer::PathTo(std::uint32_t state) const {
  std::vector<std::uint32_t> path;
  for (; state != kNone; state = parents_[state]) path.push_back(state);
  std::ranges::reverse(path);
  return path;
}

std::string Explorer::Told(std::uint32_t from, std::uint32_t to) {
  Moves::Choice choice;
  moves_.Of(worlds_[from], choice);
  for (const auto& move : choice.moves) {
    if (move.next == worlds_[to]) return moves_.Tell(worlds_[from], move);
  }
  return "something happens";
}

std::string Explorer::Story(std::uint32_t state, const Move* last) {
  const auto path = PathTo(state);
  std::string story;
  int line = 0;
  const auto tell = [&](const std::string& text) { story += "  " + std::to_string(++line) + ". " + text + "\n"; };
  for (std::size_t i = 1; i < path.size(); ++i) tell(Told(path[i - 1], path[i]));
  if (last) tell(moves_.Tell(worlds_[state], *last));
  return story;
}

}  // namespace freehold::worlds
