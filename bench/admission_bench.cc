// Admission latency: of a Pod with guards on and off, and of the webhook at a hundred requests a second. Prints
// Markdown: freehold_admission_bench [PODS [DATABASES [RATE]]]
#include "admission_bench.h"

#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "operator/kube/subprocess.h"

namespace freehold::bench {
namespace {

std::string Milliseconds(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

double At(const Times& times, double share) { return Percentile(times.each, share).count() * 1000; }

}  // namespace

std::string Shell(const std::string& script) {
  const char* kubeconfig = std::getenv("FREEHOLD_TEST_KUBECONFIG");
  if (!kubeconfig) throw std::runtime_error("set FREEHOLD_TEST_KUBECONFIG, or run this by dev/with-servers");
  const auto said =
      kube::RunCommand({.program = "bash", .arguments = {"-euc", script}, .environment = {{"KUBECONFIG", kubeconfig}}},
                       std::chrono::seconds(300));
  if (!said) throw std::runtime_error(said.error().message);
  return said->Reveal();
}

void Install(const std::string& values) {
  Shell("helm upgrade --install freehold charts/freehold -n freehold-system --create-namespace --set '" + values +
        ",controller.enabled=false' >&2");
}

std::string Latencies(const std::string& title, const std::vector<Times>& all) {
  std::string text = "### " + title + "\n\n| | n | p50 ms | p99 ms |\n|---|---|---|---|\n";
  for (const Times& times : all) {
    text += "| " + times.who + " | " + std::to_string(times.each.size()) + " | " + Milliseconds(At(times, 0.5)) +
            " | " + Milliseconds(At(times, 0.99)) + " |\n";
  }
  const Times &first = all.front(), &last = all.back();
  return text + "\n" + last.who + " to " + first.who + ": p50 **" + Milliseconds(At(last, 0.5) / At(first, 0.5)) +
         "**, p99 **" + Milliseconds(At(last, 0.99) / At(first, 0.99)) + "**\n\n";
}

}  // namespace freehold::bench

int main(int argc, char** argv) {
  using namespace freehold::bench;
  try {
    if (argc == 4 && std::string(argv[1]) == "yes-server") {
      RunYesServer(std::atoi(argv[2]), argv[3]);
      return 0;
    }
    MeasurePods(argc > 1 ? std::atoi(argv[1]) : 1000);
    MeasureReviews(argv[0], argc > 2 ? std::atoi(argv[2]) : 1000, argc > 3 ? std::atoi(argv[3]) : 100);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "freehold_admission_bench: " << error.what() << "\n";
    return 1;
  }
}
