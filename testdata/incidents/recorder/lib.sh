# Shared by every record.sh: a machine of its own for one recording.
#
# The recording runs in private mount, network, PID and UTS namespaces. Nothing it does can reach another network or outlive the script: the
# "hosts" of an incident are network namespaces joined by virtual wires, their names live in a private /etc/hosts, their files in a private
# /srv, and the end of the script ends every process in it. Only `keep` writes outside, into the incident's own folder.
#
# A record.sh sources this file after setting HERE (its folder) and PACKAGES (Debian packages), then calls `sandbox "$@"`.

set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC
PY=/usr/bin/python3
RECORDER=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
A=/srv/acme

# sandbox installs the packages, then starts the calling script anew inside its namespaces. The second time it prepares them.
sandbox() {
  if [ "${RECORDING_SANDBOX:-}" != 1 ]; then
    [ "$(id -u)" = 0 ] || { echo "record.sh: run as root" >&2; exit 1; }
    # shellcheck disable=SC2086
    dpkg -s $PACKAGES >/dev/null 2>&1 ||
      DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $PACKAGES >&2
    # the text, not the file: bash would read on in a file that someone edits meanwhile
    RECORDING_SANDBOX=1 exec unshare --mount --net --uts --pid --fork --kill-child --mount-proc \
      bash -c "$(cat "$HERE/record.sh")" "$HERE/record.sh" "$@"
  fi
  mount -t tmpfs -o mode=755 tmpfs /srv
  mount -t tmpfs -o mode=755 tmpfs /run
  mount -t tmpfs -o mode=755 tmpfs /var/log
  mkdir -p $A/log $A/run /run/lock
  chmod 1777 /run/lock
  cp -r "$HERE" $A/src
  cp "$RECORDER"/*.py $A/src/
  printf '127.0.0.1\tlocalhost\n' >$A/hosts
  mount --bind $A/hosts /etc/hosts
  ip link set lo up
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  hostname recorder
  "$PY" $A/src/plant.py $A/pool.json
  cd $A
}

# plant TYPE VALUE notes an original that this recording may write, beside those of the pool.
plant() { printf '%s\t%s\n' "$1" "$2" >>$A/planted.tsv; }

# take TYPE N prints value N of the pool.
take() { "$PY" -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]][int(sys.argv[3])])' $A/pool.json "$1" "$2"; }

# node NAME FQDN ADDRESS... makes a host with these IPv4 addresses, reachable from every other host.
declare -A FQDN
node() {
  local name=$1 ip
  FQDN[$name]=$2
  ip netns add "$name"
  ip link add "v-$name" type veth peer name eth0 netns "$name"
  ip addr add 169.254.1.1/32 dev "v-$name"
  ip link set "v-$name" up
  ip -n "$name" link set lo up
  ip -n "$name" link set eth0 up
  for ip in "${@:3}"; do
    ip -n "$name" addr add "$ip/32" dev eth0
    ip route add "$ip/32" dev "v-$name"
    plant IPv4 "$ip"
  done
  ip -n "$name" route add 169.254.1.1 dev eth0
  ip -n "$name" route add default via 169.254.1.1 src "$3"
  printf '%s\t%s\n' "$3" "$2" >>/etc/hosts
  plant Hostname "$2"
  plant MacAddress "$(ip -n "$name" -br link show eth0 | awk '{print $3}')"
}

# on NAME COMMAND... runs a command on that host, under its host name.
on() { (run "$@"); }

# run is on for use with `&`: the process that $! then names is the command itself, so that it can be signalled.
run() {
  local name=$1
  shift
  # shellcheck disable=SC2016
  exec ip netns exec "$name" unshare --uts sh -c 'hostname "$1"; shift; exec "$@"' sh "${FQDN[$name]}" "$@"
}

# as USER prints the words that go before a command to drop root; unlike runuser they leave no process between.
as() { printf 'setpriv --reuid=%s --regid=%s --init-groups' "$1" "$1"; }

# stop PID ends a process and waits for it.
stop() { kill "$1" && wait "$1" || true; }

START=$(date +%s)
# at SECONDS waits until that many seconds after the start of the traffic (see `clock`).
clock() { START=$(date +%s); }
at() {
  local left=$((START + $1 - $(date +%s)))
  [ $left -le 0 ] || sleep $left
}
say() { printf '%s record: %s\n' "$(date +%T)" "$*" >&2; }

# wait_port NAME ADDRESS PORT waits until something listens there.
wait_port() {
  for _ in $(seq 100); do
    on "$1" bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null && return
    sleep 0.1
  done
  echo "record.sh: nothing listens on $2:$3" >&2
  exit 1
}

# keep FILE... copies logs, byte for byte, into the incident's folder and writes its incident.json.
keep() {
  local f
  for f in "$@"; do install -m 644 "$A/log/$f" "$HERE/$f"; done
  # shellcheck disable=SC2086
  "$PY" $A/src/finish.py "$HERE" $A/pool.json $PACKAGES
}
