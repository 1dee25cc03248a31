#include "reconcilers/policyreports/shelf.h"

#include "operator/runtime/log.h"
#include "reconcilers/policyreports/content.h"

namespace freehold::policyreports {
namespace {

using base::Result;
using runtime::Again;
using runtime::Done;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("policyreports");
constexpr std::array kScopes = {Scope::kNamespace, Scope::kCluster};
/// How long a look waits for the first lists; they are looked for again afterwards.
constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(5);
constexpr std::chrono::milliseconds kSoon = std::chrono::seconds(1);

/// Ours by their name: the only ones that the controller has a right to see.
kube::ListOptions OfOurName() { return {.ns = {}, .field_selector = std::string("metadata.name=") + kReportName}; }

bool IsMissing(const base::Failure& failure) { return failure.http_status == 404; }

}  // namespace

class ShelfKeeper::Watched {
 public:
  Watched(Api api, const Parts& parts)
      : shelf_{api, of_namespaces_, of_cluster_},
        namespaces_(parts.source, Settings(TypeOf(api, Scope::kNamespace), parts), of_namespaces_, ReadReport,
                    Listener(parts)),
        cluster_(parts.source, Settings(TypeOf(api, Scope::kCluster), parts), of_cluster_, ReadReport,
                 Listener(parts)) {}

  const Shelf& shelf() const { return shelf_; }
  bool WaitSynced() const { return namespaces_.WaitSynced(kPatience) && cluster_.WaitSynced(kPatience); }
  void Stop() {
    namespaces_.Stop();
    cluster_.Stop();
  }

 private:
  static kube::WatchSettings Settings(const kube::ResourceType& type, const Parts& parts) {
    return {.type = type,
            .options = OfOurName(),
            .pauses = {},
            .on_failure = [look_again = parts.look_again](const base::Failure& failure) {
              if (IsMissing(failure)) look_again();
            }};
  }
  static kube::StoreFeed<ReportSeen>::OnChange Listener(const Parts& parts) {
    return [changed = parts.report_changed](const kube::Name& name, kube::ObjectChange, bool) {
      if (name.name == kReportName) changed(name);
    };
  }

  kube::Store<ReportSeen> of_namespaces_;
  kube::Store<ReportSeen> of_cluster_;
  const Shelf shelf_;
  kube::Watcher<ReportSeen> namespaces_;
  kube::Watcher<ReportSeen> cluster_;
};

ShelfKeeper::ShelfKeeper(Parts parts) : parts_(std::move(parts)) {}
ShelfKeeper::~ShelfKeeper() { Close(); }

Outcome ShelfKeeper::Look() {
  const auto found = Find();
  if (!found) return Failed{found.error()};
  SwitchTo(found->best);
  std::shared_ptr<Watched> watched;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Done{};
    watched = watched_;
  }
  if (!watched) return Again{.after = parts_.every};
  if (!watched->WaitSynced()) return Again{.after = kSoon};
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = !std::exchange(shown_, true);
  }
  if (first) parts_.shelf_changed();
  if (found->other && cleared_ != found->other) {
    if (const auto cleared = Clear(*found->other); !cleared) return Failed{cleared.error()};
    cleared_ = found->other;
  }
  return Again{.after = parts_.every};
}

std::shared_ptr<const Shelf> ShelfKeeper::Current() const {
  const std::lock_guard lock(mutex_);
  if (!watched_ || !shown_) return nullptr;
  return {watched_, &watched_->shelf()};
}

void ShelfKeeper::Close() {
  std::shared_ptr<Watched> watched;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    watched = std::exchange(watched_, nullptr);
  }
  if (watched) watched->Stop();
}

Result<ShelfKeeper::Found> ShelfKeeper::Find() const {
  Found found;
  for (const Api api : kApis) {
    const auto serves = Serves(api);
    if (!serves) return std::unexpected(serves.error());
    if (*serves) (found.best ? found.other : found.best) = api;
  }
  return found;
}

/// Both kinds of it, so that a definition that is half installed waits for its other half.
Result<bool> ShelfKeeper::Serves(Api api) const {
  for (const Scope scope : kScopes) {
    auto options = OfOurName();
    options.limit = 1;
    const auto page = parts_.source.ListPage(TypeOf(api, scope), options, "", {});
    if (page) continue;
    if (page.error().kind == base::FailureClass::kTerminal) return false;
    return std::unexpected(page.error());
  }
  return true;
}

void ShelfKeeper::SwitchTo(std::optional<Api> api) {
  std::shared_ptr<Watched> before;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    const auto now = watched_ ? std::optional(watched_->shelf().api) : std::nullopt;
    if (api == now && (api || told_missing_)) return;
    before = std::exchange(watched_, api ? std::make_shared<Watched>(*api, parts_) : nullptr);
    shown_ = false;
    cleared_.reset();
    told_missing_ = !api;
  }
  if (before) before->Stop();
  if (api) {
    kLog.Info("keeping reports", {{"api", ToString(*api)}});
  } else {
    kLog.Warn("no reports are kept: neither openreports.io nor wgpolicyk8s.io is served, or neither may be read");
  }
}

Result<void> ShelfKeeper::Clear(Api api) const {
  for (const Scope scope : kScopes) {
    const auto& type = TypeOf(api, scope);
    std::map<kube::Name, std::string> ours;
    const auto listed = parts_.reader.List(type, OfOurName(), [&](const base::Json& object) {
      const auto seen = ReadReport(object);
      if (seen && seen->ours() && seen->meta.name == kReportName) ours[seen->meta.full_name()] = seen->meta.uid;
    });
    if (!listed) return std::unexpected(listed.error());
    for (const auto& [name, uid] : ours) {
      auto gone = parts_.gate.Pass({"api", "delete-report", ToString(name)},
                                   [&] { return parts_.writer.Delete(type, name, uid); });
      if (!gone) return gone;
    }
  }
  return {};
}

}  // namespace freehold::policyreports
