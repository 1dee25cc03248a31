#include "own_postgres.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "operator/kube/subprocess.h"
#include "operator_world.h"

namespace freehold::test {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Directory(int major) {
  const char* servers = std::getenv("FREEHOLD_TEST_SERVERS");
  if (!servers) throw std::runtime_error("set FREEHOLD_TEST_SERVERS, or run this by dev/with-servers");
  return std::string(servers) + "/own" + std::to_string(major);
}

/// Begins a command of bash that connects as superuser; the password is in no argument.
std::string ConnectedTo(int major) {
  const auto server = PostgresOf(major);
  return "PGPASSWORD='" + server.password + "' PGHOST=" + server.host + " PGPORT=" + std::to_string(server.port) +
         " PGUSER=" + server.user + " PGSSLMODE=verify-full PGSSLROOTCERT='" + server.ca_file + "' ";
}

}  // namespace

OwnPostgres::OwnPostgres(int major, std::vector<std::string> settings) : major_(major), directory_(Directory(major)) {
  for (const auto& setting : settings) settings_ += " '" + setting + "'";
  Start();
  const auto pgpass = ReadFile(directory_ + "/pgpass");
  const auto password = pgpass.substr(pgpass.rfind(':') + 1);
  const auto conninfo = "host=localhost port=" + std::to_string(port()) +
                        " user=postgres dbname=postgres password=" + password.substr(0, password.find('\n')) +
                        " sslrootcert='" + directory_ + "/ca.crt'";
  setenv(("FREEHOLD_TEST_PG" + std::to_string(major)).c_str(), conninfo.c_str(), 1);
}

OwnPostgres::~OwnPostgres() {
  unsetenv(("FREEHOLD_TEST_PG" + std::to_string(major_)).c_str());
  try {
    Stop();
    Run("rm -rf \"$(readlink -f \"$directory/data\")\" \"$directory\"");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

void OwnPostgres::Start() { Run("dev/postgres-up --volatile \"$directory\" \"$major\" postgres" + settings_); }
void OwnPostgres::Stop() { Run("dev/stop \"$directory\""); }
void OwnPostgres::Save() {
  Run("rm -rf \"$directory/saved\"; cp -a \"$(readlink -f \"$directory/data\")\" \"$directory/saved\"");
}

void OwnPostgres::Restore() {
  Run("data=$(readlink -f \"$directory/data\"); find \"$data\" -mindepth 1 -delete; "
      "cp -a \"$directory/saved/.\" \"$data\"");
}

void OwnPostgres::Demote() {
  Run("touch \"$directory/data/standby.signal\"; chown --reference \"$directory/data/PG_VERSION\" "
      "\"$directory/data/standby.signal\"");
}

void OwnPostgres::MoveTo(int major) {
  Run(ConnectedTo(major_) + "pg_dumpall | grep -vE '^(CREATE|ALTER) ROLE postgres[ ;]' >\"$directory/dump.sql\"; " +
      ConnectedTo(major) + "psql -Xq -d postgres -f \"$directory/dump.sql\" >\"$directory/moved.log\" 2>&1");
}

std::string OwnPostgres::log() const { return ReadFile(directory_ + "/postgres.log"); }
int OwnPostgres::port() const { return std::stoi(ReadFile(directory_ + "/port")); }

void OwnPostgres::Run(const std::string& script) const {
  const auto done = kube::RunCommand({.program = "bash",
                                      .arguments = {"-euc", script},
                                      .environment = {{"directory", directory_}, {"major", std::to_string(major_)}}},
                                     std::chrono::seconds(120));
  if (!done) throw std::runtime_error(done.error().message);
}

}  // namespace freehold::test
