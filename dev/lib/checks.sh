# Checks of scripts: each is a sentence and a command; the sum of all goes to the file FREEHOLD_TALLY, if set.
# shellcheck shell=bash

failed_checks=0

# check SENTENCE COMMAND…: holds when COMMAND succeeds; shows what it said when it doesn't.
check() {
  local sentence=$1 said
  shift
  if said=$("$@" 2>&1); then
    record passed "$sentence"
    return
  fi
  record failed "$sentence"
  failed_checks=$((failed_checks + 1))
  printf '%s\n' "$said" | tail -n 20 | sed 's/^/      /'
}

# step SENTENCE COMMAND…: a check of something long, which speaks for itself while it runs.
step() {
  local sentence=$1
  shift
  if "$@"; then
    record passed "$sentence"
    return
  fi
  record failed "$sentence"
  failed_checks=$((failed_checks + 1))
  return 1
}

# check_refused SENTENCE WORDS COMMAND…: holds when COMMAND fails and says WORDS.
check_refused() { check "$1" refused_with "$2" "${@:3}"; }

refused_with() {
  local words=$1 said
  shift
  if said=$("$@" 2>&1); then
    echo "it was accepted: $said"
    return 1
  fi
  grep -qF -- "$words" <<<"$said" || { echo "it said: $said"; return 1; }
}

# record passed|failed SENTENCE
record() {
  printf '  %-6s  %s\n' "$1" "$2"
  [[ -z ${FREEHOLD_TALLY:-} ]] || printf '%s %s\n' "$1" "$2" >>"$FREEHOLD_TALLY"
}

# end_checks: the last line of a script of checks.
end_checks() { ((failed_checks == 0)); }
