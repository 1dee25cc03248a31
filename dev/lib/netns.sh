# A network namespace of its own for a node, entered by nsenter: `ip netns exec` would hide cgroups. Sourced after common.sh.
# shellcheck shell=bash

node_address=10.77.0.1

# make_network NAME: with node_address on a bridge, and a default route, which kubelet and kube-proxy ask for.
make_network() {
  ip netns add "$1"
  ip -n "$1" link set lo up
  ip -n "$1" link add node0 type bridge
  ip -n "$1" addr add "$node_address/24" dev node0
  ip -n "$1" link set node0 up
  ip -n "$1" route add default via 10.77.0.254 dev node0
  nsenter --net="/run/netns/$1" sysctl -qw net.ipv4.ip_forward=1
}

remove_network() { [[ ! -e /run/netns/$1 ]] || ip netns del "$1"; }
