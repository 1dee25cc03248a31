# Where the demo keeps its parts; sourced after common.sh.
# shellcheck shell=bash disable=SC2034
demo=${checkout:?source common.sh first}/.demo
system=freehold-system

started=$SECONDS
headline() { say "== $* ($((SECONDS - started)) s)"; }
