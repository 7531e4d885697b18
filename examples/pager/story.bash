#!/usr/bin/env bash
# Plays the pager story of the article on real processes: one component used in its client's process, in another process, and on
# another host, by the same client code. As root the two hosts, alpha and lola, are network namespaces joined by a cable; otherwise
# (or with --loopback) they are two loopback addresses with ports of their own. Leaves no process behind.
#     pager-demo [--loopback] [--capture FILE]     FILE: gets what crosses the cable between the hosts (root only, with dumpcap)
set -euo pipefail
bin=$(cd "$(dirname "$0")" && pwd)
lib=$(cd "$bin/../lib" && pwd)

loopback=no capture=""
while [[ $# -gt 0 ]]; do
    case $1 in
        --loopback) loopback=yes ;;
        --capture) capture=${2:?--capture needs a file}; shift ;;
        *) echo "usage: pager-demo [--loopback] [--capture FILE]" >&2; exit 2 ;;
    esac
    shift
done
[[ $(id -u) == 0 ]] || loopback=yes
if [[ $loopback == no ]] && ! ip netns list >/dev/null 2>&1; then loopback=yes; fi

bold="" dim="" plain=""
[[ -t 1 ]] && bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
scene() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
say() { printf '%s%s%s\n' "$dim" "$*" "$plain"; }
die() { printf 'pager-demo: %s\n' "$*" >&2; exit 1; }

stage=$(mktemp -d /tmp/pager.XXXXXX)
mkdir "$stage/alpha" "$stage/lola"
daemons=()
alpha_ns="" lola_ns=""
strike() {
    local status=$?
    trap - EXIT
    set +e
    for pid in "${daemons[@]:-}"; do [[ -n $pid ]] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
    for ns in $alpha_ns $lola_ns; do ip netns del "$ns" 2>/dev/null; done
    [[ $status == 0 ]] || { for host in alpha lola; do sed "s/^/  $host: /" "$stage/$host/dcomd.log" 2>/dev/null | tail -n 20 >&2; done; }
    rm -rf "$stage"
    exit "$status"
}
trap strike EXIT
trap 'exit 130' INT TERM

# The stage: two hosts.
if [[ $loopback == no ]]; then
    alpha_ns=alpha-$$ lola_ns=lola-$$
    ip netns add "$alpha_ns"
    ip netns add "$lola_ns"
    ip link add "a$$" netns "$alpha_ns" type veth peer name "l$$" netns "$lola_ns"
    ip -n "$alpha_ns" addr add 192.0.2.10/24 dev "a$$"
    ip -n "$lola_ns" addr add 192.0.2.20/24 dev "l$$"
    for ns in "$alpha_ns" "$lola_ns"; do
        ip -n "$ns" link set lo up
        ip -n "$ns" link set "$([[ $ns == "$alpha_ns" ]] && echo "a$$" || echo "l$$")" up
    done
    alpha_listen=192.0.2.10:135 lola_listen=192.0.2.20:135
else
    alpha_listen=127.0.0.2:0 lola_listen=127.0.0.3:0
fi

sniffer=""
if [[ -n $capture ]]; then
    [[ $loopback == no ]] || { echo "pager-demo: --capture needs two hosts (root)" >&2; exit 2; }
    ip netns exec "$alpha_ns" dumpcap -q -i "a$$" -s 0 -w "$capture" 2>"$stage/dumpcap" &
    sniffer=$!
    for ((i = 0; i < 500; ++i)); do grep -qs 'File:' "$stage/dumpcap" && break; sleep 0.01; done
fi

# place HOST: what stands before a command to make it a process of that host, in the array `there`.
place() {
    local ns
    ns=$([[ $1 == alpha ]] && echo "$alpha_ns" || echo "$lola_ns")
    there=(env OPENDCOM_HOME="$stage/$1" PAGER_HOST="$1")
    [[ -z $ns ]] || there=(ip netns exec "$ns" "${there[@]}")
}
on() { # host, command...
    local there
    place "$1"
    "${there[@]}" "${@:2}"
}

start_daemon() { # host, address
    local i there
    place "$1"
    "${there[@]}" "$bin/dcomd" --listen "$2" --allow-unauthenticated --ready-file "$stage/$1/ready" >/dev/null 2>&1 &
    daemons+=($!)
    for ((i = 0; i < 500; ++i)); do
        [[ -s $stage/$1/ready ]] && return
        kill -0 "${daemons[-1]}" 2>/dev/null || die "the daemon of $1 ended"
        sleep 0.01
    done
    die "the daemon of $1 does not get ready"
}

# gone PID WHAT: waits until a process has ended.
gone() {
    local i
    for ((i = 0; i < 300; ++i)); do
        kill -0 "$1" 2>/dev/null || { say "  the server process $1 has ended: its last object is gone"; return; }
        sleep 0.01
    done
    die "$2 (process $1) is still there"
}
server_of() { sed -n 's/.*the pager lives in process \([0-9]*\) .*/\1/p' "$1" | head -n 1; }

clsid='{6B29FC4F-CA47-1067-B31D-00DD010662DA}'
scene "The stage"
start_daemon alpha "$alpha_listen"
start_daemon lola "$lola_listen"
lola_address=$(sed -n 's/^ncacn_ip_tcp://p' "$stage/lola/ready" | head -n 1)
say "  host alpha: dcomd on $(sed -n 's/^ncacn_ip_tcp://p' "$stage/alpha/ready" | head -n 1)"
say "  host lola:  dcomd on $lola_address"
on alpha "$bin/dcom" reg add 'HKLM\SOFTWARE\OpenDCOM\Hosts' -v lola -d "$lola_address" >/dev/null
for host in alpha lola; do on "$host" "$bin/dcom" regsvr "$lib/libpagerps.so" >/dev/null; done
say "  both hosts know the proxies of IPager, IPagerAdmin, IPagerPool and IPagerEvents (libpagerps.so)"

scene "1. In the client's own process"
on alpha "$bin/dcom" regsvr "$lib/libpager.so" >/dev/null
say "  registered libpager.so under InprocServer32 on alpha"
on alpha "$bin/pager-client" inproc

scene "2. In another process on alpha"
on alpha "$bin/dcom" reg add "HKCR\\CLSID\\$clsid\\LocalServer32" -d "$bin/pager-server" >/dev/null
say "  registered pager-server under LocalServer32 on alpha; dcomd starts it with -Embedding"
on alpha "$bin/pager-client" local --hold "$stage/hold" >"$stage/first" &
first=$!
for ((i = 0; i < 1000; ++i)); do [[ -e $stage/hold ]] && break; sleep 0.01; done
say "  a second client, while the first still holds its pager:"
on alpha "$bin/pager-client" local | tee "$stage/second"
rm -f "$stage/hold"
wait "$first" || { cat "$stage/first"; die "the first client failed"; }
say "  what the first client saw:"
sed 's/^/  /' "$stage/first"
[[ $(server_of "$stage/first") == "$(server_of "$stage/second")" ]] || die "two servers for one class"
say "  both used server process $(server_of "$stage/first")"
gone "$(server_of "$stage/first")" "the server"

scene "3. On the host lola"
on lola "$bin/dcom" reg add "HKCR\\CLSID\\$clsid\\LocalServer32" -d "$bin/pager-server" >/dev/null
say "  registered pager-server on lola; the client on alpha names lola in a COSERVERINFO"
on alpha "$bin/pager-client" remote lola | tee "$stage/third"
grep -q 'with another host: 1' "$stage/third" || die "the activation took more than one exchange"
gone "$(server_of "$stage/third")" "lola's server"

scene "4. A legacy client that has never heard of hosts"
on alpha "$bin/dcom" regsvr -u "$lib/libpager.so" >/dev/null
on alpha "$bin/dcom" reg add "HKCR\\CLSID\\$clsid" -v RemoteServerName -d lola >/dev/null
say "  on alpha the class is now nothing but RemoteServerName = lola; the client calls with CLSCTX_ALL"
on alpha "$bin/pager-client" legacy | tee "$stage/fourth"
grep -q 'on host lola' "$stage/fourth" || die "the legacy client did not reach lola"
gone "$(server_of "$stage/fourth")" "lola's server"

if [[ -n $sniffer ]]; then
    sleep 0.2  # the last packets are on their way to the sniffer
    kill -INT "$sniffer" && wait "$sniffer" || true
fi
scene "The end: one component, one client, three places."
