#!/bin/sh
# Process 1 of the real node: makes its namespaces look like a machine of its own, then reaps what is orphaned.
# The machine outside is left as it is: what the node writes goes to a tmpfs that ends with the mount namespace.
#   node-init.sh DIR NODE_ADDRESS CLIENT_CIDR
set -eu
umask 022
dir=$1 address=$2 clients=$3

mkdir "$dir/node"
mount -n -t tmpfs -o mode=0755 tmpfs "$dir/node"
mkdir -p "$dir/node/containerd" "$dir/node/kubelet" "$dir/node/lib" "$dir/node/work"

# kubelet, CNI and containerd have paths that no setting moves.
mount -n -t tmpfs -o mode=0755 tmpfs /run
mount -n -t tmpfs -o mode=0755 tmpfs /var/log
mount -n -t overlay -o "lowerdir=/var/lib,upperdir=$dir/node/lib,workdir=$dir/node/work" overlay /var/lib
mkdir -p /var/lib/kubelet
mount -n --bind "$dir/node/kubelet" /var/lib/kubelet

# kubelet sets these, and they would hold for the whole machine: it shall find them as it wants them.
kernel() {
  echo "$2" > "$dir/node/$(basename "$1")"
  mount -n --bind "$dir/node/$(basename "$1")" "/proc/sys/$1"
}
kernel vm/overcommit_memory 1
kernel vm/panic_on_oom 0
kernel kernel/panic 10
kernel kernel/panic_on_oops 1
kernel kernel/keys/root_maxkeys 1000000
kernel kernel/keys/root_maxbytes 25000000

# A node address that is not loopback, on a bridge without ports: the `dummy` device is not in every kernel.
ip link set lo up
ip link add n0 type bridge
ip address add "$address/32" dev n0
ip link set n0 up
ip route add default dev n0 src "$address"
echo 1 > /proc/sys/net/ipv4/ip_forward
# A whole range at once, where 'ip address' would take one line for each.
ip route add local "$clients" dev lo

# Pods get theirs from kubelet; this is for processes on the node. The file may be a link into /run.
: > "$dir/node/empty-resolv.conf"
printf 'nameserver %s\nsearch svc.cluster.local cluster.local\noptions ndots:5\n' "$address" > "$dir/node/resolv.conf"
target=$(readlink -f /etc/resolv.conf)
mkdir -p "$(dirname "$target")"
[ -e "$target" ] || : > "$target"
mount -n --bind "$dir/node/resolv.conf" "$target"

: > "$dir/node-ready"
sleep infinity &
while :; do wait || :; done
