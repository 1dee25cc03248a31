# PostgreSQL refuses to run as root: as root its programs run as the user `postgres`.
# shellcheck shell=bash

# "${as_postgres[@]}" COMMAND…: runs COMMAND as the user who may run PostgreSQL, in the same process.
as_postgres=()
if ((EUID == 0)); then as_postgres=(setpriv --reuid postgres --regid postgres --init-groups --reset-env --); fi

# enterable_by_postgres DIR: may that user enter DIR, or what exists above it?
enterable_by_postgres() {
  local existing=$1
  until [[ -d $existing ]]; do existing=$(dirname "$existing"); done
  "${as_postgres[@]}" test -x "$existing"
}

# within_reach_of_postgres PREFERRED OTHER: makes and prints the first of the two that this user can enter.
within_reach_of_postgres() {
  local dir=$1
  enterable_by_postgres "$dir" || dir=$2
  mkdir -p "$dir"
  echo "$dir"
}
