#include "operator/serve/checks.h"

namespace freehold::serve {

void Checks::Add(std::string name, Check check) {
  const std::lock_guard lock(mutex_);
  checks_.emplace_back(std::move(name), std::move(check));
}

Response Checks::Answer() const {
  const std::lock_guard lock(mutex_);
  Response response;
  for (const auto& [name, check] : checks_) {
    const auto fault = check();
    if (fault) response.status = 503;
    response.body += fault ? "[-] " + name + ": " + *fault + "\n" : "[+] " + name + "\n";
  }
  response.body += response.status == 200 ? "ok\n" : "not ok\n";
  return response;
}

}  // namespace freehold::serve
