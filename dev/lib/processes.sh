# Background processes of a directory: DIR/NAME.pid holds the process id, its start time (a process id may
# be given anew by the kernel, the pair isn't) and the signal that stops it; DIR/NAME.log what it said.
# shellcheck shell=bash

# start_time_of PID: nothing when there is no such process, or only its zombie.
start_time_of() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'; }

# launch DIR NAME SIGNAL COMMAND…: starts COMMAND detached from the terminal.
launch() {
  local dir=$1 name=$2 signal=$3
  shift 3
  setsid "$@" </dev/null >>"$dir/$name.log" 2>&1 &
  echo "$! $(start_time_of $!) $signal" >"$dir/$name.pid"
}

# is_running DIR NAME
is_running() {
  local pid start _
  [[ -f $1/$2.pid ]] || return 1
  read -r pid start _ <"$1/$2.pid"
  [[ -n $start && $(start_time_of "$pid") == "$start" ]]
}

# stop DIR NAME: sends its signal, waits until it is gone, and kills it when that takes longer than 30 s.
stop() {
  local dir=$1 name=$2 pid signal _
  if is_running "$dir" "$name"; then
    read -r pid _ signal <"$dir/$name.pid"
    kill "-$signal" "$pid"
    wait_until_gone "$dir" "$name" || kill -KILL "$pid"
  fi
  rm -f "$dir/$name.pid"
}

wait_until_gone() { wait_for 30 "end of $2" not_running "$1" "$2"; }
not_running() { ! is_running "$1" "$2"; }

# require_running DIR NAME: fails with the end of its log when it has died.
require_running() {
  is_running "$1" "$2" && return
  say "error: $2 has ended; the last lines of $1/$2.log:"
  tail -n 15 "$1/$2.log" >&2
  return 1
}

# wait_for_server SECONDS DIR NAME COMMAND…: until COMMAND succeeds, as long as the process lives.
wait_for_server() {
  local seconds=$1 dir=$2 name=$3
  shift 3
  wait_for "$seconds" "$name" answers_or_is_dead "$dir" "$name" "$@" || { tail -n 15 "$dir/$name.log" >&2; return 1; }
  require_running "$dir" "$name"
}

# answers_or_is_dead DIR NAME COMMAND…
answers_or_is_dead() { "${@:3}" || ! is_running "$1" "$2"; }
