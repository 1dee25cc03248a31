#include "commands/controller/view_metrics.h"

namespace freehold::commands {
namespace {

/// A refresh that is due begins within a resync, and others of its warehouse may be before it.
constexpr std::chrono::minutes kPatience{10};

struct Figures {
  double views = 0, failing = 0, overdue = 0, age = 0;
};

Figures FiguresOf(const views::State& state, base::Timestamp now) {
  Figures figures;
  figures.failing = static_cast<double>(state.troubles.size());
  for (const auto& view : state.views) {
    ++figures.views;
    if (!view.error.empty()) ++figures.failing;
    if (view.next_refresh && *view.next_refresh + kPatience < now) ++figures.overdue;
    if (view.last_success) figures.age = std::max(figures.age, static_cast<double>((now - *view.last_success).count()));
  }
  return figures;
}

}  // namespace

std::unique_ptr<runtime::Metrics::Subscription> ShowViews(runtime::Metrics& metrics, const views::Board& board,
                                                          const base::Clock& clock) {
  auto views = metrics.AddGauges("freehold_views", "Materialized views of a warehouse");
  auto failing = metrics.AddGauges("freehold_views_failing", "Views, and ConfigMaps of views, with an error");
  auto overdue = metrics.AddGauges("freehold_views_overdue", "Views that should have been refreshed ten minutes ago");
  auto age = metrics.AddGauges("freehold_view_age_seconds", "Time since the last success of the oldest view");
  return metrics.BeforeText([=, &board, &clock]() mutable {
    std::map<runtime::Labels, double> of_views, of_failing, of_overdue, of_age;
    for (const auto& [warehouse, state] : board.All()) {
      const runtime::Labels labels{{"warehouse", warehouse}};
      const auto figures = FiguresOf(state, clock.Now());
      of_views[labels] = figures.views;
      of_failing[labels] = figures.failing;
      of_overdue[labels] = figures.overdue;
      of_age[labels] = figures.age;
    }
    views.Show(of_views);
    failing.Show(of_failing);
    overdue.Show(of_overdue);
    age.Show(of_age);
  });
}

}  // namespace freehold::commands
