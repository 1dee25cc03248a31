# Words that all scripts in dev/ share; sourced, never run.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/freehold

say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# wait_for SECONDS WHAT COMMAND…: until COMMAND succeeds; fails, and says so, when the seconds are over.
wait_for() {
  local seconds=$1 what=$2 deadline=$((SECONDS + $1))
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || { say "error: $what: not within $seconds s"; return 1; }
    sleep 0.1
  done
}

# free_port: prints a port of 127.0.0.1 that nobody listens on. It stays reserved for ten minutes among
# the scripts of this user, so that servers which start at the same moment never choose the same.
free_port() {
  local reserved=${TMPDIR:-/tmp}/freehold-ports.$UID port
  mkdir -p "$reserved"
  # Another script may be at it, too.
  find "$reserved" -mindepth 1 -mmin +10 -delete 2>/dev/null || true
  while true; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
    mkdir "$reserved/$port" 2>/dev/null && break
  done
  echo "$port"
}

# random_password: 32 letters and digits.
random_password() { openssl rand -hex 16; }
