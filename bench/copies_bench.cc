// What looking for copies of credentials costs: many Secrets of 1 KiB in the shapes that people keep, read from a real
// API server, beside a bare loop that reads the same pages and looks at nothing. Prints Markdown:
// freehold_copies_bench [SECRETS]
#include <atomic>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <thread>

#include "commands/audit/copies.h"
#include "figures.h"
#include "operator_world.h"
#include "reconcilers/credentials/password.h"
#include "reconcilers/engines/postgres/engine.h"

namespace freehold::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kCredentials = 200;
const std::string kNs = "copies-bench";

std::string Letters(std::size_t count) {
  std::string text;
  while (text.size() < count) text += credentials::MintPassword().Reveal();
  text.resize(count);
  return text;
}

/// A text, a token, a file of variables, one long run of letters: 1 KiB in all.
base::Json SecretOf(int number) {
  std::string variables;
  while (variables.size() < 300) variables += "VARIABLE_" + Letters(6) + "=" + Letters(20) + "\n";
  return {{"metadata", {{"name", "s" + std::to_string(number)}}},
          {"stringData",
           {{"notes", std::string(180, ' ') + "the quick brown fox jumps over the lazy dog and over the fence"},
            {"token", Letters(32)},
            {"env", variables},
            {"blob", Letters(400)}}}};
}

void MakeSecrets(int count) {
  auto& admin = test::Cluster::Instance().admin();
  (void)admin.Create(stores::NamespaceType(), "", {{"metadata", {{"name", kNs}}}});
  std::atomic<int> next{0};
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 16; ++thread) {
    threads.emplace_back([&] {
      for (int number = next++; number < count; number = next++) {
        const auto made = admin.Create(credentials::SecretType(), kNs, SecretOf(number));
        if (!made) std::cerr << made.error().message << "\n";
      }
    });
  }
}

Seconds Bare() {
  const auto began = Clock::now();
  std::size_t seen = 0;
  for (const char* plural : {"secrets", "configmaps"}) {
    (void)test::Cluster::Instance().admin().List({"", "v1", plural, "", true},
                                                 {.ns = {}, .label_selector = {}, .field_selector = {}, .limit = 100},
                                                 [&](const base::Json&) { ++seen; });
  }
  return Clock::now() - began;
}

Seconds Looked(const std::vector<commands::audit::Credential>& credentials,
               std::span<const commands::audit::PreviousPassword> previous, isolation::AccessModel& model) {
  const engines::postgres::PostgresEngine engine;
  const auto began = Clock::now();
  commands::audit::FindCopies({credentials, previous, {}, base::SystemClock().Now()}, engine,
                              test::Cluster::Instance().admin(), model);
  return Clock::now() - began;
}

void Measure(int count) {
  MakeSecrets(count);
  std::vector<commands::audit::Credential> credentials;
  for (int i = 0; i < kCredentials; ++i) {
    credentials.push_back({.store = "shop/s" + std::to_string(i),
                           .service = {},
                           .login = {},
                           .secret = {"shop", "s" + std::to_string(i) + ".freehold"},
                           .password = credentials::MintPassword()});
  }
  base::Json copy = SecretOf(count);
  copy["stringData"]["url"] = "postgresql://x:" + credentials[7].password.Reveal() + "@pg/x";
  (void)test::Cluster::Instance().admin().Create(credentials::SecretType(), kNs, copy);
  const engines::postgres::PostgresEngine engine;
  const std::vector<commands::audit::PreviousPassword> previous = {
      {"shop/s0", engine.MakeVerifier(credentials::MintPassword())}};
  isolation::AccessModel model, with_previous;
  const auto bare = Bare();
  const auto looked = Looked(credentials, {}, model);
  const auto compared = Looked(credentials, previous, with_previous);
  std::cout << std::fixed << std::setprecision(2) << "### Copies of " << kCredentials << " credentials in " << count
            << " Secrets of 1 KiB\n\n| pass | s |\n|---|---|\n| bare loop: list the same pages | " << bare.count()
            << " |\n| look for copies | " << looked.count() << " |\n| and for one previous password | "
            << compared.count() << " |\n\nFound: " << model.Findings().size()
            << " of 1. Not compared: " << with_previous.unknown.size() << ".\n";
  (void)test::Cluster::Instance().admin().Delete(stores::NamespaceType(), {"", kNs}, "");
}

}  // namespace
}  // namespace freehold::bench

int main(int argc, char** argv) {
  try {
    freehold::bench::Measure(argc > 1 ? std::atoi(argv[1]) : 10000);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "freehold_copies_bench: " << error.what() << "\n";
    return 1;
  }
}
