# Where the demo keeps its parts; sourced after common.sh.
# shellcheck shell=bash disable=SC2034
demo=${checkout:?source common.sh first}/.demo
system=freehold-system

started=$SECONDS
headline() { say "== $* ($((SECONDS - started)) s)"; }

# webhook_port: the port of the demo's webhook, the same as long as the demo lives.
webhook_port() {
  [[ -f $demo/webhook.port ]] || free_port >"$demo/webhook.port"
  cat "$demo/webhook.port"
}

# Objects of the demo are applied by their own field manager; what is as it was is not written.
apply() { kubectl apply --server-side --field-manager=freehold-demo -f - >/dev/null; }
